#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fairlead/models/money.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/sale.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;
using models::Dec;

constexpr v1::RoundingMode kHalfEven = v1::ROUNDING_MODE_HALF_EVEN;  // What Tryton's currency.round() does.

bool IsItem(v1::LineKind kind) {
  return kind == v1::LINE_KIND_ITEM || kind == v1::LINE_KIND_KIT_PARENT || kind == v1::LINE_KIND_KIT_COMPONENT;
}

absl::StatusOr<Dec> AmountOf(const v1::DualMoney& money) { return models::MoneyToDecimal(money.ledger()); }

/// How many are to be delivered: a removed line stays with zero.
absl::StatusOr<Dec> CurrentQuantity(const v1::OrderLine& line) {
  const v1::LineQuantities& quantities = line.quantities();
  if (quantities.has_current()) return models::FromProto(quantities.current());
  if (quantities.has_ordered()) return models::FromProto(quantities.ordered());
  return Dec::Of(1);
}

/// The line's amount after discounts, without tax.
absl::StatusOr<Dec> NetOf(const v1::OrderLine& line) {
  if (line.has_net()) return AmountOf(line.net());
  if (!line.has_subtotal()) {
    return FailMapping(absl::StrCat("line ", line.line_key(), " states neither a net amount nor a subtotal"));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(Dec net, AmountOf(line.subtotal()));
  for (const v1::LineDiscount& discount : line.discounts()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, AmountOf(discount.amount()));
    FAIRLEAD_ASSIGN_OR_RETURN(net, models::Sub(net, amount));
  }
  return net;
}

std::string CodeOf(const v1::OrderLine& line, const TrytonOptions& options) {
  if (const auto mapped = options.product_codes.find(line.sku());
      !line.sku().empty() && mapped != options.product_codes.end()) {
    return mapped->second;
  }
  if (const auto mapped = options.product_codes.find(line.variant().id());
      !line.variant().id().empty() && mapped != options.product_codes.end()) {
    return mapped->second;
  }
  return line.sku();
}

std::string KindName(v1::LineKind kind) {
  std::string name = v1::LineKind_Name(kind);
  constexpr std::string_view kPrefix = "LINE_KIND_";
  if (name.rfind(kPrefix, 0) == 0) name.erase(0, kPrefix.size());
  return absl::AsciiStrToLower(name);
}

std::string Describe(const v1::OrderLine& line) {
  return absl::StrCat("line ", line.line_key(), line.title().empty() ? "" : absl::StrCat(" (", line.title(), ")"));
}

/// The Tryton tax that stands for a tax of the order; nullptr where no rule fits.
const Tax* Covering(const v1::OrderTax* tax, const v1::LineTax& line_tax, const TrytonOptions& options,
                    const CatalogData& catalog) {
  Dec rate;
  bool has_rate = false;
  if (line_tax.has_rate() || (tax != nullptr && tax->has_rate())) {
    const absl::StatusOr<Dec> read = models::FromProto(line_tax.has_rate() ? line_tax.rate() : tax->rate());
    has_rate = read.ok();
    if (has_rate) rate = *read;
  }
  for (const TrytonTaxRule& rule : options.taxes) {
    if (!rule.store_tax.empty() && rule.store_tax != line_tax.tax_key() &&
        (tax == nullptr || (rule.store_tax != tax->code() && rule.store_tax != tax->label()))) {
      continue;
    }
    if (!rule.rate.empty()) {
      Dec wanted;
      if (!has_rate || !models::TryParseDecimal(rule.rate, wanted) || wanted != rate) continue;
    }
    const Tax* found = catalog.TaxByName(rule.tax);
    return found != nullptr && found->simple ? found : nullptr;
  }
  return nullptr;
}

struct TaxKey {
  std::int64_t tax;
  std::int64_t account;
  bool operator<(const TaxKey& other) const { return std::tie(tax, account) < std::tie(other.tax, other.account); }
};

