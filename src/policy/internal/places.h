// Where a bundle's text says what.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_PLACES_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_PLACES_H_

#include <map>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/policy/source.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

// Counted from 1; line 0 is no place.
struct Place {
  int line = 0;
  int column = 0;
};

class SourcePlaces {
 public:
  void Read(const google::protobuf::Message& message, const google::protobuf::TextFormat::ParseInfoTree& tree);
  // The place of "rules[3].owner", or of the nearest part around it that has one.
  Place Find(std::string_view path) const;

 private:
  void Walk(const std::string& prefix, const google::protobuf::Message& message,
            const google::protobuf::TextFormat::ParseInfoTree& tree);
  std::map<std::string, Place, std::less<>> places_;
};

namespace internal {

// Collects refusals about one source, each with its place.
class Refusals {
 public:
  explicit Refusals(const PolicySource& source) : source_(source) {}
  // `path` names the place ("rules[3].owner"), `rule` the rule.
  void Add(std::string_view path, std::string_view rule, std::string message);
  bool empty() const { return list_.empty(); }
  // Sorted by place.
  std::vector<Refusal> Take();

 private:
  const PolicySource& source_;
  std::vector<Refusal> list_;
};

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_PLACES_H_
