#include "src/connector/internal/json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connector/internal/json_parser.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {

/// Where line and column of a byte are, for people.
std::string Position(std::string_view source, std::size_t offset) {
  offset = std::min(offset, source.size());
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : source.substr(0, offset)) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
  return absl::StrCat("line ", line, " column ", column, " (byte ", offset, " of ", source.size(), ")");
}

absl::Status Unparseable(std::string_view message) {
  return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent, message);
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kMissing:
      return "nothing";
    case Kind::kNull:
      return "null";
    case Kind::kFalse:
    case Kind::kTrue:
      return "a boolean";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "something unknown";
}

absl::StatusOr<Document> Document::Parse(std::string text, const Limits& limits) {
  absl::StatusOr<Document> document = ParsePage(std::move(text), limits);
  if (document.ok() && !document->faults_.empty()) return document->FaultStatus(document->faults_.front());
  return document;
}

namespace {

absl::Status CheckSize(std::size_t size, const Limits& limits) {
  const std::size_t max_bytes = std::min(limits.max_bytes, kMaxBytes);
  if (size <= max_bytes) return absl::OkStatus();
  return MakeError(ErrorKind::kTooLarge, Outcome::kNotSent,
                   absl::StrCat("the text has ", size, " bytes, more than the limit of ", max_bytes,
                                "; ask for smaller pages or raise the limit"));
}

}  // namespace

absl::StatusOr<Document> Document::ParsePage(std::string text, const Limits& limits) {
  FAIRLEAD_RETURN_IF_ERROR(CheckSize(text.size(), limits));
  Document document;
  document.source_ = std::move(text);
  FAIRLEAD_RETURN_IF_ERROR(Parser(document, limits).Run());
  return document;
}

struct Records::State {
  State(std::string text, const Limits& limits)
      : document(Source(std::move(text))), parser(document, limits, kRecordNodes) {}
  static Document Source(std::string text) {
    Document document;
    document.source_ = std::move(text);
    return document;
  }
  static constexpr std::size_t kRecordNodes = 4096;

  Document document;
  Parser parser;
  const char* place = nullptr;
  bool array = false;
  bool first = true;
  bool done = false;
};

Records::Records() = default;
Records::~Records() = default;
Records::Records(Records&&) noexcept = default;
Records& Records::operator=(Records&&) noexcept = default;

absl::StatusOr<Records> Records::Open(std::string text, const Limits& limits) {
  FAIRLEAD_RETURN_IF_ERROR(CheckSize(text.size(), limits));
  Records records;
  records.state_ = std::make_unique<State>(std::move(text), limits);
  State& state = *records.state_;
  state.place = state.document.source_.data();
  if (!state.parser.Begin(state.place)) return state.parser.TakeStatus();
  state.array = *state.place == '[';
  if (state.array) {
    ++state.place;
  } else if (*state.place != '{') {
    // Still JSON perhaps, but nothing that holds records.
    if (!state.parser.Read(state.place) || !state.parser.End(state.place)) return state.parser.TakeStatus();
    return Unparseable("expected one JSON object or an array of them");
  }
  return records;
}

absl::StatusOr<bool> Records::Next() {
  State& state = *state_;
  if (state.done) return false;
  state.parser.Rewind();
  if (state.array) {
    bool end = false;
    if (!state.parser.NextElement(state.place, state.first, end)) return state.parser.TakeStatus();
    state.done = end;
  } else {
    state.done = !state.first;
  }
  state.first = false;
  if (state.done) {
    if (!state.parser.End(state.place)) return state.parser.TakeStatus();
    return false;
  }
  if (!state.parser.Read(state.place)) {
    state.done = true;
    return state.parser.TakeStatus();
  }
  state.parser.Finish();
  return true;
}

Value Records::record() const { return state_->document.root(); }

absl::Status Document::FaultStatus(const Fault& fault) const {
  return Unparseable(absl::StrCat("not valid JSON at ", Position(source_, fault.offset), ": ", fault.what));
}

std::optional<std::int64_t> Value::AsInt64() const {
  if (!is_number()) return std::nullopt;
  const std::string_view digits = text();
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Value Value::operator[](std::string_view key) const {
  for (const Member& member : Members()) {
    if (member.key == key) return member.value;
  }
  return Value();
}

Value Value::At(std::size_t index) const {
  for (const Value item : Items()) {
    if (index-- == 0) return item;
  }
  return Value();
}

absl::Status Value::Check() const {
  if (document_ == nullptr || document_->faults_.empty()) return absl::OkStatus();
  const std::uint32_t end = document_->Next(index_);
  for (const Fault& fault : document_->faults_) {
    if (fault.node >= index_ && fault.node < end) return document_->FaultStatus(fault);
  }
  return absl::OkStatus();
}

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END
