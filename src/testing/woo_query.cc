// Lists: filters, order, pages.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/woo_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

const std::string* Value(const WooQuery& query, std::string_view name) {
  const std::string* found = nullptr;
  for (const auto& pair : query) {
    if (pair.first == name) found = &pair.second;  // PHP: the last one counts
  }
  return found;
}

/// name=a,b or name[]=a&name[]=b or name[0]=a.
std::vector<std::string> Values(const WooQuery& query, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& pair : query) {
    if (pair.first != name && pair.first.compare(0, name.size() + 1, name + "[") != 0) continue;
    for (const auto part : absl::StrSplit(pair.second, ',')) {
      if (!part.empty()) values.emplace_back(part);
    }
  }
  return values;
}

/// Seconds of UTC, or nullopt for what is no date. Without a zone the time is the store's unless `gmt`.
std::optional<std::int64_t> ParseDate(const std::string& text, bool gmt, std::chrono::minutes offset) {
  CivilTime c;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &c.year, &c.month, &c.day, &used) != 3) return std::nullopt;
  std::string rest = text.substr(static_cast<std::size_t>(used));
  if (!rest.empty()) {
    int more = 0;
    if ((rest[0] != 'T' && rest[0] != ' ') ||
        std::sscanf(rest.c_str() + 1, "%2d:%2d:%2d%n", &c.hour, &c.minute, &c.second, &more) != 3) {
      return std::nullopt;
    }
    rest = rest.substr(static_cast<std::size_t>(more) + 1);
    if (!rest.empty() && rest[0] == '.')
      rest = rest.substr(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  }
  if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31) return std::nullopt;
  std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(FromCivil(c).time_since_epoch()).count();
  if (rest.empty()) return gmt ? seconds : seconds - std::chrono::seconds(offset).count();
  if (rest == "Z") return seconds;
  int hours = 0;
  int minutes = 0;
  if (std::sscanf(rest.c_str() + 1, "%2d:%2d", &hours, &minutes) != 2 || (rest[0] != '+' && rest[0] != '-'))
    return std::nullopt;
  const std::int64_t shift = hours * 3600 + minutes * 60;
  return rest[0] == '+' ? seconds - shift : seconds + shift;
}

bool Contains(const std::string& text, const std::string& part) {
  return absl::AsciiStrToLower(text).find(absl::AsciiStrToLower(part)) != std::string::npos;
}

/// Strings of a record that a search looks through.
bool Found(const Json& record, const std::string& wanted) {
  for (const char* name : {"name", "sku", "description", "email", "first_name", "last_name", "code", "number"}) {
    if (record[name].IsString() && Contains(record[name].text(), wanted)) return true;
  }
  for (const char* address : {"billing", "shipping"}) {
    for (const Json::Member& member : record[address].members()) {
      if (member.second.IsString() && Contains(member.second.text(), wanted)) return true;
    }
  }
  for (const Json& line : record["line_items"].items()) {
    if (Contains(line["name"].text(), wanted)) return true;
  }
  return record["id"].text() == wanted;
}

constexpr const char* kOrderStatuses[] = {"any",       "trash",     "auto-draft", "pending", "processing",    "on-hold",
                                          "completed", "cancelled", "refunded",   "failed",  "checkout-draft"};

