#include "fairlead/core/secret.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

// All of the capacity: a string that was moved from has length zero and may still hold its short text in place.
void WipeText(std::string& text) {
  text.resize(text.capacity());
  // volatile keeps the compiler from dropping stores to memory that is about to be freed.
  volatile char* bytes = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
  text.clear();
}

}  // namespace

Secret::Secret(std::string value) : value_(std::move(value)) { WipeText(value); }

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    value_ = std::move(other.value_);
    other.Wipe();
  }
  return *this;
}

void Secret::Wipe() { WipeText(value_); }

bool Secret::EqualsConstantTime(std::string_view other) const { return EqualConstantTime(value_, other); }

bool EqualConstantTime(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference =
        static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

FAIRLEAD_NAMESPACE_END
