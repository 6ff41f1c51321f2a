#include "tests/sync/fake_systems.h"

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"

namespace fairlead::testing_sync {
namespace {

v1::EntityHeader* HeaderOf(google::protobuf::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByNumber(1);
  return static_cast<v1::EntityHeader*>(message.GetReflection()->MutableMessage(&message, field));
}

absl::Status Lost() {
  ErrorDetail detail;
  detail.kind = ErrorKind::kUnknownOutcome;
  detail.outcome = Outcome::kUnknown;
  return MakeError(absl::StatusCode::kUnknown, "the connection closed without an answer", detail);
}

}  // namespace

void FakeSystem::Put(v1::EntityKind entity, const std::string& external_id, const google::protobuf::Message& message) {
  records_[entity][external_id] = {message.SerializeAsString(), ++clock_};
}

Record FakeSystem::Make(v1::EntityKind entity, const std::string& external_id, const Stored& stored) const {
  Record record;
  record.entity = entity;
  record.external_id = external_id;
  record.message = NewMessage(entity);
  record.message->ParseFromString(stored.bytes);
  v1::EntityHeader* header = HeaderOf(*record.message);
  v1::ExternalRef* ref = header->add_refs();
  ref->set_system(id_);
  ref->set_id(external_id);
  v1::SourceVersion* version = header->add_source_versions();
  version->set_system(id_);
  version->mutable_modified_at()->set_seconds(stored.version);
  record.raw = stored.bytes;
  return record;
}

absl::StatusOr<Page> FakeSystem::ListSince(const ListRequest& request, const CallContext&) {
  Page page;
  ++reads;
  const std::int64_t after = request.cursor.empty() ? 0 : std::stoll(request.cursor);
  page.next_cursor = absl::StrCat(clock_);
  for (const auto& [external_id, stored] : records_[request.entity]) {
    if (stored.version >= after) page.records.push_back(Make(request.entity, external_id, stored));
  }
  page.last = true;
  return page;
}

absl::StatusOr<Record> FakeSystem::ReadOne(const ReadRequest& request, const CallContext&) {
  ++reads;
  const auto& kind = records_[request.entity];
  const auto found = kind.find(request.id);
  if (found == kind.end()) return MakeError(ErrorKind::kNotFound, Outcome::kRejected, "no such record");
  return Make(request.entity, request.id, found->second);
}

absl::Status FakeSystem::VerifyWebhook(const Webhook& webhook) const {
  for (const http::Header& header : webhook.headers) {
    if (header.name == "signature" && header.value == "good") return absl::OkStatus();
  }
  return MakeError(ErrorKind::kAuth, Outcome::kNotSent, "wrong signature");
}

// Body: entity, id, version and bytes, by lines.
Webhook FakeSystem::WebhookFor(v1::EntityKind entity, const std::string& external_id) const {
  const Stored& stored = records_.at(entity).at(external_id);
  Webhook webhook;
  webhook.topic = "record.updated";
  webhook.headers.push_back({"signature", "good"});
  webhook.body = absl::StrCat(static_cast<int>(entity), "\n", external_id, "\n", stored.version, "\n", stored.bytes);
  return webhook;
}

absl::StatusOr<ParsedWebhook> FakeSystem::ParseWebhook(const Webhook& webhook) const {
  std::string body = webhook.body;
  const auto take = [&] {
    const auto end = body.find('\n');
    std::string part = body.substr(0, end);
    body.erase(0, end == std::string::npos ? body.size() : end + 1);
    return part;
  };
  const std::string entity = take();
  if (entity.empty() || entity.find_first_not_of("0123456789") != std::string::npos) {
    return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent, "no record in it");
  }
  const std::string id = take();
  Stored stored;
  stored.version = std::stoll(take());
  stored.bytes = body;
  ParsedWebhook parsed;
  parsed.records.push_back(Make(static_cast<v1::EntityKind>(std::stoi(entity)), id, stored));
  return parsed;
}

absl::StatusOr<WriteResult> FakeSystem::OverTheWire(const CallContext& context,
                                                    const std::function<absl::StatusOr<WriteResult>()>& apply) {
  if (context.guard != nullptr && !context.guard->AllowSend()) {
    return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "the guard said no");
  }
  ++requests;
  Wire next = Wire::kFine;
  if (!wire.empty()) {
    next = wire.front();
    wire.pop_front();
  }
  switch (next) {
    case Wire::kFine:
      return apply();
    case Wire::kLostBefore:
      return Lost();
    case Wire::kLostAfter:
      (void)apply();
      return Lost();
    case Wire::kUnavailable:
      return MakeError(ErrorKind::kTransient, Outcome::kRejected, "503");
    case Wire::kRefused:
      return MakeError(ErrorKind::kValidation, Outcome::kRejected, "422");
  }
  return Lost();
}

