// Include arrows go downward only, and a public header reaches no library that its room does not promise.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "tests/structure/repository.h"

namespace fairlead::structure {
namespace {

const std::vector<std::string> kSources = {".h", ".cc"};

/// The room that an include of ours leads to; empty for what is not ours.
std::string TargetOf(const std::string& include) {
  // Generated messages are part of models.
  if (include.rfind("fairlead/v1/", 0) == 0) return "models";
  if (include.rfind("fairlead/", 0) == 0) return RoomOf(include.substr(9));
  if (include.rfind("src/", 0) == 0) return RoomOf(include.substr(4));
  return "";
}

std::string Complaint(const Room& room, const std::string& include) {
  const bool ours = include.rfind("fairlead/", 0) == 0 || include.rfind("src/", 0) == 0;
  if (!ours) return "";
  const std::string target = TargetOf(include);
  if (target.empty()) return "leads to no room of rooms.txt";
  if (room.may_include.count(target) == 0) return "leads to " + target + ", which " + room.name + " may not use";
  return "";
}

TEST(Arrows, IncludesLeadOnlyToRoomsAbove) {
  int seen = 0;
  for (const std::string folder : {"include/fairlead/", "src/"}) {
    for (const Room& room : Rooms()) {
      for (const std::string& file : FilesUnder(folder + room.name, kSources)) {
        for (const Include& include : IncludesOf(ReadSource(file))) {
          ++seen;
          const std::string complaint = Complaint(room, include.name);
          if (Excepted(file, include.name)) continue;
          EXPECT_EQ(complaint, "") << file << ":" << include.line << ": #include \"" << include.name << "\"";
        }
      }
    }
  }
  EXPECT_GT(seen, 50) << "the test looked at next to nothing";
}

TEST(Arrows, WouldSeeAnArrowUpward) {
  const Room* retry = nullptr;
  for (const Room& room : Rooms()) {
    if (room.name == "retry") retry = &room;
  }
  ASSERT_NE(retry, nullptr);
  EXPECT_EQ(Complaint(*retry, "fairlead/core/error.h"), "");
  EXPECT_NE(Complaint(*retry, "fairlead/v1/order.pb.h"), "");
  EXPECT_NE(Complaint(*retry, "fairlead/sync/engine.h"), "");
  EXPECT_NE(Complaint(*retry, "src/models/internal/protobuf_compat.h"), "");
  EXPECT_NE(Complaint(*retry, "fairlead/nowhere/x.h"), "");
}

TEST(Arrows, PublicHeadersIncludeNoPrivateOnes) {
  for (const std::string& file : FilesUnder("include", kSources)) {
    for (const Include& include : IncludesOf(ReadSource(file))) {
      EXPECT_NE(include.name.rfind("src/", 0), 0U) << file << ":" << include.line;
    }
  }
}

TEST(Arrows, EveryFolderIsARoom) {
  for (const std::string folder : {"include/fairlead/", "src/"}) {
    for (const std::string& file : FilesUnder(folder, kSources)) {
      EXPECT_NE(RoomOf(file.substr(folder.size())), "") << file << " lies in no room of rooms.txt";
    }
  }
}

TEST(Arrows, IncludeGuardsAreNamedAfterTheirFile) {
  for (const std::string& file : FilesUnder("include/fairlead", {".h"})) {
    std::string guard;
    for (const char c : file.substr(std::string("include/").size())) {
      guard += std::isalnum(static_cast<unsigned char>(c)) != 0
                   ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                   : '_';
    }
    guard += '_';
    EXPECT_NE(ReadSource(file).find("#ifndef " + guard), std::string::npos)
        << file << " should be guarded by " << guard;
  }
}

/// The library that a header of the system belongs to; empty for the standard library, the C library and the compiler.
std::string LibraryOf(const std::string& path) {
  static const std::array<std::pair<const char*, const char*>, 14> kLibraries = {{{"/absl/", "absl"},
                                                                                  {"/google/protobuf/", "protobuf"},
                                                                                  {"/curl/", "curl"},
                                                                                  {"/sqlite3", "sqlite"},
                                                                                  {"/openssl/", "openssl"},
                                                                                  {"/rapidjson/", "rapidjson"},
                                                                                  {"/xxhash", "xxhash"},
                                                                                  {"/xxh3", "xxhash"},
                                                                                  {"/utf8proc", "utf8proc"},
                                                                                  {"/httplib", "httplib"},
                                                                                  {"/libpq", "libpq"},
                                                                                  {"/postgresql/", "libpq"},
                                                                                  {"/gtest/", "gtest"},
                                                                                  {"/gmock/", "gtest"}}};
  for (const auto& [part, library] : kLibraries) {
    if (path.find(part) != std::string::npos) return library;
  }
  return "";
}

std::string OutputOf(const std::string& command) {
  std::string out;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), pclose);
  std::array<char, 4096> buffer{};
  for (std::size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) out.append(buffer.data(), n);
  return out;
}

// The compiler itself lists what the headers of a room reach, through whatever they include.
TEST(Arrows, PublicHeadersReachOnlyWhatTheirRoomPromises) {
  // room | compiler and flags, written by CMake for the rooms of this build.
  std::ifstream in(FAIRLEAD_STRUCTURE_ROOMS);
  int rooms = 0;
  for (std::string line; std::getline(in, line);) {
    const auto bar = line.find('|');
    ASSERT_NE(bar, std::string::npos) << line;
    const std::string name = line.substr(0, bar);
    const std::string command = line.substr(bar + 1);
    const Room* room = nullptr;
    for (const Room& r : Rooms()) {
      if (r.name == name) room = &r;
    }
    ASSERT_NE(room, nullptr) << name;
    ++rooms;
    const std::string all = ::testing::TempDir() + "/fairlead_structure_room.cc";
    std::ofstream(all) << [&] {
      std::string text;
      for (const std::string& file : FilesUnder("include/fairlead/" + name, {".h"})) {
        // A room below another one's folder is a room of its own.
        if (RoomOf(file.substr(std::string("include/fairlead/").size())) == name) {
          text += "#include \"" + file.substr(std::string("include/").size()) + "\"\n";
        }
      }
      return text;
    }();
    const std::string listed = OutputOf(command + " -M " + all);
    ASSERT_NE(listed.find("fairlead_structure_room"), std::string::npos) << command << "\n" << listed;
    ASSERT_EQ(listed.find("error:"), std::string::npos) << listed;
    std::map<std::string, std::string> reached;
    std::istringstream words(listed);
    for (std::string word; words >> word;) {
      const std::string library = LibraryOf(word);
      if (!library.empty()) reached.emplace(library, word);
    }
    for (const auto& [library, header] : reached) {
      EXPECT_EQ(room->may_reach.count(library), 1U) << name << " reaches " << library << " through " << header;
    }
  }
  EXPECT_GT(rooms, 1);
}

TEST(Arrows, KnowsLibrariesByTheirHeaders) {
  EXPECT_EQ(LibraryOf("/usr/include/google/protobuf/message.h"), "protobuf");
  EXPECT_EQ(LibraryOf("/usr/include/x86_64-linux-gnu/curl/curl.h"), "curl");
  EXPECT_EQ(LibraryOf("/usr/include/c++/12/string"), "");
}

}  // namespace
}  // namespace fairlead::structure
