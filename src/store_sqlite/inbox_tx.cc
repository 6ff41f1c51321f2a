#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

#define FAIRLEAD_INBOX_COLUMNS \
  "id, tenant, source, topic, dedup_key, headers, body, received_at, state, attempts, detail"

// A narrow index finds candidates, the full texts decide.
std::int64_t DedupHash(const InboxMessage& message) {
  std::string text;
  for (const std::string* part : {&message.tenant, &message.source, &message.dedup_key}) {
    text += std::to_string(part->size());
    text += ':';
    text += *part;
  }
  const Digest256 digest = Sha256(text);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = (value << 8) | digest.bytes[i];
  return static_cast<std::int64_t>(value);
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

InboxMessage Row(const Query& row) {
  InboxMessage message;
  message.id = row.GetInt(0);
  message.tenant = row.GetText(1);
  message.source = row.GetText(2);
  message.topic = row.GetText(3);
  message.dedup_key = row.GetText(4);
  message.headers = DecodeHeaders(row.GetView(5));
  message.body = row.GetText(6);
  message.received_at = row.GetWallTime(7);
  message.state = static_cast<InboxState>(row.GetInt(8));
  message.attempts = static_cast<std::uint32_t>(row.GetInt(9));
  message.detail = row.GetText(10);
  return message;
}

}  // namespace

absl::StatusOr<bool> SqliteTransaction::InsertInbox(InboxMessage& message) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const std::int64_t dedup = DedupHash(message);
  {
    Query query(connection(), "SELECT id, tenant, source, dedup_key FROM inbox INDEXED BY inbox_dedup WHERE dedup = ?");
    query.Int(dedup);
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      if (query.GetView(1) != message.tenant || query.GetView(2) != message.source ||
          query.GetView(3) != message.dedup_key)
        continue;
      message.id = query.GetInt(0);
      return false;
    }
  }
  const std::string headers = EncodeHeaders(message.headers);
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(),
            "INSERT INTO inbox (dedup, tenant, source, topic, dedup_key, headers, body, received_at, state, "
            "attempts, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .Int(dedup)
          .Text(message.tenant)
          .Text(message.source)
          .Text(message.topic)
          .Text(message.dedup_key)
          .Blob(headers)
          .Blob(message.body)
          .Time(message.received_at)
          .Int(static_cast<std::int64_t>(message.state))
          .Int(message.attempts)
          .Text(message.detail)
          .Run());
  message.id = connection().last_id();
  return true;
}

absl::StatusOr<std::optional<InboxMessage>> SqliteTransaction::GetInbox(std::int64_t id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT " FAIRLEAD_INBOX_COLUMNS " FROM inbox WHERE id = ?");
  query.Int(id);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::nullopt;
  return Row(query);
}

absl::StatusOr<std::vector<InboxMessage>> SqliteTransaction::ListInbox(InboxState state, std::int64_t after_id,
                                                                       std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<InboxMessage> messages;
  // Open messages are few and have an index of their own; of processed ones the table itself is the order.
  const char* const sql =
      state == InboxState::kProcessed
          ? "SELECT " FAIRLEAD_INBOX_COLUMNS " FROM inbox WHERE state = ? AND id > ? ORDER BY id LIMIT ?"
          : "SELECT " FAIRLEAD_INBOX_COLUMNS
            " FROM inbox INDEXED BY inbox_open WHERE state = ? AND state <> 2 AND id > ? ORDER BY id LIMIT ?";
  Query query(connection(), sql);
  query.Int(static_cast<std::int64_t>(state)).Int(after_id).Int(static_cast<std::int64_t>(limit));
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return messages;
    messages.push_back(Row(query));
  }
}

absl::Status SqliteTransaction::SetInboxState(std::int64_t id, InboxState state, std::string_view detail) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // A note on a message that stays or becomes unprocessed is a failure of handling it.
  const bool failed = state != InboxState::kProcessed && !detail.empty();
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(), "UPDATE inbox SET state = ?, detail = ?, attempts = attempts + ? WHERE id = ?")
          .Int(static_cast<std::int64_t>(state))
          .Text(detail)
          .Int(failed ? 1 : 0)
          .Int(id)
          .Run());
  if (connection().changes() == 1) return absl::OkStatus();
  return MakeError(ErrorKind::kNotFound, Outcome::kNotSent, "there is no inbox message " + std::to_string(id));
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
