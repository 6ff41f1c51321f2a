/// GoogleMock matchers for absl::Status and absl::StatusOr. Needs gmock on the include path.
#ifndef FAIRLEAD_TESTING_STATUS_MATCHERS_H_
#define FAIRLEAD_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

/// Polymorphic: holds for a Status and for every StatusOr<T>.
template <typename Predicate>
class StatusPredicate {
 public:
  StatusPredicate(Predicate predicate, std::string wanted)
      : predicate_(std::move(predicate)), wanted_(std::move(wanted)) {}
  template <typename StatusLike>
  bool MatchAndExplain(const StatusLike& value, ::testing::MatchResultListener* listener) const {
    const absl::Status& status = StatusOf(value);
    *listener << "whose status is " << status.ToString();
    return predicate_(status);
  }
  void DescribeTo(std::ostream* out) const { *out << wanted_; }
  void DescribeNegationTo(std::ostream* out) const { *out << "not (" << wanted_ << ")"; }

 private:
  Predicate predicate_;
  std::string wanted_;
};

template <typename Predicate>
auto MakeStatusPredicate(Predicate predicate, std::string wanted) {
  return ::testing::MakePolymorphicMatcher(StatusPredicate<Predicate>(std::move(predicate), std::move(wanted)));
}

template <typename Inner>
class HoldsMatcher {
 public:
  explicit HoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename StatusOrLike>
  operator ::testing::Matcher<StatusOrLike>() const {  // NOLINT: how gmock's adaptors convert
    return ::testing::Matcher<StatusOrLike>(new Impl<StatusOrLike>(inner_));
  }

 private:
  template <typename StatusOrLike>
  class Impl : public ::testing::MatcherInterface<StatusOrLike> {
   public:
    using Value = typename std::decay_t<StatusOrLike>::value_type;
    explicit Impl(const Inner& inner) : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}
    bool MatchAndExplain(StatusOrLike value, ::testing::MatchResultListener* listener) const override {
      if (!value.ok()) {
        *listener << "whose status is " << value.status().ToString();
        return false;
      }
      return inner_.MatchAndExplain(*value, listener);
    }
    void DescribeTo(std::ostream* out) const override {
      *out << "is OK and its value ";
      inner_.DescribeTo(out);
    }
    void DescribeNegationTo(std::ostream* out) const override {
      *out << "is not OK or its value ";
      inner_.DescribeNegationTo(out);
    }

   private:
    ::testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};

}  // namespace internal

/// The status, or the StatusOr's status, is OK.
inline auto IsOk() {
  return internal::MakeStatusPredicate([](const absl::Status& status) { return status.ok(); }, "is OK");
}

/// It has this code.
inline auto StatusIs(absl::StatusCode code) {
  return internal::MakeStatusPredicate([code](const absl::Status& status) { return status.code() == code; },
                                       "has code " + absl::StatusCodeToString(code));
}

/// It has this code and a message that the inner matcher holds for.
template <typename MessageMatcher>
auto StatusIs(absl::StatusCode code, const MessageMatcher& message) {
  auto inner = ::testing::SafeMatcherCast<const std::string&>(message);
  return internal::MakeStatusPredicate(
      [code, inner](const absl::Status& status) {
        return status.code() == code && inner.Matches(std::string(status.message()));
      },
      "has code " + absl::StatusCodeToString(code) + " and a message as wanted");
}

/// It carries this kind of error (and, in the second form, this outcome).
inline auto ErrorKindIs(ErrorKind kind) {
  return internal::MakeStatusPredicate(
      [kind](const absl::Status& status) { return !status.ok() && KindOf(status) == kind; },
      "is an error of kind " + std::string(ErrorKindName(kind)));
}
inline auto ErrorKindIs(ErrorKind kind, Outcome outcome) {
  return internal::MakeStatusPredicate(
      [kind, outcome](const absl::Status& status) {
        return !status.ok() && KindOf(status) == kind && OutcomeOf(status) == outcome;
      },
      "is an error of kind " + std::string(ErrorKindName(kind)) + " with outcome " + std::string(OutcomeName(outcome)));
}

/// A StatusOr that is OK and whose value the inner matcher holds for.
template <typename Inner>
internal::HoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return internal::HoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_STATUS_MATCHERS_H_
