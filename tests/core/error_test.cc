#include "fairlead/core/error.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"

namespace fairlead {
namespace {

using std::chrono::milliseconds;

void Attach(absl::Status& status, std::string bytes) {
  status.SetPayload(absl::string_view(ErrorDetail::kTypeUrl.data(), ErrorDetail::kTypeUrl.size()),
                    absl::Cord(std::move(bytes)));
}

ErrorDetail Full() {
  ErrorDetail detail;
  detail.kind = ErrorKind::kRateLimited;
  detail.outcome = Outcome::kRejected;
  detail.attempts = 300;
  detail.elapsed = milliseconds(123456789);
  detail.operation = "erp.order.create";
  detail.system = "erp.example";
  detail.vendor_code = std::string("woo_\0rest", 9);
  detail.http_status = 429;
  detail.retry_after = milliseconds(2500);
  detail.stopped_because = "exhausted";
  return detail;
}

TEST(ErrorDetail, EveryFieldSurvivesThePayload) {
  const ErrorDetail in = Full();
  const absl::Status status = MakeError(absl::StatusCode::kUnavailable, "slow down", in);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "slow down");
  const auto out = GetErrorDetail(status);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->kind, in.kind);
  EXPECT_EQ(out->outcome, in.outcome);
  EXPECT_EQ(out->attempts, in.attempts);
  EXPECT_EQ(out->elapsed, in.elapsed);
  EXPECT_EQ(out->operation, in.operation);
  EXPECT_EQ(out->system, in.system);
  EXPECT_EQ(out->vendor_code, in.vendor_code);
  EXPECT_EQ(out->http_status, in.http_status);
  EXPECT_EQ(out->retry_after, in.retry_after);
  EXPECT_EQ(out->stopped_because, in.stopped_because);
}

TEST(ErrorDetail, EveryKindAndOutcomeSurvives) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInternal); ++kind) {
    for (int outcome = 1; outcome <= 4; ++outcome) {
      const absl::Status status = MakeError(static_cast<ErrorKind>(kind), static_cast<Outcome>(outcome), "x");
      EXPECT_FALSE(status.ok());
      const auto out = GetErrorDetail(status);
      ASSERT_TRUE(out.has_value());
      EXPECT_EQ(static_cast<int>(out->kind), kind);
      EXPECT_EQ(static_cast<int>(OutcomeOf(status)), outcome);
      EXPECT_NE(ErrorKindName(out->kind), "invalid");
      EXPECT_NE(OutcomeName(out->outcome), "invalid");
    }
  }
  EXPECT_EQ(ErrorKindName(ErrorKind::kInternal), "internal");
  EXPECT_EQ(ErrorKindName(static_cast<ErrorKind>(200)), "invalid");
}

TEST(ErrorDetail, AHintOfZeroIsNotNoHint) {
  ErrorDetail detail;
  EXPECT_EQ(GetErrorDetail(MakeError(absl::StatusCode::kInternal, "x", detail))->retry_after, std::nullopt);
  detail.retry_after = milliseconds(0);
  EXPECT_EQ(GetErrorDetail(MakeError(absl::StatusCode::kInternal, "x", detail))->retry_after, milliseconds(0));
}

TEST(ErrorDetail, ADamagedPayloadIsNoPayload) {
  for (const std::string& bytes : {std::string("\x2a\x7f"
                                               "abc"),
                                   std::string("\x08"), std::string("\x0d\x01\x02\x03"), std::string(30, '\xff')}) {
    absl::Status status = absl::UnavailableError("x");
    Attach(status, bytes);
    EXPECT_EQ(GetErrorDetail(status), std::nullopt);
    EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  }
}

TEST(ErrorDetail, APayloadThatDoesNotSayTheOutcomeIsUnknown) {
  absl::Status empty = absl::UnavailableError("x");
  Attach(empty, "");
  EXPECT_EQ(OutcomeOf(empty), Outcome::kUnknown);
  absl::Status newer = absl::UnavailableError("x");
  Attach(newer, std::string("\x10\x09", 2));  // An outcome number that this version does not know.
  EXPECT_EQ(OutcomeOf(newer), Outcome::kUnknown);
}

