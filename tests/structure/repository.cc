#include "tests/structure/repository.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace fairlead::structure {
namespace {

std::string Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

bool EndsWith(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string Root() { return FAIRLEAD_SOURCE_ROOT; }

std::string ReadSource(const std::string& path) {
  std::ifstream in(Root() + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> FilesUnder(const std::string& folder, const std::vector<std::string>& endings) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  const fs::path root = Root();
  if (!fs::exists(root / folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), root).generic_string();
    const bool wanted = endings.empty() || std::any_of(endings.begin(), endings.end(),
                                                       [&](const std::string& e) { return EndsWith(name, e); });
    if (wanted) files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::vector<std::string>> ReadTable(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream in(ReadSource(path));
  for (std::string line; std::getline(in, line);) {
    if (Trim(line).empty() || Trim(line)[0] == '#') continue;
    std::vector<std::string> cells;
    std::istringstream cells_in(line);
    for (std::string cell; std::getline(cells_in, cell, '|');) cells.push_back(Trim(cell));
    rows.push_back(std::move(cells));
  }
  return rows;
}

const std::vector<Room>& Rooms() {
  static const auto* const rooms = [] {
    auto* made = new std::vector<Room>;
    for (const auto& row : ReadTable("tests/structure/rooms.txt")) {
      EXPECT_EQ(row.size(), 3U) << row[0];
      if (row.size() != 3) continue;
      Room room;
      room.name = row[0];
      room.may_include.insert(row[0]);
      for (const std::string& name : Words(row[1] == "-" ? "" : row[1])) {
        const auto above = std::find_if(made->begin(), made->end(), [&](const Room& r) { return r.name == name; });
        EXPECT_NE(above, made->end()) << room.name << " names " << name << ", which is not above it";
        if (above != made->end()) room.may_include.insert(above->may_include.begin(), above->may_include.end());
      }
      for (const std::string& library : Words(row[2])) room.may_reach.insert(library);
      made->push_back(std::move(room));
    }
    return made;
  }();
  return *rooms;
}

std::string RoomOf(std::string_view path_below) {
  // The longest room name that is a folder prefix: "connectors/tryton" and not "connectors".
  std::string best;
  for (const Room& room : Rooms()) {
    if (path_below.size() > room.name.size() && path_below.substr(0, room.name.size()) == room.name &&
        path_below[room.name.size()] == '/' && room.name.size() > best.size()) {
      best = room.name;
    }
  }
  return best;
}

std::vector<Include> IncludesOf(std::string_view text) {
  std::vector<Include> includes;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::string rest = Trim(line);
    if (rest.empty() || rest[0] != '#') continue;
    rest = Trim(rest.substr(1));
    if (rest.rfind("include", 0) != 0) continue;
    const auto open = rest.find_first_of("<\"");
    if (open == std::string::npos) continue;
    const auto close = rest.find_first_of(">\"", open + 1);
    if (close == std::string::npos) continue;
    includes.push_back({number, rest.substr(open + 1, close - open - 1)});
  }
  return includes;
}

std::vector<Token> Tokens(std::string_view text) {
  std::vector<Token> tokens;
  int line = 1;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    const auto skip = [&](std::size_t count) {
      count = std::min(count, rest.size());
      line += static_cast<int>(std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count), '\n'));
      i += count;
    };
    const auto skip_past = [&](std::string_view end, std::size_t from) {
      const auto at = rest.find(end, from);
      skip(at == std::string_view::npos ? rest.size() : at + end.size());
    };
    if (c == '\n') {
      line_begins = true;
      skip(1);
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      skip(1);
    } else if (rest.substr(0, 2) == "//") {
      const auto at = rest.find('\n');
      skip(at == std::string_view::npos ? rest.size() : at);
    } else if (rest.substr(0, 2) == "/*") {
      skip_past("*/", 2);
    } else if (c == '#' && line_begins) {
      // An #include or a condition; but what a #define stands for is code like any other.
      const auto end_of_word = rest.find_first_of("\n(", 1);
      const bool define =
          Trim(rest.substr(1, end_of_word == std::string_view::npos ? 0 : end_of_word)).rfind("define", 0) == 0;
      if (define) {
        skip(1);
      } else {
        const auto at = rest.find('\n');
        skip(at == std::string_view::npos ? rest.size() : at);
      }
    } else if (rest.substr(0, 2) == "R\"") {
      const auto paren = rest.find('(');
      if (paren == std::string_view::npos) return tokens;
      skip_past(")" + std::string(rest.substr(2, paren - 2)) + "\"", paren);
    } else if (c == '"' || c == '\'') {
      std::size_t end = 1;
      while (end < rest.size() && rest[end] != c && rest[end] != '\n') end += rest[end] == '\\' ? 2 : 1;
      skip(end + 1);
    } else if (IsWordCharacter(c)) {
      std::size_t end = 1;
      // A digit separator belongs to its number and does not begin a character literal.
      const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0;
      while (end < rest.size() && (IsWordCharacter(rest[end]) || (number && rest[end] == '\''))) ++end;
      tokens.push_back({line, std::string(rest.substr(0, end))});
      skip(end);
      line_begins = false;
    } else {
      const std::size_t length = rest.substr(0, 2) == "::" || rest.substr(0, 2) == "->" ? 2 : 1;
      tokens.push_back({line, std::string(rest.substr(0, length))});
      skip(length);
      line_begins = false;
    }
  }
  return tokens;
}

bool Excepted(const std::string& path, const std::string& word) {
  static const auto* const exceptions = [] {
    auto* made = new std::set<std::pair<std::string, std::string>>;
    for (const auto& row : ReadTable("tests/structure/exceptions.txt")) {
      EXPECT_EQ(row.size(), 3U) << "an exception is: file | word | reason";
      if (row.size() != 3) continue;
      EXPECT_FALSE(row[2].empty()) << row[0] << ": an exception needs its reason";
      EXPECT_TRUE(std::filesystem::exists(Root() + "/" + row[0])) << row[0] << ": this exception's file is gone";
      made->insert({row[0], row[1]});
    }
    return made;
  }();
  return exceptions->count({path, word}) != 0;
}

}  // namespace fairlead::structure
