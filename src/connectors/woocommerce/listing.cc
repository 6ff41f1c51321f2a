// Listings. See cursor.h for the two ways to walk a list and why page numbers are not one of them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/woocommerce/internal/impl.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN

using woocommerce::internal::ListCursor;

namespace {

using ::fairlead::internal::ToAbsl;

// Ids of one second that a URL is asked to exclude. More go by place.
constexpr std::size_t kMaxSeen = 300;

std::string TimeText(std::int64_t seconds) {
  // Civil time from days since 1970, the inverse of what ReadTime() does.
  const std::int64_t days = seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400);
  const auto rest = static_cast<int>(seconds - days * 86400);
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const auto day_of_era = static_cast<int>(shifted - era * 146097);
  const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_index = (5 * day_of_year + 2) / 153;
  const int day = day_of_year - (153 * month_index + 2) / 5 + 1;
  const int month = month_index < 10 ? month_index + 3 : month_index - 9;
  const auto year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  const auto two = [](int number) { return absl::StrCat(number < 10 ? "0" : "", number); };
  return absl::StrCat(year, "-", two(month), "-", two(day), "T", two(rest / 3600), ":", two(rest / 60 % 60), ":",
                      two(rest % 60));
}

absl::Status NoList(std::string_view path) {
  return MakeError(
      ErrorKind::kUnparseable, Outcome::kRejected,
      absl::StrCat("list ", ToAbsl(path), ": the store answered no list; a plugin or a proxy changes its answers"));
}

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

/// How one kind of record is listed.
struct WooCommerceConnector::Impl::Plan {
  v1::EntityKind entity;
  std::string path;          // List of the records, or of their parents.
  bool keyset = false;       // By modification time; else by place.
  bool trash = false;        // A second half reads what was moved to the trash.
  http::QueryParams params;  // On every request.
  bool records = true;       // The list holds the records themselves.
  std::string children;      // "variations", "refunds": below each parent that has some. Empty: none.
  http::QueryParams child_params;
};

absl::StatusOr<WooCommerceConnector::Impl::Plan> WooCommerceConnector::Impl::PlanFor(v1::EntityKind entity,
                                                                                     bool all) const {
  Plan plan{};
  plan.entity = entity;
  switch (entity) {
    case v1::ORDER:
      plan.path = "orders";
      plan.keyset = !all;
      plan.trash = !all;
      return plan;
    case v1::PRODUCT:
      plan.path = "products";
      plan.keyset = !all;
      plan.trash = !all;
      return plan;
    case v1::VARIANT:
      plan.path = "products";
      plan.params = {{"type", "variable"}, {"_fields", "id,type,sku,variations"}};
      plan.records = false;
      plan.children = "variations";
      return plan;
    case v1::INVENTORY_LEVEL: {
      // A tenth of the bytes: stock is read often.
      const std::string fields =
          "id,type,sku,slug,parent_id,manage_stock,stock_quantity,date_created_gmt,date_modified_gmt,variations";
      plan.path = "products";
      plan.params = {{"_fields", fields}};
      plan.children = "variations";
      plan.child_params = {
          {"_fields", "id,type,sku,parent_id,manage_stock,stock_quantity,date_created_gmt,date_modified_gmt"}};
      return plan;
    }
    case v1::PARTY:
      plan.path = "customers";
      plan.params = {{"role", "all"}};
      return plan;
    case v1::REFUND:
      // A refund moves its order's time (its deletion does not: only a complete listing shows that).
      plan.path = "orders";
      plan.keyset = !all;
      plan.params = {{"_fields", "id,currency,refunds,date_modified_gmt"}};
      plan.records = false;
      plan.children = "refunds";
      return plan;
    default:
      return MakeError(
          ErrorKind::kConfiguration, Outcome::kNotSent,
          absl::StrCat("WooCommerce has no list of ", v1::EntityKind_Name(entity), "; its manifest says what it has"));
  }
}

/// One item of the list: a record, or a parent whose children are to be read, or both.
void WooCommerceConnector::Impl::Take(const Plan& plan, const Value& item, ListCursor& cursor, Page& page) const {
  if (plan.records) {
    const std::size_t before = page.records.size();
    woocommerce::internal::AppendRecord(plan.entity, item, Parsing(), page);
    // What counts no stock has no level to compare.
    if (plan.entity == v1::INVENTORY_LEVEL && page.records.size() > before &&
        page.records.back().As<v1::InventoryLevel>()->quantities().empty() && page.records.back().findings.empty()) {
      page.records.pop_back();
    }
  }
  if (!plan.children.empty() && item[plan.children].size() > 0) {
    const Value extra = plan.entity == v1::REFUND ? item["currency"] : item["sku"];
    cursor.pending.emplace_back(std::string(item["id"].text()), std::string(extra.text()));
  }
}