TEST(ErrorDetail, HugeNumbersDoNotBecomeNegativeTimes) {
  absl::Status status = absl::UnavailableError("x");
  Attach(status, std::string("\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  const auto detail = GetErrorDetail(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_GT(detail->retry_after->count(), 0);
}

TEST(ErrorDetail, UnknownFieldsOfANewerVersionAreSkipped) {
  absl::Status status = absl::UnavailableError("x");
  Attach(status, std::string("\x10\x01\xa2\x06\x03new\xa8\x06\x05", 11));
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotSent);
}

TEST(Annotate, KeepsCodeAndEveryPayload) {
  absl::Status status = MakeError(absl::StatusCode::kAborted, "older", Full());
  status.SetPayload("example.com/other", absl::Cord("mine"));
  const absl::Status annotated = Annotate(status, "order/1001");
  EXPECT_EQ(annotated.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(annotated.message(), "order/1001: older");
  EXPECT_EQ(GetErrorDetail(annotated)->retry_after, milliseconds(2500));
  EXPECT_EQ(annotated.GetPayload("example.com/other"), absl::Cord("mine"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

TEST(OutcomeOf, AForeignErrorIsUnknownAndSuccessIsApplied) {
  EXPECT_EQ(OutcomeOf(absl::OkStatus()), Outcome::kApplied);
  EXPECT_EQ(OutcomeOf(absl::InvalidArgumentError("x")), Outcome::kUnknown);
  EXPECT_EQ(OutcomeOf(absl::UnavailableError("x")), Outcome::kUnknown);
}

TEST(KindOf, AForeignErrorHasTheNearestKind) {
  EXPECT_EQ(KindOf(absl::UnavailableError("x")), ErrorKind::kTransient);
  EXPECT_EQ(KindOf(absl::DeadlineExceededError("x")), ErrorKind::kDeadline);
  EXPECT_EQ(KindOf(absl::ResourceExhaustedError("x")), ErrorKind::kRateLimited);
  EXPECT_EQ(KindOf(absl::PermissionDeniedError("x")), ErrorKind::kAuth);
  EXPECT_EQ(KindOf(absl::UnknownError("x")), ErrorKind::kUnspecified);
  // A payload without a kind does not hide what the code says.
  EXPECT_EQ(KindOf(MakeError(absl::StatusCode::kNotFound, "x", ErrorDetail{})), ErrorKind::kNotFound);
}

TEST(CodeFor, EveryKindIsAnErrorAndMapsBack) {
  for (int value = 1; value <= static_cast<int>(ErrorKind::kInternal); ++value) {
    const auto kind = static_cast<ErrorKind>(value);
    EXPECT_NE(CodeFor(kind), absl::StatusCode::kOk);
    EXPECT_EQ(KindOf(MakeError(kind, Outcome::kNotSent, "x")), kind);
  }
}

TEST(WithErrorDetail, LeavesOkAlone) { EXPECT_TRUE(WithErrorDetail(absl::OkStatus(), Full()).ok()); }

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return MakeError(ErrorKind::kValidation, Outcome::kRejected, "odd");
  return value / 2;
}
absl::StatusOr<int> Quarter(int value) {
  FAIRLEAD_ASSIGN_OR_RETURN(const int half, Half(value));
  FAIRLEAD_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}
absl::Status Check(int value) {
  FAIRLEAD_RETURN_IF_ERROR(Quarter(value).status());
  return absl::OkStatus();
}

TEST(Macros, ReturnTheFirstError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(KindOf(Quarter(6).status()), ErrorKind::kValidation);
  EXPECT_TRUE(Check(4).ok());
  EXPECT_EQ(OutcomeOf(Check(5)), Outcome::kRejected);
}

}  // namespace
}  // namespace fairlead
