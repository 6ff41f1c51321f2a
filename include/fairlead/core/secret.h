/// A string that does not leak by accident.
#ifndef FAIRLEAD_CORE_SECRET_H_
#define FAIRLEAD_CORE_SECRET_H_

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// A credential. Prints as "[redacted]"; the bytes come out only through Reveal(), and are wiped on destruction.
class FAIRLEAD_EXPORT Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  bool empty() const { return value_.empty(); }
  /// The bytes, to put on the wire. Never log what this returns.
  const std::string& Reveal() const { return value_; }
  /// Compares in time that depends on the lengths alone.
  bool EqualsConstantTime(std::string_view other) const;

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[redacted]"; }

 private:
  void Wipe();
  std::string value_;
};

/// True if both have the same bytes; the time taken does not depend on where they differ.
FAIRLEAD_EXPORT bool EqualConstantTime(std::string_view a, std::string_view b);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CORE_SECRET_H_
