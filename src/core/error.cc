#include "fairlead/core/error.h"

#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

using internal::ToAbsl;

constexpr std::array<std::string_view, 17> kKindNames = {
    "unspecified",     "auth",         "validation", "mapping",       "not_found", "conflict",
    "duplicate",       "rate_limited", "transient",  "period_closed", "too_large", "unparseable",
    "unknown_outcome", "cancelled",    "deadline",   "configuration", "internal"};

// A tiny protobuf encoder: core must not need libprotobuf for its one payload. Field numbers are those of
// proto/fairlead/v1/error.proto; a test in models reads what this writes.
void PutVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void PutNumber(std::uint32_t field, std::uint64_t value, std::string& out) {
  if (value == 0) return;
  PutVarint(field << 3, out);
  PutVarint(value, out);
}

void PutText(std::uint32_t field, std::string_view text, std::string& out) {
  if (text.empty()) return;
  PutVarint((field << 3) | 2, out);
  PutVarint(text.size(), out);
  out.append(text);
}

bool TakeVarint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

std::string Encode(const ErrorDetail& detail) {
  std::string out;
  PutNumber(1, static_cast<std::uint64_t>(detail.kind), out);
  PutNumber(2, static_cast<std::uint64_t>(detail.outcome), out);
  PutNumber(3, detail.attempts, out);
  PutNumber(4, static_cast<std::uint64_t>(detail.elapsed.count() < 0 ? 0 : detail.elapsed.count()), out);
  PutText(5, detail.operation, out);
  PutText(6, detail.system, out);
  PutText(7, detail.vendor_code, out);
  PutNumber(8, detail.http_status, out);
  // Presence matters here: a hint of zero means "now", which is not "no hint".
  if (detail.retry_after.has_value()) {
    PutVarint(9 << 3, out);
    PutVarint(static_cast<std::uint64_t>(detail.retry_after->count() < 0 ? 0 : detail.retry_after->count()), out);
  }
  PutText(10, detail.stopped_because, out);
  return out;
}

std::chrono::milliseconds Millis(std::uint64_t value) {
  // A year is longer than anything that is really measured here; damaged bytes must not become a negative time.
  constexpr std::uint64_t kMost = 366ULL * 24 * 60 * 60 * 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(value < kMost ? value : kMost));
}

std::optional<ErrorDetail> Decode(std::string_view in) {
  ErrorDetail detail;
  // What the bytes do not say is not known: never "not sent" by omission.
  detail.outcome = Outcome::kUnknown;
  while (!in.empty()) {
    std::uint64_t tag = 0;
    std::uint64_t value = 0;
    if (!TakeVarint(in, tag) || !TakeVarint(in, value)) return std::nullopt;
    const std::uint64_t field = tag >> 3;
    if ((tag & 7) == 2) {
      if (value > in.size()) return std::nullopt;
      const std::string_view text = in.substr(0, value);
      in.remove_prefix(value);
      if (field == 5) detail.operation = std::string(text);
      if (field == 6) detail.system = std::string(text);
      if (field == 7) detail.vendor_code = std::string(text);
      if (field == 10) detail.stopped_because = std::string(text);
    } else if ((tag & 7) == 0) {
      if (field == 1) detail.kind = value < kKindNames.size() ? static_cast<ErrorKind>(value) : ErrorKind::kUnspecified;
      if (field == 2) detail.outcome = value >= 1 && value <= 4 ? static_cast<Outcome>(value) : Outcome::kUnknown;
      if (field == 3) detail.attempts = static_cast<std::uint32_t>(value);
      if (field == 4) detail.elapsed = Millis(value);
      if (field == 8) detail.http_status = static_cast<std::uint32_t>(value);
      if (field == 9) detail.retry_after = Millis(value);
    } else {
      return std::nullopt;
    }
  }
  return detail;
}

absl::string_view TypeUrl() { return ToAbsl(ErrorDetail::kTypeUrl); }

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotSent:
      return "not_sent";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kApplied:
      return "applied";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "invalid";
}

std::string_view ErrorKindName(ErrorKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kKindNames.size() ? kKindNames[index] : "invalid";
}

absl::StatusCode CodeFor(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kAuth:
      return absl::StatusCode::kUnauthenticated;
    case ErrorKind::kValidation:
    case ErrorKind::kUnparseable:
      return absl::StatusCode::kInvalidArgument;
    case ErrorKind::kMapping:
    case ErrorKind::kPeriodClosed:
    case ErrorKind::kConfiguration:
      return absl::StatusCode::kFailedPrecondition;
    case ErrorKind::kNotFound:
      return absl::StatusCode::kNotFound;
    case ErrorKind::kConflict:
      return absl::StatusCode::kAborted;
    case ErrorKind::kDuplicate:
      return absl::StatusCode::kAlreadyExists;
    case ErrorKind::kRateLimited:
    case ErrorKind::kTooLarge:
      return absl::StatusCode::kResourceExhausted;
    case ErrorKind::kTransient:
      return absl::StatusCode::kUnavailable;
    case ErrorKind::kCancelled:
      return absl::StatusCode::kCancelled;
    case ErrorKind::kDeadline:
      return absl::StatusCode::kDeadlineExceeded;
    case ErrorKind::kInternal:
      return absl::StatusCode::kInternal;
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kUnspecified:
      break;
  }
  return absl::StatusCode::kUnknown;
}

absl::Status MakeError(absl::StatusCode code, std::string_view message, const ErrorDetail& detail) {
  return WithErrorDetail(absl::Status(code, ToAbsl(message)), detail);
}

absl::Status MakeError(ErrorKind kind, Outcome outcome, std::string_view message) {
  ErrorDetail detail;
  detail.kind = kind;
  detail.outcome = outcome;
  return MakeError(CodeFor(kind), message, detail);
}

std::optional<ErrorDetail> GetErrorDetail(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl());
  if (!payload.has_value()) return std::nullopt;
  return Decode(std::string(*payload));
}

absl::Status WithErrorDetail(absl::Status status, const ErrorDetail& detail) {
  if (!status.ok()) status.SetPayload(TypeUrl(), absl::Cord(Encode(detail)));
  return status;
}

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(ToAbsl(context), ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { annotated.SetPayload(url, payload); });
  return annotated;
}

Outcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return Outcome::kApplied;
  const auto detail = GetErrorDetail(status);
  return detail.has_value() ? detail->outcome : Outcome::kUnknown;
}

ErrorKind KindOf(const absl::Status& status) {
  if (const auto detail = GetErrorDetail(status); detail.has_value() && detail->kind != ErrorKind::kUnspecified) {
    return detail->kind;
  }
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ErrorKind::kAuth;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ErrorKind::kValidation;
    case absl::StatusCode::kNotFound:
      return ErrorKind::kNotFound;
    case absl::StatusCode::kAborted:
      return ErrorKind::kConflict;
    case absl::StatusCode::kAlreadyExists:
      return ErrorKind::kDuplicate;
    case absl::StatusCode::kResourceExhausted:
      return ErrorKind::kRateLimited;
    case absl::StatusCode::kUnavailable:
      return ErrorKind::kTransient;
    case absl::StatusCode::kCancelled:
      return ErrorKind::kCancelled;
    case absl::StatusCode::kDeadlineExceeded:
      return ErrorKind::kDeadline;
    case absl::StatusCode::kFailedPrecondition:
      return ErrorKind::kConfiguration;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return ErrorKind::kInternal;
    default:
      return ErrorKind::kUnspecified;
  }
}

FAIRLEAD_NAMESPACE_END
