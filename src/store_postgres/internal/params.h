// What a statement is given. Binary on the wire, so that nothing is quoted and nothing is parsed.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_PARAMS_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_PARAMS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

/// A text column holds UTF-8 without NUL; ours may hold any bytes. What does not fit is written as U+001A and two
/// hexadecimal digits a byte, so that every text comes back as it was and ordinary ones stay readable.
FAIRLEAD_EXPORT std::string EncodeText(std::string_view text);
FAIRLEAD_EXPORT std::string DecodeText(std::string_view stored);

/// $1, $2, … in the order of the calls.
class FAIRLEAD_EXPORT Params {
 public:
  Params& Int(std::int64_t value);
  Params& Text(std::string_view value);
  Params& Blob(std::string_view value);
  Params& Time(StoreTime value) { return Int(value.time_since_epoch().count()); }
  Params& Time(WallTime value) { return Int(value.time_since_epoch().count()); }
  Params& Ints(const std::vector<std::int64_t>& values);
  Params& Texts(const std::vector<std::string>& values);

  int size() const { return static_cast<int>(values_.size()); }
  const std::vector<unsigned int>& types() const { return types_; }
  const std::vector<int>& formats() const { return formats_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  Params& Add(unsigned int type, int format, std::string value);

  std::vector<unsigned int> types_;
  std::vector<int> formats_;
  std::vector<std::string> values_;
};

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_PARAMS_H_
