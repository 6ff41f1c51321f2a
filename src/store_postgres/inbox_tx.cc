#include "fairlead/core/error.h"
#include "src/store_postgres/internal/postgres_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

#define FAIRLEAD_INBOX_COLUMNS \
  "id, tenant, source, topic, dedup_key, headers, body, received_at, state, attempts, detail"

// Of any length in, 32 bytes out: an index entry must not be long.
std::string DedupDigest(const InboxMessage& message) {
  std::string text;
  for (const std::string* part : {&message.tenant, &message.source, &message.dedup_key}) {
    text += std::to_string(part->size());
    text += ':';
    text += *part;
  }
  return std::string(Sha256(text).view());
}

void PutSized(std::string_view text, std::string& out) {
  const std::uint32_t size = static_cast<std::uint32_t>(text.size());
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((size >> shift) & 0xFF));
  out.append(text);
}

bool TakeSized(std::string_view& in, std::string& text) {
  if (in.size() < 4) return false;
  std::uint32_t size = 0;
  for (int i = 3; i >= 0; --i) size = (size << 8) | static_cast<unsigned char>(in[static_cast<std::size_t>(i)]);
  in.remove_prefix(4);
  if (size > in.size()) return false;
  text.assign(in.substr(0, size));
  in.remove_prefix(size);
  return true;
}

std::string EncodeHeaders(const HeaderList& headers) {
  std::string out;
  for (const auto& [name, value] : headers) {
    PutSized(name, out);
    PutSized(value, out);
  }
  return out;
}

HeaderList DecodeHeaders(std::string_view in) {
  HeaderList headers;
  std::string name;
  std::string value;
  while (TakeSized(in, name) && TakeSized(in, value)) headers.emplace_back(name, value);
  return headers;
}

InboxMessage MessageFrom(const Result& result, int row) {
  RowReader in(result, row);
  InboxMessage message;
  message.id = in.Int();
  message.tenant = in.Text();
  message.source = in.Text();
  message.topic = in.Text();
  message.dedup_key = in.Text();
  message.headers = DecodeHeaders(in.View());
  message.body = in.Blob();
  message.received_at = in.Wall();
  message.state = static_cast<InboxState>(in.Int());
  message.attempts = static_cast<std::uint32_t>(in.Int());
  message.detail = in.Text();
  return message;
}

}  // namespace

absl::StatusOr<bool> PostgresTransaction::InsertInbox(InboxMessage& message) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const std::string dedup = DedupDigest(message);
  // Known ones are found first: a refused INSERT would still use up a number.
  for (int attempt = 0; attempt < 2; ++attempt) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Result known,
                              connection().Ask("SELECT id FROM inbox WHERE dedup = $1", Params().Blob(dedup)));
    if (!known.empty()) {
      message.id = known.GetInt(0, 0);
      return false;
    }
    FAIRLEAD_ASSIGN_OR_RETURN(
        const Result inserted,
        connection().Ask(
            "INSERT INTO inbox (dedup, tenant, source, topic, dedup_key, headers, body, received_at, state, "
            "attempts, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (dedup) DO "
            "NOTHING RETURNING id",
            Params()
                .Blob(dedup)
                .Text(message.tenant)
                .Text(message.source)
                .Text(message.topic)
                .Text(message.dedup_key)
                .Blob(EncodeHeaders(message.headers))
                .Blob(message.body)
                .Time(message.received_at)
                .Int(static_cast<std::int64_t>(message.state))
                .Int(message.attempts)
                .Text(message.detail)));
    if (!inserted.empty()) {
      message.id = inserted.GetInt(0, 0);
      return true;
    }
  }
  return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "store: the same message is being stored elsewhere");
}

absl::StatusOr<std::optional<InboxMessage>> PostgresTransaction::GetInbox(std::int64_t id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found,
      connection().Ask("SELECT " FAIRLEAD_INBOX_COLUMNS " FROM inbox WHERE id = $1", Params().Int(id)));
  if (found.empty()) return std::nullopt;
  return MessageFrom(found, 0);
}

absl::StatusOr<std::vector<InboxMessage>> PostgresTransaction::ListInbox(InboxState state, std::int64_t after_id,
                                                                         std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  // Open messages are few and have an index of their own; of processed ones the table itself is the order.
  const std::string open = state == InboxState::kProcessed ? "" : "AND state <> 2 ";
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          "SELECT " FAIRLEAD_INBOX_COLUMNS " FROM inbox WHERE state = $1 " + open + "AND id > $2 ORDER BY id LIMIT $3",
          Params().Int(static_cast<std::int64_t>(state)).Int(after_id).Int(static_cast<std::int64_t>(limit))));
  std::vector<InboxMessage> messages;
  for (int row = 0; row < result.rows(); ++row) messages.push_back(MessageFrom(result, row));
  return messages;
}

absl::Status PostgresTransaction::SetInboxState(std::int64_t id, InboxState state, std::string_view detail) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // A note on a message that stays or becomes unprocessed is a failure of handling it.
  const bool failed = state != InboxState::kProcessed && !detail.empty();
  FAIRLEAD_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      Change("UPDATE inbox SET state = $1, detail = $2, attempts = attempts + $3 WHERE id = $4",
             Params().Int(static_cast<std::int64_t>(state)).Text(detail).Int(failed ? 1 : 0).Int(id)));
  if (changed == 1) return absl::OkStatus();
  return MakeError(ErrorKind::kNotFound, Outcome::kNotSent, "there is no inbox message " + std::to_string(id));
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