/// The tax that Tryton will compute for these lines: per tax and account, rounded at the end (or after each line).
absl::StatusOr<Dec> ComputeTax(const std::vector<SaleLine>& lines, const CatalogData& catalog,
                               const Currency& currency) {
  std::map<TaxKey, Dec> sums;
  for (const SaleLine& line : lines) {
    for (const std::int64_t id : line.taxes) {
      const auto tax =
          std::find_if(catalog.taxes.begin(), catalog.taxes.end(), [id](const Tax& row) { return row.id == id; });
      FAIRLEAD_ASSIGN_OR_RETURN(const Dec unit_tax, models::Mul(line.unit_price, tax->rate));
      FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, models::Mul(unit_tax, line.quantity));
      const bool negative = line.unit_price.IsNegative() != line.quantity.IsNegative() && !amount.IsZero();
      Dec& sum = sums[TaxKey{id, negative ? tax->credit_note_account : tax->invoice_account}];
      FAIRLEAD_ASSIGN_OR_RETURN(sum, models::Add(sum, amount));
    }
    if (catalog.round_tax_per_line) {
      for (auto& [key, sum] : sums) {
        FAIRLEAD_ASSIGN_OR_RETURN(sum, models::Round(sum, currency.digits, kHalfEven));
      }
    }
  }
  Dec total{0, currency.digits};
  for (const auto& [key, sum] : sums) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec rounded, models::Round(sum, currency.digits, kHalfEven));
    FAIRLEAD_ASSIGN_OR_RETURN(total, models::Add(total, rounded));
  }
  return total;
}

SaleLine ChargeLine(std::string_view code, const SaleProducts& products, const Dec& amount,
                    std::string_view description, std::string_view what) {
  SaleLine line;
  if (const auto product = products.by_code.find(std::string(code)); product != products.by_code.end()) {
    line.product = product->second.id;
    line.unit = product->second.unit;
  }
  line.quantity = Dec::Of(1);
  line.unit_price = amount;
  line.description = std::string(description);
  line.what = std::string(what);
  return line;
}

std::string ChargeCode(v1::LineKind kind, const TrytonOptions& options) {
  const auto found = options.charge_products.find(kind);
  return found == options.charge_products.end() ? std::string() : found->second;
}