Manifest FakeStore::Describe() const {
  WriteTraits stock_write;
  stock_write.state_like = true;
  stock_write.d_max = std::chrono::milliseconds(200);
  stock_write.writes_fields = {"quantities[AVAILABLE]"};
  WriteTraits tracking_write = stock_write;
  tracking_write.writes_fields = {"packages"};
  return Manifest("fakestore", "1")
      .Lists<v1::Order>(Cursor::kTimestamp, std::chrono::seconds(0))
      .Lists<v1::Party>(Cursor::kTimestamp, std::chrono::seconds(0))
      .Lists<v1::InventoryLevel>(Cursor::kTimestamp, std::chrono::seconds(0))
      .Writes<v1::InventoryLevel>("product.set_stock", Effect::kAbsolute, stock_write)
      .Writes<v1::Shipment>("order.set_tracking", Effect::kAbsolute, tracking_write);
}

absl::StatusOr<Preparation> FakeStore::Prepare(const WriteIntent& intent, const CallContext&) {
  Preparation preparation;
  PreparedWrite write;
  write.operation = intent.operation;
  write.effect = Effect::kAbsolute;
  write.target = intent.target_id;
  if (intent.operation == "product.set_stock") {
    const auto& level = static_cast<const v1::InventoryLevel&>(*intent.message);
    write.body = models::PrintDecimal(level.quantities(0).quantity().value());
  } else {
    const auto& shipment = static_cast<const v1::Shipment&>(*intent.message);
    write.memo = shipment.header().refs(0).id();
    for (const v1::Package& package : shipment.packages()) absl::StrAppend(&write.body, package.tracking_number(), " ");
  }
  preparation.write = write;
  return preparation;
}

absl::StatusOr<WriteResult> FakeStore::Write(const PreparedWrite& write, const CallContext& context) {
  return OverTheWire(context, [&]() -> absl::StatusOr<WriteResult> {
    if (write.operation == "product.set_stock") {
      stock[write.target] = write.body;
      // The store shows what it was given, under a newer version: the echo.
      v1::InventoryLevel level;
      level.ParseFromString(records_[v1::INVENTORY_LEVEL][write.target].bytes);
      level.clear_quantities();
      auto* quantity = level.add_quantities();
      quantity->set_state(v1::STOCK_STATE_AVAILABLE);
      models::TryParseDecimal(write.body, *quantity->mutable_quantity()->mutable_value());
      Put(v1::INVENTORY_LEVEL, write.target, level);
    } else {
      tracking[write.target][write.memo] = write.body;
    }
    WriteResult result;
    result.external_id = write.target;
    return result;
  });
}

Manifest FakeErp::Describe() const {
  WriteTraits create;
  create.verb = v1::WRITE_VERB_CREATE;
  create.d_max = std::chrono::milliseconds(200);
  WriteTraits follow;
  follow.verb = v1::WRITE_VERB_FOLLOW_UP;
  follow.d_max = std::chrono::milliseconds(200);
  return Manifest("fakeerp", "1")
      .Lists<v1::InventoryLevel>(Cursor::kTimestamp, std::chrono::seconds(0))
      .Lists<v1::Shipment>(Cursor::kTimestamp, std::chrono::seconds(0))
      .Writes<v1::Party>("party.create", Effect::kLookup, create)
      .Writes<v1::Order>("sale.create", Effect::kLookup, create)
      .Writes<v1::Order>("sale.confirm", Effect::kAbsolute, follow)
      .Writes<v1::Order>("sale.verify", Effect::kRead, follow);
}

absl::StatusOr<Preparation> FakeErp::Prepare(const WriteIntent& intent, const CallContext& context) {
  Preparation preparation;
  PreparedWrite write;
  write.operation = intent.operation;
  write.d_max = std::chrono::milliseconds(200);
  if (intent.operation == "party.create") {
    const auto& party = static_cast<const v1::Party&>(*intent.message);
    write.effect = Effect::kLookup;
    write.reference = party.header().id();
    write.body = party.display_name();
  } else if (intent.operation == "sale.create") {
    const auto& order = static_cast<const v1::Order&>(*intent.message);
    for (const FakeSale& sale : sales) {
      if (sale.reference != "WEB-" + order.order_number()) continue;
      preparation.nothing_to_do = true;
      preparation.adopted_id = sale.id;
      return preparation;
    }
    for (const v1::OrderLine& line : order.lines()) {
      if (unknown_skus.count(line.sku()) != 0) {
        return MakeError(ErrorKind::kMapping, Outcome::kNotSent,
                         absl::StrCat("SKU ", line.sku(), " is not known here"));
      }
    }
    auto party = context.resolver->IdFor(v1::PARTY, order.buyer().party());
    if (!party.ok()) return party.status();
    if (!party->has_value()) {
      preparation.waiting_for = absl::StrCat("party ", order.buyer().party().id());
      return preparation;
    }
    write.effect = Effect::kLookup;
    write.reference = "WEB-" + order.order_number();
    write.target = **party;
    for (const v1::OrderLine& line : order.lines()) {
      absl::StrAppend(&write.body, line.sku(), "x", models::PrintDecimal(line.quantities().current()), ";");
    }
  } else {
    write.effect = intent.operation == "sale.verify" ? Effect::kRead : Effect::kAbsolute;
    write.target = intent.args.at("sale");
  }
  preparation.write = write;
  return preparation;
}

