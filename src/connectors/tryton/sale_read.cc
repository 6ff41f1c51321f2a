#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/sale.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;
using internal::ToStd;

std::string Plain(const models::Dec& value) { return models::PrintDecimal(models::Normalize(value)); }

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines = absl::StrSplit(ToAbsl(text), '\n', absl::SkipEmpty());
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string DifferenceOf(const std::vector<std::string>& sent, const std::vector<std::string>& found) {
  std::vector<std::string> missing;
  std::vector<std::string> extra;
  std::set_difference(sent.begin(), sent.end(), found.begin(), found.end(), std::back_inserter(missing));
  std::set_difference(found.begin(), found.end(), sent.begin(), sent.end(), std::back_inserter(extra));
  if (missing.empty() && extra.empty()) return {};
  static constexpr std::size_t kShown = 6;
  const auto show = [](const std::vector<std::string>& lines) {
    if (lines.empty()) return std::string("nothing");
    const auto end = lines.begin() + static_cast<std::ptrdiff_t>(std::min(std::size_t{kShown}, lines.size()));
    return absl::StrCat(absl::StrJoin(lines.begin(), end, "; "),
                        lines.size() > kShown ? absl::StrCat("; and ", lines.size() - kShown, " more") : "");
  };
  return absl::StrCat("sent ", show(missing), "; found ", show(extra));
}

bool IsGoods(const std::string& line) {
  return line.rfind("line ", 0) == 0 || line.rfind("currency ", 0) == 0 || line.rfind("total ", 0) == 0;
}

}  // namespace

std::string Canonical(const SaleContent& content) {
  std::vector<std::string> lines;
  for (const SaleLine& line : content.lines) {
    lines.push_back(absl::StrCat("line product ", line.product, " unit ", line.unit, " quantity ", Plain(line.quantity),
                                 " price ", Plain(line.unit_price), " taxes ", absl::StrJoin(line.taxes, ",")));
  }
  std::sort(lines.begin(), lines.end());
  return absl::StrCat("reference ", content.reference, "\nparty ", content.party, "\ninvoice_address ",
                      content.invoice_address, "\nshipment_address ", content.shipment_address, "\nwarehouse ",
                      content.warehouse, "\ncurrency ", content.currency, "\ntotal ", Plain(content.total), "\n",
                      absl::StrJoin(lines, "\n"), "\n");
}

std::string Difference(std::string_view sent, std::string_view found) {
  return DifferenceOf(Lines(sent), Lines(found));
}

std::string GoodsDifference(std::string_view sent, std::string_view found) {
  std::vector<std::string> left = Lines(sent);
  std::vector<std::string> right = Lines(found);
  for (std::vector<std::string>* lines : {&left, &right}) {
    lines->erase(std::remove_if(lines->begin(), lines->end(), [](const std::string& line) { return !IsGoods(line); }),
                 lines->end());
  }
  return DifferenceOf(left, right);
}

SaleState ParseSaleState(std::string_view text) {
  if (text == "draft") return SaleState::kDraft;
  if (text == "quotation") return SaleState::kQuotation;
  if (text == "confirmed") return SaleState::kConfirmed;
  if (text == "processing") return SaleState::kProcessing;
  if (text == "done") return SaleState::kDone;
  if (text == "cancelled") return SaleState::kCancelled;
  return SaleState::kOther;
}

std::optional<TrytonSaleStage> StageOf(SaleState state) {
  switch (state) {
    case SaleState::kDraft:
      return TrytonSaleStage::kDraft;
    case SaleState::kQuotation:
      return TrytonSaleStage::kQuotation;
    case SaleState::kConfirmed:
      return TrytonSaleStage::kConfirmed;
    case SaleState::kProcessing:
    case SaleState::kDone:
      return TrytonSaleStage::kProcessing;
    case SaleState::kCancelled:
    case SaleState::kOther:
      break;
  }
  return std::nullopt;
}

std::string NameOf(const SaleRow& sale) {
  return absl::StrCat("sale ", sale.id, sale.number.empty() ? "" : absl::StrCat(" (number ", sale.number, ")"));
}

absl::StatusOr<std::vector<SaleRow>> ReadSales(std::string_view domain, WithLines with_lines, Rpc& rpc,
                                               const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer sales,
      rpc.Read("model.sale.sale.search_read",
               SearchRead(domain,
                          R"(["number","reference","description","state","party","invoice_address","shipment_address",)"
                          R"("warehouse","currency","total_amount"])"),
               context));
  std::vector<SaleRow> rows;
  for (const json::Value row : sales.result.Items()) {
    SaleRow sale;
    sale.id = ReadId(row["id"]);
    sale.number = std::string(row["number"].text());
    sale.description = std::string(row["description"].text());
    sale.state_text = std::string(row["state"].text());
    sale.state = ParseSaleState(sale.state_text);
    sale.content.reference = std::string(row["reference"].text());
    sale.content.party = ReadId(row["party"]);
    sale.content.invoice_address = ReadId(row["invoice_address"]);
    sale.content.shipment_address = ReadId(row["shipment_address"]);
    sale.content.warehouse = ReadId(row["warehouse"]);
    sale.content.currency = ReadId(row["currency"]);
    const std::optional<models::Dec> total = ReadDecimal(row["total_amount"]);
    if (sale.id == 0 || !total.has_value()) {
      return Fail(ErrorKind::kUnparseable, Outcome::kNotSent, "model.sale.sale.search_read",
                  "a sale without id or total");
    }
    sale.content.total = *total;
    rows.push_back(std::move(sale));
  }
  std::sort(rows.begin(), rows.end(), [](const SaleRow& a, const SaleRow& b) { return a.id < b.id; });
  if (rows.empty() || with_lines == WithLines::kNo) return rows;

  const std::string ids =
      absl::StrJoin(rows, ",", [](std::string* out, const SaleRow& row) { absl::StrAppend(out, row.id); });
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer lines,
      rpc.Read("model.sale.line.search_read",
               SearchRead(absl::StrCat(R"([["sale","in",[)", ids, "]]]"),
                          R"(["sale","type","product","unit","quantity","unit_price","taxes","description"])"),
               context));
  for (const json::Value row : lines.result.Items()) {
    if (row["type"].text() != "line") continue;
    const std::int64_t sale_id = ReadId(row["sale"]);
    const auto sale =
        std::find_if(rows.begin(), rows.end(), [sale_id](const SaleRow& entry) { return entry.id == sale_id; });
    const std::optional<models::Dec> quantity = ReadFloat(row["quantity"]);
    const std::optional<models::Dec> price = ReadDecimal(row["unit_price"]);
    if (sale == rows.end() || !quantity.has_value() || !price.has_value()) {
      return Fail(ErrorKind::kUnparseable, Outcome::kNotSent, "model.sale.line.search_read",
                  "a sale line that cannot be read");
    }
    SaleLine line;
    line.product = ReadId(row["product"]);
    line.unit = ReadId(row["unit"]);
    line.quantity = *quantity;
    line.unit_price = *price;
    for (const json::Value tax : row["taxes"].Items()) line.taxes.push_back(ReadId(tax));
    std::sort(line.taxes.begin(), line.taxes.end());
    line.description = std::string(row["description"].text());
    sale->content.lines.push_back(std::move(line));
  }
  return rows;
}

absl::StatusOr<std::vector<SaleRow>> FindSales(std::string_view reference, Rpc& rpc, const CallContext& context) {
  json::Writer domain;
  domain.BeginArray().BeginArray().String("reference").String("=").String(reference).EndArray().EndArray();
  return ReadSales(domain.text(), WithLines::kYes, rpc, context);
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