/// The taxes of the order as lines without Tryton tax, one per store tax where these sum to the stated tax.
absl::Status AddTaxLines(const v1::Order& order, const TrytonOptions& options, const Currency& currency,
                         const SaleProducts& products, std::vector<SaleLine>& lines) {
  const v1::OrderTotals& stated = order.totals().stated();
  Dec total{0, currency.digits};
  if (stated.has_tax()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, AmountOf(stated.tax()));
    FAIRLEAD_ASSIGN_OR_RETURN(total, models::Round(amount, currency.digits, kHalfEven));
  } else {
    for (const v1::OrderLine& line : order.lines()) {
      if (!line.has_tax()) continue;
      FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, AmountOf(line.tax()));
      FAIRLEAD_ASSIGN_OR_RETURN(total, models::Add(total, amount));
    }
    FAIRLEAD_ASSIGN_OR_RETURN(total, models::Round(total, currency.digits, kHalfEven));
  }
  if (total.IsZero()) return absl::OkStatus();
  if (options.tax_line_product.empty()) {
    return FailMapping(
        absl::StrCat("the order's taxes are not all covered by the option 'taxes', and 'tax_line_product' is empty: "
                     "add a rule for ",
                     order.taxes().empty() ? "them" : order.taxes(0).label()));
  }
  std::vector<SaleLine> parts;
  Dec sum{0, currency.digits};
  for (const v1::OrderTax& tax : order.taxes()) {
    Dec amount{0, currency.digits};
    for (const v1::DualMoney* money : {tax.has_items_amount() ? &tax.items_amount() : nullptr,
                                       tax.has_shipping_amount() ? &tax.shipping_amount() : nullptr}) {
      if (money == nullptr) continue;
      FAIRLEAD_ASSIGN_OR_RETURN(const Dec part, AmountOf(*money));
      FAIRLEAD_ASSIGN_OR_RETURN(amount, models::Add(amount, part));
    }
    FAIRLEAD_ASSIGN_OR_RETURN(amount, models::Round(amount, currency.digits, kHalfEven));
    FAIRLEAD_ASSIGN_OR_RETURN(sum, models::Add(sum, amount));
    if (amount.IsZero()) continue;
    parts.push_back(
        ChargeLine(options.tax_line_product, products, amount, tax.label().empty() ? tax.code() : tax.label(), "tax"));
  }
  if (sum != total) {
    parts.clear();
    parts.push_back(ChargeLine(options.tax_line_product, products, total, "Tax", "tax"));
  }
  for (SaleLine& part : parts) lines.push_back(std::move(part));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SaleProducts> ResolveProducts(const v1::Order& order, const TrytonOptions& options, Rpc& rpc,
                                             const CallContext& context) {
  SaleProducts products;
  std::map<std::string, std::int64_t> linked;  // Line key to product id of the identity map.
  std::set<std::string> codes;
  std::vector<std::string> problems;
  for (const v1::OrderLine& line : order.lines()) {
    if (!IsItem(line.kind())) continue;
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec quantity, CurrentQuantity(line));
    if (quantity.IsZero()) continue;
    if (context.resolver != nullptr && line.has_variant() && !line.variant().id().empty()) {
      FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<std::string> id,
                                context.resolver->IdFor(v1::VARIANT, line.variant()));
      json::Writer text;
      if (id.has_value()) {
        models::Dec number;
        if (models::TryParseDecimal(*id, number) && number.scale == 0) {
          linked[line.line_key()] = number.unscaled;
          continue;
        }
      }
    }
    const std::string code = CodeOf(line, options);
    if (code.empty()) {
      problems.push_back(absl::StrCat(Describe(line), " has no SKU"));
    } else {
      codes.insert(code);
    }
  }
  std::set<std::string> charges;
  for (const auto& [kind, code] : options.charge_products) charges.insert(code);
  if (!options.tax_line_product.empty()) charges.insert(options.tax_line_product);
  codes.insert(charges.begin(), charges.end());

  json::Writer domain;
  domain.BeginArray().BeginArray().String("OR");
  domain.BeginArray().String("code").String("in").BeginArray();
  for (const std::string& code : codes) domain.String(code);
  domain.EndArray().EndArray();
  domain.BeginArray().String("id").String("in").BeginArray();
  for (const auto& [key, id] : linked) domain.Int(id);
  domain.EndArray().EndArray().EndArray().EndArray();
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer answer,
      rpc.Read("model.product.product.search_read",
               SearchRead(domain.text(),
                          R"(["code","default_uom","sale_uom","default_uom.digits","sale_uom.digits","salable"])"),
               context));

  std::map<std::string, std::vector<SaleProduct>> found;
  std::map<std::int64_t, SaleProduct> by_id;
  std::set<std::int64_t> not_salable;
  for (const json::Value row : answer.result.Items()) {
    SaleProduct product;
    product.id = ReadId(row["id"]);
    // The unit of sale may be left out; the unit of stock may not.
    const bool own = ReadId(row["sale_uom"]) != 0;
    product.unit = ReadId(row[own ? "sale_uom" : "default_uom"]);
    product.unit_digits = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(ReadId(row[own ? "sale_uom." : "default_uom."]["digits"]), 0, 6));
    found[std::string(row["code"].text())].push_back(product);
    by_id[product.id] = product;
    if (row["salable"].AsBool() != true) not_salable.insert(product.id);
  }
  const auto by_code = [&](const std::string& code, std::string_view who) -> const SaleProduct* {
    const auto hits = found.find(code);
    if (hits == found.end()) {
      problems.push_back(absl::StrCat(ToAbsl(who), ": no active product has the code '", code, "'"));
    } else if (hits->second.size() > 1) {
      problems.push_back(absl::StrCat(ToAbsl(who), ": ", hits->second.size(), " products have the code '", code, "'"));
    } else if (not_salable.count(hits->second.front().id) != 0) {
      problems.push_back(absl::StrCat(ToAbsl(who), ": product '", code, "' is not salable"));
    } else {
      return &hits->second.front();
    }
    return nullptr;
  };
  for (const std::string& code : charges) {
    if (const SaleProduct* product = by_code(code, "the options")) products.by_code[code] = *product;
  }
  for (const v1::OrderLine& line : order.lines()) {
    if (!IsItem(line.kind())) continue;
    if (const auto link = linked.find(line.line_key()); link != linked.end()) {
      const auto product = by_id.find(link->second);
      if (product == by_id.end()) {
        problems.push_back(
            absl::StrCat(Describe(line), ": the linked product ", link->second, " does not exist or is not active"));
      } else {
        products.by_line[line.line_key()] = product->second;
      }
      continue;
    }
    const std::string code = CodeOf(line, options);
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec quantity, CurrentQuantity(line));
    if (code.empty() || quantity.IsZero()) continue;
    if (const SaleProduct* product = by_code(code, Describe(line))) products.by_line[line.line_key()] = *product;
  }
  if (!problems.empty()) {
    return FailMapping(
        absl::StrCat(absl::StrJoin(problems, "; "), ". Create the product in Tryton, or add it to 'product_codes'"));
  }
  return products;
}