/// The next page of the list that `params` select, in the order of ids, overlapping by one record.
absl::StatusOr<WooCommerceConnector::Impl::Step> WooCommerceConnector::Impl::ReadByPlace(
    const Plan& plan, http::QueryParams params, std::uint32_t page_size, ListCursor& cursor, Page& page,
    std::optional<std::int64_t>& total, const CallContext& context) const {
  // One record is read twice, so a page must hold two.
  const auto per_page = static_cast<std::int64_t>(std::max<std::uint32_t>(page_size, 2));
  const bool overlapping = cursor.offset > 0 && !cursor.last_id.empty();
  params.emplace_back("per_page", absl::StrCat(per_page));
  params.emplace_back("offset", absl::StrCat(cursor.offset - (overlapping ? 1 : 0)));
  params.emplace_back("orderby", "id");
  params.emplace_back("order", "asc");
  FAIRLEAD_ASSIGN_OR_RETURN(const Document document,
                            Get(plan.path, std::move(params), absl::StrCat("list ", plan.path), context, &total));
  if (!document.root().is_array()) return NoList(plan.path);
  const auto count = static_cast<std::int64_t>(document.root().size());
  if (overlapping && document.root().At(0)["id"].text() != cursor.last_id) {
    // Something before our place went away and the rest moved forward, maybe over the edge: step back a page.
    cursor.offset = std::max<std::int64_t>(0, cursor.offset - per_page);
    cursor.last_id.clear();
    return Step::kShifted;
  }
  bool known = overlapping;
  for (const Value item : document.root().Items()) {
    if (std::exchange(known, false)) continue;
    Take(plan, item, cursor, page);
    ++cursor.offset;
    cursor.last_id = std::string(item["id"].text());
  }
  return count < per_page ? Step::kEnd : Step::kMore;
}

absl::Status WooCommerceConnector::Impl::ReadKeyset(const Plan& plan, std::uint32_t page_size, ListCursor& cursor,
                                                    Page& page, const CallContext& context) const {
  if (cursor.idle) {
    ListCursor begun;
    begun.idle = false;
    begun.high = cursor.high;
    if (begun.high.has_value()) begun.from = *begun.high - options.overlap.count();
    cursor = std::move(begun);
    cursor.since = cursor.from;
  }
  http::QueryParams params = plan.params;
  params.emplace_back("status", cursor.trash ? "trash" : "any");
  if (cursor.since.has_value()) {
    // Without dates_are_gmt the store reads the time as its own; and the filter leaves out its own second.
    params.emplace_back("modified_after", TimeText(*cursor.since - 1));
    params.emplace_back("dates_are_gmt", "true");
  }
  if (cursor.bulk) {
    params.emplace_back("modified_before", TimeText(*cursor.since + 1));
    std::optional<std::int64_t> total;
    FAIRLEAD_ASSIGN_OR_RETURN(const Step step,
                              ReadByPlace(plan, std::move(params), page_size, cursor, page, total, context));
    if (step == Step::kEnd) {
      cursor.bulk = false;
      cursor.since = *cursor.since + 1;
      cursor.offset = 0;
      cursor.last_id.clear();
    }
    return absl::OkStatus();
  }
  params.emplace_back("per_page", absl::StrCat(page_size));
  params.emplace_back("orderby", "modified");
  params.emplace_back("order", "asc");
  if (!cursor.seen.empty()) {
    std::string ids;
    for (const std::string& id : cursor.seen) absl::StrAppend(&ids, ids.empty() ? "" : ",", id);
    params.emplace_back("exclude", ids);
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Document document,
                            Get(plan.path, std::move(params), absl::StrCat("list ", plan.path), context));
  if (!document.root().is_array()) return NoList(plan.path);
  bool progress = false;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(client.runtime().clock->WallNow().time_since_epoch()).count();
  for (const Value item : document.root().Items()) {
    const std::string_view id = item["id"].text();
    if (Contains(cursor.seen, id)) continue;  // A store that does not know `exclude`.
    std::int64_t modified = 0;
    if (woocommerce::internal::ReadTime(item["date_modified_gmt"].text(), modified)) {
      if (!cursor.since.has_value() || modified > *cursor.since) {
        cursor.since = modified;
        cursor.seen.clear();
        progress = true;
      }
      // A record dated in the future must not carry the cursor there: what changes until then would be missed.
      const std::int64_t capped = std::min(modified, now);
      cursor.high = std::max(cursor.high.value_or(capped), capped);
    }
    if (!id.empty()) {
      cursor.seen.emplace_back(id);
      progress = true;
    }
    Take(plan, item, cursor, page);
  }
  if (document.root().size() >= page_size) {
    if (progress && cursor.seen.size() <= kMaxSeen) return absl::OkStatus();
    if (!cursor.since.has_value()) {
      return MakeError(ErrorKind::kUnparseable, Outcome::kRejected,
                       absl::StrCat("list ", plan.path,
                                    ": pages of records without a modification time; a plugin changes the answers"));
    }
    cursor.bulk = true;
    cursor.seen.clear();
    return absl::OkStatus();
  }
  if (plan.trash && !cursor.trash) {
    cursor.trash = true;
    cursor.since = cursor.from;
    cursor.seen.clear();
  } else {
    cursor.idle = true;
    cursor.parents_done = true;
  }
  return absl::OkStatus();
}