std::optional<WooAnswer> CheckParameters(const std::string& kind, const WooQuery& query) {
  const auto bounded = [&](const char* name, std::int64_t low, std::int64_t high) -> std::optional<WooAnswer> {
    const std::string* text = Value(query, name);
    if (text == nullptr) return std::nullopt;
    std::int64_t value = 0;
    if (!absl::SimpleAtoi(*text, &value)) return WooInvalidParam(name, absl::StrCat(name, " is not of type integer."));
    if (value >= low && value <= high) return std::nullopt;
    const std::string why = high == 100 ? absl::StrCat(name, " must be between 1 (inclusive) and 100 (inclusive)")
                                        : absl::StrCat(name, " must be greater than or equal to ", low);
    return WooInvalidParam(name, why, "rest_out_of_bounds");
  };
  if (auto wrong = bounded("per_page", 1, 100)) return wrong;
  if (auto wrong = bounded("page", 1, 1'000'000'000)) return wrong;
  for (const char* name : {"modified_after", "modified_before", "after", "before"}) {
    const std::string* text = Value(query, name);
    const bool known = kind == "orders" || kind == "products";
    if (text != nullptr && known && !ParseDate(*text, true, {}).has_value()) {
      return WooInvalidParam(name, "Invalid date.", "rest_invalid_date");
    }
  }
  if (const std::string* by = Value(query, "orderby"); by != nullptr && kind == "orders") {
    const auto allowed = {"date", "id", "include", "title", "slug", "modified"};
    if (std::find(allowed.begin(), allowed.end(), *by) == allowed.end()) {
      return WooInvalidParam("orderby", "orderby is not one of date, id, include, title, slug, and modified.",
                             "rest_not_in_enum");
    }
  }
  if (kind == "orders") {
    const std::vector<std::string> statuses = Values(query, "status");
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      if (std::find(std::begin(kOrderStatuses), std::end(kOrderStatuses), statuses[i]) != std::end(kOrderStatuses))
        continue;
      return WooInvalidParam(
          "status",
          absl::StrCat("status[", i,
                       "] is not one of any, trash, auto-draft, pending, processing, on-hold, completed, "
                       "cancelled, refunded, failed, and checkout-draft."),
          "rest_not_in_enum");
    }
  }
  return std::nullopt;
}

}  // namespace

Json WooStore::Shown(const Json& record, const WooQuery& query) {
  const std::vector<std::string> fields = Values(query, "_fields");
  if (fields.empty()) return record;
  Json shown = Json::Object();
  for (const Json::Member& member : record.members()) {
    for (const std::string& field : fields) {
      if (field.substr(0, field.find('.')) == member.first) {
        shown.Set(member.first, member.second);
        break;
      }
    }
  }
  return shown;
}

WooAnswer WooStore::Page(std::vector<const Json*> found, const WooQuery& query) const {
  const auto number = [&](const char* name, std::int64_t otherwise) {
    const std::string* text = Value(query, name);
    return text == nullptr ? otherwise : std::strtoll(text->c_str(), nullptr, 10);
  };
  const std::int64_t per_page = number("per_page", 10);
  const std::int64_t page = number("page", 1);
  const auto total = static_cast<std::int64_t>(found.size());
  const std::string* offset = Value(query, "offset");
  const std::int64_t first = offset != nullptr ? std::strtoll(offset->c_str(), nullptr, 10) : (page - 1) * per_page;
  WooAnswer answer;
  answer.body = Json::Array();
  for (std::int64_t i = first; i < std::min(first + per_page, total); ++i) {
    answer.body.Push(Shown(*found[static_cast<std::size_t>(i)], query));
  }
  answer.total = total;
  answer.total_pages = (total + per_page - 1) / per_page;
  if (config.modern && page > 1 && first >= total) {
    answer.total = 0;  // the newer version forgets the count past the end
    answer.total_pages = 0;
  }
  return answer;
}

WooAnswer WooStore::ListVariations(std::int64_t product, const WooQuery& query) const {
  if (auto wrong = CheckParameters("products", query)) return *wrong;
  if (Find("products", product) == nullptr) {
    return WooError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.");
  }
  const std::string* gmt = Value(query, "dates_are_gmt");
  const std::string* after = Value(query, "modified_after");
  std::vector<const Json*> found;
  for (const auto& entry : table("variations")) {
    if (entry.second["parent_id"].AsInt() != product) continue;
    if (after != nullptr && Seconds(entry.second, "date_modified_gmt").value_or(0) <=
                                *ParseDate(*after, gmt != nullptr && *gmt == "true", config.utc_offset)) {
      continue;
    }
    const std::string* sku = Value(query, "sku");
    if (sku != nullptr && entry.second["sku"].text() != *sku) continue;
    found.push_back(&entry.second);
  }
  std::sort(found.begin(), found.end(),
            [](const Json* a, const Json* b) { return (*a)["id"].AsInt() > (*b)["id"].AsInt(); });
  return Page(std::move(found), query);
}

