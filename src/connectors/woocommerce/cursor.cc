#include "src/connectors/woocommerce/internal/cursor.h"

#include "fairlead/core/error.h"
#include "src/connector/internal/json.h"
#include "src/connector/internal/json_writer.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {

namespace json = ::fairlead::internal::json;

std::string ListCursor::Encode() const {
  json::Writer out;
  out.BeginObject().Member("v", 1);
  const auto number = [&](std::string_view key, const std::optional<std::int64_t>& value) {
    if (value.has_value()) out.Member(key, *value);
  };
  if (!idle) out.Member("idle", false);
  if (trash) out.Member("trash", true);
  if (bulk) out.Member("bulk", true);
  number("from", from);
  number("since", since);
  number("high", high);
  if (!seen.empty()) {
    out.Key("seen").BeginArray();
    for (const std::string& id : seen) out.String(id);
    out.EndArray();
  }
  if (offset != 0) out.Member("offset", offset).Member("last", std::string_view(last_id));
  number("total", total);
  if (!whole) out.Member("whole", false);
  if (!pending.empty()) {
    out.Key("pending").BeginArray();
    for (const auto& [id, extra] : pending) out.BeginArray().String(id).String(extra).EndArray();
    out.EndArray();
  }
  if (parents_done) out.Member("parents_done", true);
  out.EndObject();
  return out.Take();
}

absl::StatusOr<ListCursor> ListCursor::Decode(std::string_view text) {
  ListCursor cursor;
  if (text.empty()) return cursor;
  const absl::StatusOr<json::Document> document = json::Document::Parse(std::string(text));
  const auto foreign = [] {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "the stored cursor was not made by this version of the WooCommerce connector; clear it to read "
                     "from the beginning");
  };
  if (!document.ok() || document->root()["v"].AsInt64() != 1) return foreign();
  const json::Value root = document->root();
  cursor.idle = root["idle"].AsBool().value_or(true);
  cursor.trash = root["trash"].AsBool().value_or(false);
  cursor.bulk = root["bulk"].AsBool().value_or(false);
  cursor.from = root["from"].AsInt64();
  cursor.since = root["since"].AsInt64();
  cursor.high = root["high"].AsInt64();
  for (const json::Value id : root["seen"].Items()) cursor.seen.emplace_back(id.text());
  cursor.offset = root["offset"].AsInt64().value_or(0);
  cursor.last_id = std::string(root["last"].text());
  cursor.total = root["total"].AsInt64();
  cursor.whole = root["whole"].AsBool().value_or(true);
  for (const json::Value entry : root["pending"].Items()) {
    cursor.pending.emplace_back(std::string(entry.At(0).text()), std::string(entry.At(1).text()));
  }
  cursor.parents_done = root["parents_done"].AsBool().value_or(false);
  if (cursor.offset < 0) return foreign();
  return cursor;
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
