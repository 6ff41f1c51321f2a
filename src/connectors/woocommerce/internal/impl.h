// The connector's parts, spread over listing.cc, reading.cc, prepare.cc, write.cc and webhook.cc.
#ifndef FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_IMPL_H_
#define FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_IMPL_H_

#include <string>
#include <string_view>
#include <utility>

#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/connectors/woocommerce/parse.h"
#include "src/connector/internal/json.h"
#include "src/connectors/woocommerce/internal/client.h"
#include "src/connectors/woocommerce/internal/cursor.h"

FAIRLEAD_NAMESPACE_BEGIN

class WooCommerceConnector::Impl {
 public:
  Impl(WooOptions woo_options, http::Transport& transport, Runtime runtime)
      : options(std::move(woo_options)), valid(options.Validate()), client(options, transport, runtime) {}

  Manifest Describe() const;
  absl::StatusOr<HealthReport> Health(const CallContext& context) const;
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context) const;
  absl::StatusOr<Page> List(const ListRequest& request, bool all, const CallContext& context) const;
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) const;
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context) const;
  absl::Status VerifyWebhook(const Webhook& webhook) const;
  absl::StatusOr<ParsedWebhook> ParseWebhook(const Webhook& webhook) const;

  const WooOptions options;
  const absl::Status valid;  // What is wrong with the options; every call answers it.
  const woocommerce::internal::Client client;

 private:
  using Value = ::fairlead::internal::json::Value;
  using Document = ::fairlead::internal::json::Document;

  woocommerce::ParseOptions Parsing() const;
  /// GET and parse. kUnparseable for what is no JSON.
  absl::StatusOr<Document> Get(std::string path, http::QueryParams params, std::string_view operation,
                               const CallContext& context, std::optional<std::int64_t>* total = nullptr) const;
  /// Parses the answer to a write: bytes that cannot be read say nothing about whether it was applied.
  absl::StatusOr<Document> ReadAnswer(http::Response response, std::string_view operation) const;

  // listing.cc
  struct Plan;
  absl::StatusOr<Plan> PlanFor(v1::EntityKind entity, bool all) const;
  absl::Status ReadKeyset(const Plan& plan, std::uint32_t page_size, woocommerce::internal::ListCursor& cursor,
                          Page& page, const CallContext& context) const;
  enum class Step : std::uint8_t { kMore, kEnd, kShifted };
  absl::StatusOr<Step> ReadByPlace(const Plan& plan, http::QueryParams params, std::uint32_t page_size,
                                   woocommerce::internal::ListCursor& cursor, Page& page,
                                   std::optional<std::int64_t>& total, const CallContext& context) const;
  absl::Status ReadScan(const Plan& plan, std::uint32_t page_size, woocommerce::internal::ListCursor& cursor,
                        Page& page, const CallContext& context) const;
  absl::Status ReadChildren(const Plan& plan, woocommerce::internal::ListCursor& cursor, Page& page,
                            const CallContext& context) const;
  void Take(const Plan& plan, const Value& item, woocommerce::internal::ListCursor& cursor, Page& page) const;

  // prepare.cc
  absl::StatusOr<Preparation> PrepareStock(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<Preparation> PreparePrice(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<Preparation> PrepareTracking(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<Preparation> PrepareNote(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<Preparation> PrepareReference(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<Preparation> PrepareStatus(const WriteIntent& intent, const CallContext& context) const;
  absl::StatusOr<std::string> OrderOf(const WriteIntent& intent, const CallContext& context) const;
  struct Item;
  absl::StatusOr<Item> FindItem(const WriteIntent& intent, const v1::ExternalRef& variant, const std::string& sku,
                                const CallContext& context) const;
  PreparedWrite Put(const WriteIntent& intent, std::string path, std::string body, std::string memo) const;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_IMPL_H_
