// The models of the sandbox ERP: which fields they have, of what type, and what is required of them.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_SCHEMA_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_SCHEMA_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

struct TrytonField {
  enum class Type {
    kChar,
    kText,
    kInteger,
    kFloat,
    kNumeric,
    kBoolean,
    kDate,
    kTimestamp,
    kSelection,
    kMany2One,
    kReference,
    kOne2Many,
    kMany2Many,
    kDict
  };
  Type type = Type::kChar;
  std::string name;
  std::string label;
  std::string relation;                // of many2one, one2many, many2many
  std::string inverse;                 // of one2many: the field over there
  std::vector<std::string> selection;  // values
  std::string via;                     // read through this many2one from the field of the same name there
  bool required = false;
  bool function = false;      // computed; never stored
  bool indexed = false;       // look-ups by equality do not scan
  bool cascade = false;       // of many2one: goes with its target
  int digits = -1;            // of numeric: decimals allowed
  bool newest_first = false;  // of one2many
};

struct TrytonModel {
  std::string name;
  std::string label;
  std::vector<std::pair<std::string, bool>> order;  // field, descending
  bool company_rule = false;                        // records that are gone answer with the rule's text
  bool has_active = false;
  bool stamped_at_create = false;  // write_date equals create_date from the start
  std::vector<TrytonField> fields;

  const TrytonField* Find(std::string_view field) const;
  /// Place in `fields`, or -1.
  int IndexOf(std::string_view field) const;
};

/// All models. Made once.
const std::map<std::string, TrytonModel>& TrytonSchema();

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_SCHEMA_H_