WooAnswer WooStore::List(const std::string& kind, const WooQuery& query) const {
  if (auto wrong = CheckParameters(kind, query)) return *wrong;
  const bool dated = kind == "orders" || kind == "products";
  const std::string* gmt_flag = Value(query, "dates_are_gmt");
  const bool gmt = gmt_flag != nullptr && (*gmt_flag == "true" || *gmt_flag == "1");
  const auto date = [&](const char* name) -> std::optional<std::int64_t> {
    const std::string* text = Value(query, name);
    if (text == nullptr || !dated) return std::nullopt;  // customers and coupons do not know these
    return ParseDate(*text, gmt, config.utc_offset);
  };
  const auto modified_after = date("modified_after");
  const auto modified_before = date("modified_before");
  const auto after = date("after");
  const auto before = date("before");
  const std::vector<std::string> statuses = Values(query, "status");
  const std::vector<std::string> include = Values(query, "include");
  const std::vector<std::string> exclude = Values(query, "exclude");
  const std::vector<std::string> skus = Values(query, "sku");
  const std::string* search = Value(query, "search");
  const std::string* email = Value(query, "email");
  const std::string* customer = Value(query, "customer");
  const std::string* product = Value(query, "product");
  const std::string* code = Value(query, "code");
  const std::string* type = Value(query, "type");
  const auto in = [](const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  };

  std::vector<const Json*> found;
  for (const auto& entry : table(kind)) {
    const Json& record = entry.second;
    const std::string& status = record["status"].text();
    if (kind == "orders") {
      const bool any = statuses.empty() || in(statuses, "any");
      if (any ? status == "trash" || status == "auto-draft" : !in(statuses, status)) continue;
      if (customer != nullptr && record["customer_id"].text() != *customer) continue;
      if (product != nullptr) {
        bool has = false;
        for (const Json& line : record["line_items"].items()) has = has || line["product_id"].text() == *product;
        if (!has) continue;
      }
    }
    if (kind == "products") {
      if (statuses.empty() || in(statuses, "any") ? status == "trash" : !in(statuses, status)) continue;
      if (!skus.empty() && !in(skus, record["sku"].text())) continue;
      if (type != nullptr && record["type"].text() != *type) continue;
    }
    if (kind == "coupons" && code != nullptr && record["code"].text() != absl::AsciiStrToLower(*code)) continue;
    if (email != nullptr && kind == "customers" &&
        absl::AsciiStrToLower(record["email"].text()) != absl::AsciiStrToLower(*email)) {
      continue;
    }
    if (!include.empty() && !in(include, record["id"].text())) continue;
    if (in(exclude, record["id"].text())) continue;
    if (search != nullptr && !search->empty() && !Found(record, *search)) continue;
    const std::int64_t modified = Seconds(record, "date_modified_gmt").value_or(0);
    const std::int64_t created = Seconds(record, "date_created_gmt").value_or(0);
    // Exclusive, at a grain of one second.
    if (modified_after.has_value() && modified <= *modified_after) continue;
    if (modified_before.has_value() && modified >= *modified_before) continue;
    if (after.has_value() && created <= *after) continue;
    if (before.has_value() && created >= *before) continue;
    found.push_back(&record);
  }

  const std::string* by_text = Value(query, "orderby");
  const std::string* order_text = Value(query, "order");
  const bool named = kind == "customers";
  const std::string by = by_text != nullptr ? *by_text : (named ? "name" : (kind == "taxes" ? "order" : "date"));
  const bool ascending = order_text != nullptr ? *order_text == "asc" : named || kind == "taxes";
  const auto key = [&](const Json& record) -> std::pair<std::int64_t, std::string> {
    if (by == "modified") return {Seconds(record, "date_modified_gmt").value_or(0), ""};
    if (by == "date" || by == "registered_date") return {Seconds(record, "date_created_gmt").value_or(0), ""};
    if (by == "title" || by == "slug") return {0, record["name"].text()};
    if (by == "name") return {0, absl::AsciiStrToLower(record["username"].text())};
    return {record["id"].AsInt(), ""};
  };
  std::vector<std::pair<std::pair<std::pair<std::int64_t, std::string>, std::int64_t>, const Json*>> keyed;
  for (const Json* record : found) keyed.push_back({{key(*record), (*record)["id"].AsInt()}, record});
  std::sort(keyed.begin(), keyed.end(),
            [&](const auto& a, const auto& b) { return ascending ? a.first < b.first : b.first < a.first; });
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = keyed[i].second;
  return Page(std::move(found), query);
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