absl::Status WooCommerceConnector::Impl::ReadScan(const Plan& plan, std::uint32_t page_size, ListCursor& cursor,
                                                  Page& page, const CallContext& context) const {
  http::QueryParams params = plan.params;
  if (plan.path == "orders") params.emplace_back("status", "any");
  const bool first = cursor.offset == 0 && cursor.whole;
  std::optional<std::int64_t> total;
  FAIRLEAD_ASSIGN_OR_RETURN(const Step step,
                            ReadByPlace(plan, std::move(params), page_size, cursor, page, total, context));
  if (first) cursor.total = total;
  if (step == Step::kShifted) cursor.whole = false;
  if (step == Step::kEnd) {
    cursor.parents_done = true;
    // Both ends of the listing must agree with what was read in between.
    cursor.whole = cursor.whole && cursor.total.has_value() && total == cursor.total && cursor.offset == *cursor.total;
  }
  return absl::OkStatus();
}

absl::Status WooCommerceConnector::Impl::ReadChildren(const Plan& plan, ListCursor& cursor, Page& page,
                                                      const CallContext& context) const {
  const auto [parent, extra] = cursor.pending.front();
  cursor.pending.erase(cursor.pending.begin());
  woocommerce::ParseOptions parsing = Parsing();
  if (plan.entity == v1::REFUND) {
    parsing.order_id = parent;
    parsing.currency = extra;
  } else {
    parsing.parent_id = parent;
    parsing.parent_sku = extra;
  }
  const std::string path = absl::StrCat(plan.path, "/", parent, "/", plan.children);
  std::vector<std::string> seen;
  std::optional<std::int64_t> total;
  for (std::int64_t offset = 0;;) {
    http::QueryParams params = plan.child_params;
    params.emplace_back("per_page", "100");
    params.emplace_back("offset", absl::StrCat(offset));
    absl::StatusOr<Document> document =
        Get(path, std::move(params), absl::StrCat("list ", plan.children), context, &total);
    if (!document.ok() && KindOf(document.status()) == ErrorKind::kNotFound) {
      cursor.whole = false;  // The parent went away while we read.
      return absl::OkStatus();
    }
    FAIRLEAD_RETURN_IF_ERROR(document.status());
    for (const Value item : document->root().Items()) {
      const std::string_view id = item["id"].text();
      if (Contains(seen, id)) continue;
      seen.emplace_back(id);
      const std::size_t before = page.records.size();
      woocommerce::internal::AppendRecord(plan.entity, item, parsing, page);
      if (plan.entity == v1::INVENTORY_LEVEL && page.records.size() > before &&
          page.records.back().As<v1::InventoryLevel>()->quantities().empty() && page.records.back().findings.empty()) {
        page.records.pop_back();
      }
    }
    const auto count = static_cast<std::int64_t>(document->root().size());
    if (count < 100) break;
    offset += count - 1;
  }
  if (total.has_value() && *total != static_cast<std::int64_t>(seen.size())) cursor.whole = false;
  return absl::OkStatus();
}

absl::StatusOr<Page> WooCommerceConnector::Impl::List(const ListRequest& request, bool all,
                                                      const CallContext& context) const {
  FAIRLEAD_RETURN_IF_ERROR(valid);
  FAIRLEAD_ASSIGN_OR_RETURN(const Plan plan, PlanFor(request.entity, all));
  FAIRLEAD_ASSIGN_OR_RETURN(ListCursor cursor, ListCursor::Decode(request.cursor));
  const std::uint32_t page_size =
      request.page_size == 0 ? options.page_size : std::clamp<std::uint32_t>(request.page_size, 1, 100);
  Page page;
  if (!cursor.pending.empty()) {
    FAIRLEAD_RETURN_IF_ERROR(ReadChildren(plan, cursor, page, context));
  } else if (plan.keyset) {
    FAIRLEAD_RETURN_IF_ERROR(ReadKeyset(plan, page_size, cursor, page, context));
  } else {
    FAIRLEAD_RETURN_IF_ERROR(ReadScan(plan, page_size, cursor, page, context));
  }
  page.last = cursor.parents_done && cursor.pending.empty();
  if (!page.last) {
    page.next_cursor = cursor.Encode();
    return page;
  }
  page.complete = all && !plan.keyset && cursor.whole;
  if (plan.keyset) {
    ListCursor next;
    next.high = cursor.high;
    page.next_cursor = next.Encode();
  }
  return page;
}

FAIRLEAD_NAMESPACE_END