absl::StatusOr<WriteResult> FakeErp::Write(const PreparedWrite& write, const CallContext& context) {
  return OverTheWire(context, [&]() -> absl::StatusOr<WriteResult> {
    WriteResult result;
    if (write.operation == "party.create") {
      parties.push_back(write.reference);
      result.external_id = absl::StrCat(parties.size());
      result.object_type = "party";
      return result;
    }
    if (write.operation == "sale.create") {
      sales.push_back({absl::StrCat(sales.size() + 1), write.reference, write.target, write.body});
      result.external_id = sales.back().id;
      result.object_type = "sale";
      result.human_number = write.reference;
    } else {
      FakeSale& sale = sales.at(std::stoul(write.target) - 1);
      if (write.operation == "sale.confirm") {
        if (!swallow_confirm) sale.state = "confirmed";
      } else {
        if (sale.state != "confirmed")
          return MakeError(ErrorKind::kConflict, Outcome::kRejected, "the sale is still a draft");
        result.posting.emplace();
        result.posting->set_verified_hash(sale.content);
      }
      result.external_id = sale.id;
    }
    const std::string next = write.operation == "sale.create"    ? "sale.confirm"
                             : write.operation == "sale.confirm" ? "sale.verify"
                                                                 : "";
    if (!next.empty()) {
      WriteIntent follow_up;
      follow_up.operation = next;
      follow_up.entity = v1::ORDER;
      follow_up.args["sale"] = result.external_id;
      result.follow_ups.push_back(follow_up);
    }
    return result;
  });
}

absl::StatusOr<LookupResult> FakeErp::Lookup(const PreparedWrite& write, const CallContext&) {
  LookupResult result;
  int hits = 0;
  if (write.operation == "party.create") {
    for (std::size_t i = 0; i < parties.size(); ++i) {
      if (parties[i] != write.reference) continue;
      ++hits;
      result.result.emplace();
      result.result->external_id = absl::StrCat(i + 1);
    }
  } else {
    for (const FakeSale& sale : sales) {
      if (sale.reference != write.reference) continue;
      ++hits;
      result.result.emplace();
      result.result->external_id = sale.id;
      result.result->object_type = "sale";
      result.result->human_number = sale.reference;
      WriteIntent follow_up;
      follow_up.operation = "sale.confirm";
      follow_up.entity = v1::ORDER;
      follow_up.args["sale"] = sale.id;
      result.result->follow_ups.push_back(follow_up);
    }
  }
  result.verdict = hits == 0   ? LookupResult::Verdict::kAbsent
                   : hits == 1 ? LookupResult::Verdict::kFound
                               : LookupResult::Verdict::kAmbiguous;
  return result;
}

v1::Order MakeOrder(const std::string& number, const std::string& sku, int quantity, const std::string& email) {
  v1::Order order;
  order.set_order_number(number);
  order.set_currency_code("USD");
  order.mutable_placed_at()->set_seconds(1'795'400'000);
  order.mutable_buyer()->set_email(email);
  order.mutable_buyer()->set_guest(true);
  order.mutable_buyer()->set_name("Ada Demoson");
  order.set_commercial_status(v1::COMMERCIAL_STATUS_OPEN);
  order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  order.set_source_status("processing");
  v1::OrderLine* line = order.add_lines();
  line->set_line_key("item:1");
  line->set_kind(v1::LINE_KIND_ITEM);
  line->set_sku(sku);
  models::ToProto(models::Dec::Of(quantity), *line->mutable_quantities()->mutable_ordered());
  models::ToProto(models::Dec::Of(quantity), *line->mutable_quantities()->mutable_current());
  const auto amount = models::MakeMoney("USD", models::Dec{quantity * 1000, 2});
  *line->mutable_net()->mutable_ledger() = *amount;
  *order.mutable_totals()->mutable_stated()->mutable_grand_total()->mutable_ledger() = *amount;
  *order.mutable_totals()->mutable_computed()->mutable_grand_total()->mutable_ledger() = *amount;
  *order.mutable_totals()->mutable_residual() = models::ZeroMoney("USD");
  return order;
}

v1::InventoryLevel MakeLevel(const std::string& sku, const std::string& location, int available) {
  v1::InventoryLevel level;
  level.set_sku(sku);
  level.set_location(location);
  v1::StateQuantity* quantity = level.add_quantities();
  quantity->set_state(v1::STOCK_STATE_AVAILABLE);
  models::ToProto(models::Dec::Of(available), *quantity->mutable_quantity()->mutable_value());
  return level;
}

}  // namespace fairlead::testing_sync
