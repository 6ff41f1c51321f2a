#include "fairlead/policy/gate.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/plan.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace {

using ::fairlead::internal::ToAbsl;
using internal::Gate;

template <typename T>
bool Has(const std::vector<T>& list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// "PAID" for PAYMENT_STATUS_PAID.
std::string Word(const std::string& name, std::string_view prefix) {
  if (name.empty()) return "unknown to this version";
  return name.compare(0, prefix.size(), prefix) == 0 ? name.substr(prefix.size()) : name;
}

// The stated total, or nullptr where the source states none.
const v1::Money* StatedTotal(const v1::Order& order) {
  const v1::OrderTotals& stated = order.totals().stated();
  return stated.has_grand_total() && stated.grand_total().has_ledger() ? &stated.grand_total().ledger() : nullptr;
}

bool IsGone(const v1::Order& order) {
  const v1::Tombstone::Kind kind = order.header().tombstone().kind();
  // Archived orders are still orders; one that we may not read any more may well exist.
  return order.header().has_tombstone() && kind != v1::Tombstone::KIND_ARCHIVED &&
         kind != v1::Tombstone::KIND_LOST_SCOPE;
}

class Judge {
 public:
  Judge(const Gate& gate, const v1::Order& order, const GateContext& context)
      : gate_(gate), order_(order), context_(context) {
    verdict_.responsible = gate.responsible;
    verdict_.runbook = gate.runbook;
    verdict_.residual_limit = models::PrintDecimal(gate.residual_limit);
  }

  GateVerdict Run() {
    if (IsGone(order_)) return NotEligible("deleted", "it is gone at its source");
    if (const auto status = CheckStatus(); status.has_value()) return *status;
    if (const auto lines = CheckLines(); lines.has_value()) return *lines;
    if (const auto residual = CheckResidual(); residual.has_value()) return *residual;
    verdict_.kind = GateVerdict::Kind::kEligible;
    verdict_.reason = "eligible";
    verdict_.detail =
        absl::StrCat(Name(), " may be posted to ", gate_.target,
                     verdict_.rounding_line.has_value() ? ", with its difference on a rounding line" : "");
    return std::move(verdict_);
  }

 private:
  std::string Name() const {
    return order_.order_number().empty() ? std::string("the order") : absl::StrCat("order ", order_.order_number());
  }
  GateVerdict NotEligible(std::string_view reason, const std::string& why) {
    verdict_.kind = GateVerdict::Kind::kNotEligible;
    verdict_.reason = std::string(reason);
    verdict_.detail = absl::StrCat(Name(), " is not posted to ", gate_.target, ": ", why);
    return std::move(verdict_);
  }
  GateVerdict Park(std::string_view reason, const std::string& why) {
    verdict_.kind = GateVerdict::Kind::kPark;
    verdict_.reason = std::string(reason);
    verdict_.detail = absl::StrCat(Name(), " waits before ", gate_.target, ": ", why);
    return std::move(verdict_);
  }

  std::optional<GateVerdict> CheckStatus() {
    const v1::CommercialStatus commercial = order_.commercial_status();
    const std::string source = order_.source_status().empty()
                                   ? ""
                                   : absl::StrCat(" (", internal::Quote(order_.source_status()), " at its source)");
    if (commercial == v1::COMMERCIAL_STATUS_UNSPECIFIED) {
      return Park("status_unknown", absl::StrCat("its status is not understood", source,
                                                 ": add the word to the connector's mapping, or decide by hand"));
    }
    if (!Has(gate_.commercial, commercial)) {
      return NotEligible(
          "status",
          absl::StrCat("its status is ", Word(v1::CommercialStatus_Name(commercial), "COMMERCIAL_STATUS_"), source));
    }
    if (gate_.payment.empty() || Has(gate_.payment, order_.payment_status())) return std::nullopt;
    const v1::Money* total = StatedTotal(order_);
    // Nothing is to be paid: no payment will ever come.
    if (total != nullptr && total->minor_units() == 0 && order_.payment_status() <= v1::PAYMENT_STATUS_NONE)
      return std::nullopt;
    if (order_.payment_status() == v1::PAYMENT_STATUS_UNSPECIFIED) {
      return Park("payment_unknown", absl::StrCat("its payment state is not understood", source,
                                                  ": look at the payment and decide by hand"));
    }
    return NotEligible("payment",
                       absl::StrCat("its payment is ",
                                    Word(v1::PaymentStatus_Name(order_.payment_status()), "PAYMENT_STATUS_"), source));
  }

  std::optional<GateVerdict> CheckLines() {
    if (order_.lines_size() == 0) {
      const v1::Money* total = StatedTotal(order_);
      if (total == nullptr || total->minor_units() == 0) return NotEligible("no_lines", "it has no lines");
      return Park("no_lines", "it has no lines but a total: look at it at its source");
    }
    std::set<std::string> keys;
    for (const v1::OrderLine& line : order_.lines()) {
      if (!line.line_key().empty() && !keys.insert(line.line_key()).second) {
        return Park("duplicate_lines", absl::StrCat("two lines have the key ", internal::Quote(line.line_key()),
                                                    ": correct the connector's mapping"));
      }
    }
    if (!gate_.require_mapped_lines) return std::nullopt;
    std::vector<std::string> unmapped;
    for (const v1::OrderLine& line : order_.lines()) {
      if (line.kind() != v1::LINE_KIND_ITEM && line.kind() != v1::LINE_KIND_KIT_PARENT &&
          line.kind() != v1::LINE_KIND_KIT_COMPONENT)
        continue;
      const bool nameless = line.sku().empty() && line.variant().id().empty();
      const bool listed = (!line.sku().empty() && Has(context_.unmapped_lines, line.sku())) ||
                          Has(context_.unmapped_lines, line.line_key());
      if (nameless || listed)
        unmapped.push_back(!line.sku().empty() ? line.sku() : !line.title().empty() ? line.title() : line.line_key());
    }
    if (unmapped.empty()) return std::nullopt;
    return Park("unmapped_lines", absl::StrCat(unmapped.size(), unmapped.size() == 1 ? " line has" : " lines have",
                                               " no counterpart there (", internal::Quoted(unmapped, 5),
                                               "): create or map the item, then redrive"));
  }

  std::optional<GateVerdict> CheckResidual() {
    const v1::Money* stated = StatedTotal(order_);
    if (stated == nullptr) return Park("total_missing", "its source states no total, so the lines cannot be checked");
    v1::Money residual = order_.totals().residual();
    if (!order_.totals().has_residual()) {
      if (!order_.totals().computed().grand_total().has_ledger()) {
        return Park("total_missing", "its lines were not summed, so the stated total cannot be checked");
      }
      const auto difference = models::Sub(*stated, order_.totals().computed().grand_total().ledger());
      if (!difference.ok())
        return Park("residual", absl::StrCat("its totals do not compare: ", difference.status().message()));
      residual = *difference;
    }
    const auto amount = models::MoneyToDecimal(residual);
    if (!amount.ok()) return Park("residual", absl::StrCat("its totals do not compare: ", amount.status().message()));
    if (amount->IsZero()) return std::nullopt;
    models::Dec size = *amount;
    if (size.IsNegative()) {
      const auto negated = models::Negate(size);
      if (!negated.ok()) return Park("residual", "its totals differ by more than can be counted");
      size = *negated;
    }
    if (size > gate_.residual_limit) {
      return Park("residual", absl::StrCat("its stated total ", models::MoneyText(*stated), " ",
                                           stated->currency_code(), " differs from its lines by ",
                                           models::MoneyText(residual), ", more than ", verdict_.residual_limit,
                                           ": find the missing line or tax at its source, or decide by hand"));
    }
    v1::OrderLine line;
    line.set_line_key("rounding");
    line.set_kind(v1::LINE_KIND_ROUNDING);
    line.set_title("Rounding");
    *line.mutable_net()->mutable_ledger() = residual;
    *line.mutable_subtotal()->mutable_ledger() = residual;
    models::ToProto(models::Dec::Of(1), *line.mutable_quantities()->mutable_ordered());
    models::ToProto(models::Dec::Of(1), *line.mutable_quantities()->mutable_current());
    verdict_.rounding_line = std::move(line);
    return std::nullopt;
  }

  const Gate& gate_;
  const v1::Order& order_;
  const GateContext& context_;
  GateVerdict verdict_;
};

}  // namespace

std::vector<std::string> CompiledPolicy::PostingTargets() const {
  std::vector<std::string> targets;
  for (const Gate& gate : impl_->gates) targets.push_back(gate.target);
  return targets;
}

GateVerdict CompiledPolicy::EvaluateGate(std::string_view target, const v1::Order& order,
                                         const GateContext& context) const {
  for (const Gate& gate : impl_->gates) {
    if (gate.target == target) return Judge(gate, order, context).Run();
  }
  GateVerdict verdict;
  verdict.reason = "no_gate";
  verdict.detail = absl::StrCat("orders are not posted to ", ToAbsl(target), ": the policy has no posting gate for it");
  verdict.residual_limit = "0";
  return verdict;
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