absl::StatusOr<SalePlan> PlanLines(const v1::Order& order, const TrytonOptions& options, const CatalogData& catalog,
                                   const Currency& currency, const SaleProducts& products) {
  SalePlan plan;
  bool covered = !options.taxes.empty();
  std::vector<std::vector<std::int64_t>> taxes_of_line;
  for (const v1::OrderLine& line : order.lines()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec quantity, CurrentQuantity(line));
    if (quantity.IsZero()) continue;
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec net, NetOf(line));
    SaleLine sale_line;
    if (IsItem(line.kind())) {
      const auto product = products.by_line.find(line.line_key());
      if (product == products.by_line.end()) {
        return FailMapping(absl::StrCat(Describe(line), " has no product in Tryton"));
      }
      sale_line.product = product->second.id;
      sale_line.unit = product->second.unit;
      sale_line.quantity = models::Normalize(quantity);
      sale_line.what = line.sku();
      if (sale_line.quantity.scale > product->second.unit_digits) {
        return FailMapping(absl::StrCat(Describe(line), ": quantity ", models::PrintDecimal(quantity),
                                        " has more digits than its unit in Tryton (", product->second.unit_digits,
                                        ")"));
      }
      FAIRLEAD_ASSIGN_OR_RETURN(sale_line.unit_price, models::Divide(net, quantity, options.price_digits, kHalfEven));
    } else {
      if (net.IsZero()) continue;  // Free shipping is nothing to book.
      FAIRLEAD_ASSIGN_OR_RETURN(const Dec price, models::Round(net, options.price_digits, kHalfEven));
      sale_line = ChargeLine(ChargeCode(line.kind(), options), products, price,
                             line.title().empty() ? KindName(line.kind()) : line.title(), KindName(line.kind()));
    }
    std::vector<std::int64_t> taxes;
    for (const v1::LineTax& tax : line.taxes()) {
      if (tax.amount().ledger().minor_units() == 0) continue;
      const auto order_tax = std::find_if(order.taxes().begin(), order.taxes().end(),
                                          [&tax](const v1::OrderTax& entry) { return entry.key() == tax.tax_key(); });
      const Tax* found = Covering(order_tax == order.taxes().end() ? nullptr : &*order_tax, tax, options, catalog);
      covered = covered && found != nullptr;
      if (found != nullptr) taxes.push_back(found->id);
    }
    // A tax that is stated for the line as a whole, without saying which, cannot be computed anew.
    if (line.taxes().empty() && line.tax().ledger().minor_units() != 0) covered = false;
    std::sort(taxes.begin(), taxes.end());
    taxes.erase(std::unique(taxes.begin(), taxes.end()), taxes.end());
    taxes_of_line.push_back(std::move(taxes));
    plan.lines.push_back(std::move(sale_line));
  }

  if (covered) {
    for (std::size_t i = 0; i < plan.lines.size(); ++i) plan.lines[i].taxes = taxes_of_line[i];
  } else {
    FAIRLEAD_RETURN_IF_ERROR(AddTaxLines(order, options, currency, products, plan.lines));
  }

  Dec sum{0, currency.digits};
  for (const SaleLine& line : plan.lines) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount,
                              models::Mul(line.unit_price, line.quantity, currency.digits, kHalfEven));
    FAIRLEAD_ASSIGN_OR_RETURN(sum, models::Add(sum, amount));
  }
  if (covered) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec tax, ComputeTax(plan.lines, catalog, currency));
    FAIRLEAD_ASSIGN_OR_RETURN(sum, models::Add(sum, tax));
  }
  const v1::OrderTotals& totals = order.totals().has_stated() && order.totals().stated().has_grand_total()
                                      ? order.totals().stated()
                                      : order.totals().computed();
  if (!totals.has_grand_total()) return FailMapping("the order states no total");
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec stated, AmountOf(totals.grand_total()));
  FAIRLEAD_ASSIGN_OR_RETURN(plan.total, models::Round(stated, currency.digits, kHalfEven));
  FAIRLEAD_ASSIGN_OR_RETURN(plan.residual, models::Sub(plan.total, sum));
  if (!plan.residual.IsZero()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec limit, models::ParseDecimal(options.residual_limit));
    Dec size = plan.residual;
    if (size.IsNegative()) {
      FAIRLEAD_ASSIGN_OR_RETURN(size, models::Negate(size));
    }
    if (size > limit) {
      return FailMapping(absl::StrCat("the store's total ", models::PrintDecimal(plan.total), " ", currency.code,
                                      " differs from what its lines come to by ", models::PrintDecimal(plan.residual),
                                      ", more than the residual limit ", options.residual_limit));
    }
    plan.lines.push_back(
        ChargeLine(ChargeCode(v1::LINE_KIND_ROUNDING, options), products, plan.residual, "Rounding", "rounding"));
  }
  if (plan.lines.empty()) return FailMapping("the order has no line that could be sold");
  return plan;
}

