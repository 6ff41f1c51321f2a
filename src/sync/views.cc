#include "fairlead/sync/views.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/sync/internal/codec.h"
#include "src/sync/internal/identity.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

using ::fairlead::internal::ToAbsl;
using internal::Fields;

namespace {

std::string Field(const Fields& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

// The documents that an order was posted as are mirrored under its id; the order itself is its source's.
bool IsDocument(const std::vector<PostingRow>& postings, const MirrorRow& row) {
  return std::any_of(postings.begin(), postings.end(), [&](const PostingRow& posting) {
    return posting.system == row.ref.system && posting.document_ref == row.ref.external_id;
  });
}

// The order number of "order/<canonical id>", as people call it; empty for other aggregates.
absl::StatusOr<std::string> LabelOf(Transaction& tx, std::string_view tenant, std::string_view aggregate) {
  if (aggregate.rfind("order/", 0) != 0) return std::string();
  auto mirrors = tx.MirrorsOf(tenant, "order", aggregate.substr(6));
  if (!mirrors.ok()) return mirrors.status();
  auto postings = tx.ListPostings(tenant, aggregate.substr(6));
  if (!postings.ok()) return postings.status();
  for (const MirrorRow& row : *mirrors) {
    v1::Order order;
    if (!IsDocument(*postings, row) && order.ParseFromString(row.content)) return order.order_number();
  }
  return std::string();
}

absl::StatusOr<HeldItem> FromIntent(Transaction& tx, std::string_view tenant, const Intent& intent) {
  HeldItem item;
  item.kind = std::string(IntentStateName(intent.state));
  item.intent_id = intent.id;
  item.entity = intent.parts.aggregate;
  item.operation = intent.parts.operation;
  item.target = intent.parts.connector;
  item.reason = intent.reason;
  item.detail = intent.error;
  item.owner = intent.owner;
  item.runbook = intent.runbook;
  item.money_at_risk = intent.money_at_risk;
  item.since = intent.updated_at;
  auto label = LabelOf(tx, tenant, intent.parts.aggregate);
  if (!label.ok()) return label.status();
  item.label = *label;
  return item;
}

// Findings that ask for a person's act; the others are reports.
bool IsHeld(const FindingRow& finding) {
  return finding.finding_class == "PARKED" || finding.rule.rfind("amend/", 0) == 0 || finding.rule == "adoption" ||
         finding.rule == "shipment-without-order" || finding.rule == "duplicate-sku" || finding.rule == "unscoped" ||
         finding.rule == "identity-conflict" || finding.finding_class == "UNREADABLE";
}

HeldItem FromFinding(const FindingRow& finding) {
  const Fields data = internal::FromJsonObject(finding.data);
  HeldItem item;
  item.kind = finding.finding_class == "PARKED" ? "gate" : "finding";
  item.entity = finding.entity;
  item.label = Field(data, "label");
  item.operation = Field(data, "operation");
  item.target = Field(data, "target");
  item.reason = Field(data, "reason").empty() ? finding.rule : Field(data, "reason");
  item.detail = Field(data, "detail");
  item.owner = Field(data, "owner");
  item.runbook = Field(data, "runbook");
  item.money_at_risk = Field(data, "money");
  item.since = finding.first_seen;
  return item;
}

absl::StatusOr<std::vector<Intent>> AllIntents(Transaction& tx, IntentFilter filter) {
  std::vector<Intent> all;
  filter.limit = 500;
  while (true) {
    auto page = tx.ListIntents(filter);
    if (!page.ok()) return page.status();
    if (page->empty()) return all;
    filter.after_id = page->back().id;
    for (Intent& intent : *page) {
      intent.body.clear();
      all.push_back(std::move(intent));
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ListTenants(Store& store) {
  auto tx = store.Read();
  if (!tx.ok()) return tx.status();
  auto lines = (*tx)->GetMeta("sync/tenants");
  if (!lines.ok()) return lines.status();
  std::vector<std::string> tenants;
  std::string rest = lines->value_or("");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    tenants.push_back(rest.substr(0, end));
    rest.erase(0, end == std::string::npos ? rest.size() : end + 1);
  }
  return tenants;
}

absl::StatusOr<std::vector<HeldItem>> ListHeld(Store& store, std::string_view tenant) {
  auto begun = store.Read();
  if (!begun.ok()) return begun.status();
  Transaction& tx = **begun;
  std::vector<HeldItem> items;
  auto findings = tx.ListFindings(tenant, /*only_open=*/true);
  if (!findings.ok()) return findings.status();
  for (const FindingRow& finding : *findings) {
    if (IsHeld(finding)) items.push_back(FromFinding(finding));
  }
  IntentFilter filter;
  filter.states = {IntentState::kParked, IntentState::kDead, IntentState::kRejected};
  auto intents = AllIntents(tx, filter);
  if (!intents.ok()) return intents.status();
  for (const Intent& intent : *intents) {
    if (ToAbsl(tenant) != intent.parts.tenant) continue;
    auto item = FromIntent(tx, tenant, intent);
    if (!item.ok()) return item.status();
    items.push_back(std::move(*item));
  }
  return items;
}

absl::StatusOr<OrderView> ShowOrder(Store& store, std::string_view tenant, std::string_view id) {
  auto begun = store.Read();
  if (!begun.ok()) return begun.status();
  Transaction& tx = **begun;
  OrderView view;

  // A canonical id, else an id at some system, else the number that people use: found by looking through the orders.
  auto by_canonical = tx.MirrorsOf(tenant, "order", id);
  if (!by_canonical.ok()) return by_canonical.status();
  if (!by_canonical->empty()) view.canonical_id = std::string(id);
  if (view.canonical_id.empty()) {
    std::set<std::string> matches;
    // The engine leaves the names of its systems here for readers that have no policy at hand.
    auto systems = tx.GetMeta("sync/systems");
    if (!systems.ok()) return systems.status();
    std::string names = systems->value_or("");
    while (!names.empty()) {
      const std::string system = names.substr(0, names.find('\n'));
      names.erase(0, system.size() + 1);
      auto known = tx.FindCanonicalId({std::string(tenant), system, "order", std::string(id)});
      if (!known.ok()) return known.status();
      if (known->has_value()) matches.insert(**known);
      std::string after;
      while (matches.empty()) {
        auto rows = tx.ScanMirror(tenant, system, "order", after, 500);
        if (!rows.ok()) return rows.status();
        if (rows->empty()) break;
        after = rows->back().ref.external_id;
        for (const MirrorRow& row : *rows) {
          v1::Order order;
          if (order.ParseFromString(row.content) && ToAbsl(id) == order.order_number())
            matches.insert(row.canonical_id);
        }
      }
    }
    if (matches.empty()) {
      return MakeError(ErrorKind::kNotFound, Outcome::kNotSent,
                       absl::StrCat("no order '", ToAbsl(id),
                                    "' is known: give its canonical id, its id at a system, or its number"));
    }
    if (matches.size() > 1) {
      std::string all;
      for (const std::string& match : matches) absl::StrAppend(&all, " ", match);
      return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                       absl::StrCat("'", ToAbsl(id), "' names several orders; give one of these canonical ids:", all));
    }
    view.canonical_id = *matches.begin();
  }

  auto mirrors = tx.MirrorsOf(tenant, "order", view.canonical_id);
  if (!mirrors.ok()) return mirrors.status();
  auto postings = tx.ListPostings(tenant, view.canonical_id);
  if (!postings.ok()) return postings.status();
  for (const MirrorRow& row : *mirrors) {
    v1::Order order;
    if (!IsDocument(*postings, row) && order.ParseFromString(row.content)) view.order = std::move(order);
  }
  auto revisions = tx.MirrorsOf(tenant, "order_revision", view.canonical_id);
  if (!revisions.ok()) return revisions.status();
  for (const MirrorRow& row : *revisions) {
    v1::OrderRevision revision;
    if (revision.ParseFromString(row.content)) view.revisions.push_back(std::move(revision));
  }
  std::sort(view.revisions.begin(), view.revisions.end(),
            [](const auto& a, const auto& b) { return a.number() < b.number(); });

  for (const PostingRow& row : *postings) {
    v1::PostingRecord* record = view.order.add_postings();
    record->set_target_system(row.system);
    record->set_document_kind(row.document_kind);
    record->mutable_document()->set_system(row.system);
    record->mutable_document()->set_id(row.document_ref);
    record->mutable_document()->set_human_number(row.key);
    record->set_verified_hash(row.verified_hash);
    const auto seconds = [](WallTime at) {
      return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    };
    if (row.sent_at != WallTime{}) record->mutable_sent_at()->set_seconds(seconds(row.sent_at));
    if (row.accepted_at != WallTime{}) record->mutable_accepted_at()->set_seconds(seconds(row.accepted_at));
    if (row.verified_at != WallTime{}) record->mutable_verified_at()->set_seconds(seconds(row.verified_at));
    record->set_status(row.verified_at != WallTime{} ? v1::POSTING_STATUS_POSTED : v1::POSTING_STATUS_SENT);
  }

  IntentFilter filter;
  filter.aggregate = absl::StrCat("order/", view.canonical_id);
  auto intents = AllIntents(tx, filter);
  if (!intents.ok()) return intents.status();
  view.intents = std::move(*intents);
  for (const Intent& intent : view.intents) {
    if (IsTerminal(intent.state) && intent.state != IntentState::kDead && intent.state != IntentState::kRejected)
      continue;
    if (intent.state == IntentState::kParked || intent.state == IntentState::kDead ||
        intent.state == IntentState::kRejected) {
      auto item = FromIntent(tx, tenant, intent);
      if (!item.ok()) return item.status();
      view.held.push_back(std::move(*item));
      continue;
    }
    std::string sentence = absl::StrCat(intent.parts.operation, " to ", intent.parts.connector, " is ",
                                        ToAbsl(IntentStateName(intent.state)));
    if (intent.state == IntentState::kUnknown)
      absl::StrAppend(&sentence, ": its answer was lost and will be looked up");
    if (!intent.error.empty()) absl::StrAppend(&sentence, ": ", intent.error);
    view.waiting.push_back(std::move(sentence));
  }
  auto findings = tx.ListFindings(tenant, /*only_open=*/true);
  if (!findings.ok()) return findings.status();
  for (const FindingRow& finding : *findings) {
    if (finding.entity == filter.aggregate && IsHeld(finding)) view.held.push_back(FromFinding(finding));
  }
  return view;
}

}  // namespace sync
FAIRLEAD_NAMESPACE_END
