// A folder that goes away with the test, and raw access to what lies in it.
#ifndef FAIRLEAD_TESTS_STORE_SQLITE_SCRATCH_H_
#define FAIRLEAD_TESTS_STORE_SQLITE_SCRATCH_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fairlead_test {

class Scratch : public ::testing::Test {
 protected:
  Scratch() {
    std::string folder = ::testing::TempDir() + "fairlead-store-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    path_ = folder + "/ledger.db";
  }
  ~Scratch() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string Bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  static void Write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  /// Runs SQL on the file behind the store's back; the first column of the last row.
  static std::string Sql(const std::string& path, const std::string& sql) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    std::string answer;
    char* error = nullptr;
    const auto keep = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0] == nullptr ? "" : values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), keep, &answer, &error), SQLITE_OK) << (error == nullptr ? "" : error);
    sqlite3_free(error);
    sqlite3_close(db);
    return answer;
  }

  std::string folder_;
  std::string path_;
};

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_STORE_SQLITE_SCRATCH_H_