std::string ReferencePrefix(std::string_view source_system, const TrytonOptions& options) {
  const auto found = options.reference_prefixes.find(std::string(source_system));
  if (found != options.reference_prefixes.end()) return found->second;
  return absl::StrCat(absl::AsciiStrToUpper(ToAbsl(source_system)), "-");
}

absl::StatusOr<std::string> SaleReference(const v1::Order& order, const v1::ExternalRef& source,
                                          const TrytonOptions& options, std::int64_t generation) {
  const std::string& number = order.order_number().empty() ? source.id() : order.order_number();
  if (number.empty()) return FailMapping("the order has neither number nor id: nothing would find its sale again");
  std::string reference = ReferencePrefix(source.system(), options) + number;
  if (generation > 1) absl::StrAppend(&reference, "/", generation);
  return reference;
}

std::string SaleCreateParams(const SaleContent& content, const v1::Order& order, std::string_view link_key,
                             const CatalogData& catalog) {
  json::Writer out;
  out.BeginArray().BeginObject();
  out.Member("party", content.party);
  out.Member("invoice_address", content.invoice_address);
  out.Member("shipment_address", content.shipment_address);
  if (catalog.payment_term != 0) out.Member("payment_term", catalog.payment_term);
  out.Member("warehouse", content.warehouse);
  out.Member("currency", content.currency);
  out.Member("reference", std::string_view(content.reference));
  out.Member("description", link_key);
  if (order.has_placed_at()) {
    out.Key("sale_date");
    WriteDate(out, DateOf(WallTime(std::chrono::seconds(order.placed_at().seconds()))));
  }
  if (!order.buyer_note().empty()) out.Member("comment", std::string_view(order.buyer_note()));
  out.Key("lines").BeginArray().BeginArray().String("create").BeginArray();
  for (const SaleLine& line : content.lines) {
    out.BeginObject().Member("type", "line");
    if (line.product != 0) out.Member("product", line.product);
    if (line.unit != 0) out.Member("unit", line.unit);
    out.Key("quantity");
    WriteFloat(out, line.quantity);
    out.Key("unit_price");
    WriteDecimal(out, line.unit_price);
    if (!line.taxes.empty()) {
      out.Key("taxes").BeginArray().BeginArray().String("add").BeginArray();
      for (const std::int64_t tax : line.taxes) out.Int(tax);
      out.EndArray().EndArray().EndArray();
    }
    if (!line.description.empty()) out.Member("description", std::string_view(line.description));
    out.EndObject();
  }
  out.EndArray().EndArray().EndArray();
  out.EndObject().EndArray();
  return out.Take();
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
