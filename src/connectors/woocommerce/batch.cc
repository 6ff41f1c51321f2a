#include "fairlead/connectors/woocommerce/batch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connector/internal/json.h"
#include "src/connectors/woocommerce/internal/client.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce {

namespace json = ::fairlead::internal::json;

absl::StatusOr<std::vector<BatchItem>> ParseBatchAnswer(std::string text) {
  const auto unreadable = [](std::string_view why) {
    ErrorDetail detail;
    detail.kind = ErrorKind::kUnparseable;
    detail.outcome = Outcome::kUnknown;
    return MakeError(CodeFor(detail.kind), why, detail);
  };
  const absl::StatusOr<json::Document> document = json::Document::ParsePage(std::move(text));
  if (!document.ok()) {
    const absl::string_view why = document.status().message();
    return unreadable(std::string_view(why.data(), why.size()));
  }
  if (!document->root().is_object()) return unreadable("the answer to a batch is no object of lists");
  std::vector<BatchItem> items;
  const auto take = [&](std::string_view key, BatchItem::Verb verb) {
    for (const json::Value source : document->root()[key].Items()) {
      BatchItem item;
      item.verb = verb;
      item.id = std::string(source["id"].text());
      if (item.id == "0") item.id.clear();
      const json::Value error = source["error"];
      if (error.is_object()) {
        http::Response response;
        // Items carry the status that their own call would have had; some leave it out.
        response.status = static_cast<int>(error["data"]["status"].AsInt64().value_or(400));
        response.body = std::string(error.raw());
        item.status = internal::ErrorFromResponse(response, /*effectful=*/false, "", "batch");
      }
      items.push_back(std::move(item));
    }
  };
  take("create", BatchItem::Verb::kCreate);
  take("update", BatchItem::Verb::kUpdate);
  take("delete", BatchItem::Verb::kDelete);
  return items;
}

}  // namespace woocommerce
FAIRLEAD_NAMESPACE_END
