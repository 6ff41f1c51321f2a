#include "src/store_sqlite/internal/request_codec.h"

#include <cstdint>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// The first byte. A later version may only append fields.
constexpr char kVersion = 1;

void PutNumber(std::string& out, std::int64_t value) {
  auto bits = static_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8) out.push_back(static_cast<char>(bits & 0xFF));
}

void PutText(std::string& out, std::string_view text) {
  PutNumber(out, static_cast<std::int64_t>(text.size()));
  out.append(text);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  std::int64_t Number() {
    if (left_.size() < 8) {
      good_ = false;
      return 0;
    }
    std::uint64_t bits = 0;
    for (int i = 7; i >= 0; --i) bits = bits << 8 | static_cast<unsigned char>(left_[static_cast<std::size_t>(i)]);
    left_.remove_prefix(8);
    return static_cast<std::int64_t>(bits);
  }
  std::string Text() {
    const std::int64_t size = Number();
    if (!good_ || size < 0 || static_cast<std::uint64_t>(size) > left_.size()) {
      good_ = false;
      return {};
    }
    std::string text(left_.substr(0, static_cast<std::size_t>(size)));
    left_.remove_prefix(static_cast<std::size_t>(size));
    return text;
  }
  bool good() const { return good_; }

 private:
  std::string_view left_;
  bool good_ = true;
};

}  // namespace

std::string EncodeRequest(const IntentRequest& request) {
  std::string out(1, kVersion);
  PutNumber(out, static_cast<std::int64_t>(request.effect));
  for (const std::string* text :
       {&request.tenant, &request.connector, &request.account, &request.operation, &request.aggregate, &request.purpose,
        &request.method, &request.target, &request.body, &request.semantic, &request.reference, &request.coalesce_field,
        &request.owner, &request.runbook, &request.money_at_risk, &request.park_reason, &request.park_detail})
    PutText(out, *text);
  PutNumber(out, static_cast<std::int64_t>(request.coalesce));
  PutNumber(out, request.priority);
  PutNumber(out, request.delay.count());
  PutNumber(out, request.timeout.count());
  PutNumber(out, request.settle.count());
  PutNumber(out, request.retention.count());
  PutNumber(out, request.horizon.count());
  PutNumber(out, request.max_attempts);
  return out;
}

absl::StatusOr<IntentRequest> DecodeRequest(std::string_view bytes) {
  const auto damaged = [] {
    return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent, "the row holds no request of a known version");
  };
  if (bytes.empty() || bytes.front() != kVersion) return damaged();
  Reader in(bytes.substr(1));
  const std::int64_t effect = in.Number();
  if (effect < static_cast<std::int64_t>(Effect::kRead) || effect > static_cast<std::int64_t>(Effect::kBlind))
    return damaged();
  IntentRequest request(static_cast<Effect>(effect));
  for (std::string* text :
       {&request.tenant, &request.connector, &request.account, &request.operation, &request.aggregate, &request.purpose,
        &request.method, &request.target, &request.body, &request.semantic, &request.reference, &request.coalesce_field,
        &request.owner, &request.runbook, &request.money_at_risk, &request.park_reason, &request.park_detail})
    *text = in.Text();
  const std::int64_t coalesce = in.Number();
  request.priority = static_cast<std::int32_t>(in.Number());
  request.delay = std::chrono::nanoseconds(in.Number());
  request.timeout = std::chrono::milliseconds(in.Number());
  request.settle = std::chrono::milliseconds(in.Number());
  request.retention = std::chrono::milliseconds(in.Number());
  request.horizon = std::chrono::milliseconds(in.Number());
  request.max_attempts = static_cast<std::uint32_t>(in.Number());
  if (!in.good() || (coalesce != static_cast<std::int64_t>(Coalesce::kEvent) &&
                     coalesce != static_cast<std::int64_t>(Coalesce::kState)))
    return damaged();
  request.coalesce = static_cast<Coalesce>(coalesce);
  return request;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
