#ifndef FAIRLEAD_TESTS_STRUCTURE_REPOSITORY_H_
#define FAIRLEAD_TESTS_STRUCTURE_REPOSITORY_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::structure {

/// The folder of the sources, and a file of it by its path from there.
std::string Root();
std::string ReadSource(const std::string& path);

/// Files under `folder` (path from the root) whose name ends in one of `endings`, sorted; all files without endings.
std::vector<std::string> FilesUnder(const std::string& folder, const std::vector<std::string>& endings = {});

/// Lines of a table with '|' between its cells; '#' begins a comment line. Cells are trimmed.
std::vector<std::vector<std::string>> ReadTable(const std::string& path);

struct Room {
  std::string name;
  std::set<std::string> may_include;  ///< With everything that those may include, and itself.
  std::set<std::string> may_reach;    ///< Libraries.
};

/// The rooms of rooms.txt, in its order.
const std::vector<Room>& Rooms();

/// The room of a path below include/fairlead/ or src/, e.g. "connectors/tryton"; empty for a file of no room.
std::string RoomOf(std::string_view path_below);

struct Include {
  int line = 0;
  std::string name;  ///< As written between the quotes or brackets.
};
std::vector<Include> IncludesOf(std::string_view text);

struct Token {
  int line = 0;
  std::string text;
};
/// Identifiers, numbers, "::" and "->" and single other characters of C++ source, without comments, string and
/// character literals and preprocessor lines.
std::vector<Token> Tokens(std::string_view text);

/// True where exceptions.txt lets `word` stand in `path`.
bool Excepted(const std::string& path, const std::string& word);

}  // namespace fairlead::structure

#endif  // FAIRLEAD_TESTS_STRUCTURE_REPOSITORY_H_
