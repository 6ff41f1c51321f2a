#include "tests/conformance/tryton_subject.h"

#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/payment.pb.h"

namespace fairlead::conformance {
namespace {

constexpr char kWarehouse[] = "WH-EAST";

std::string Dec(std::string_view text) {
  return absl::StrCat(R"({"__class__":"Decimal","decimal":")", std::string(text), "\"}");
}
std::string Is(std::string_view field, std::string_view value) {
  return absl::StrCat("[[\"", std::string(field), "\",\"=\",", std::string(value), "]]");
}

v1::ExternalRef StoreRef(std::string_view type, std::string_view id) {
  v1::ExternalRef ref;
  ref.set_system("web");
  ref.set_object_type(std::string(type));
  ref.set_id(std::string(id));
  ref.set_role(v1::ExternalRef::ROLE_PRIMARY);
  return ref;
}

v1::DualMoney Money(std::string_view text) {
  v1::DualMoney money;
  *money.mutable_ledger() = models::MakeMoney("USD", text).value();
  return money;
}

v1::Address Home() {
  v1::Address address;
  address.set_first_name("Ada");
  address.set_last_name("Quill");
  address.add_raw_lines("88 Example Quay");
  address.set_city("Portland");
  address.set_postal_code("97201");
  address.set_country_code("US");
  address.set_subdivision("OR");
  return address;
}

// The first parameter of a frozen call is a list of ids.
std::string FirstId(const PreparedWrite& write) {
  const std::vector<Json> params = Json::Parse(write.body)["params"].items();
  const std::vector<Json> ids = params.empty() ? std::vector<Json>() : params.front().items();
  return ids.empty() ? std::string() : ids.front().text();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connector>> TrytonSubject::Connect(http::Transport& transport) {
  TrytonOptions options;
  options.base_url = api_.url();
  options.database = api_.database();
  options.user = api_.user();
  options.password = [password = api_.password()] { return Secret(password); };
  options.warehouses = {{"WH-EAST", "WH-EAST"}, {"WH-WEST", "WH-WEST"}};
  options.default_warehouse = kWarehouse;
  options.d_max = std::chrono::milliseconds(200);
  options.overlap = std::chrono::seconds(5);
  options.login_pause = std::chrono::milliseconds(1);
  absl::StatusOr<std::unique_ptr<TrytonConnector>> connector =
      TrytonConnector::Create(std::move(options), transport, Runtime::System());
  if (!connector.ok()) return connector.status();
  return std::unique_ptr<Connector>(*std::move(connector));
}

absl::StatusOr<std::optional<std::string>> TrytonSubject::IdFor(v1::EntityKind entity, const v1::ExternalRef& source) {
  const auto found = parties_.find(source.id());
  if (entity != v1::PARTY || found == parties_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

absl::StatusOr<std::int64_t> TrytonSubject::Number(std::string_view model, const std::string& domain) {
  const auto rows = api_.Search(model, domain, R"(["id"])");
  if (!rows.ok()) return rows.status();
  return static_cast<std::int64_t>(rows->items().size());
}

absl::StatusOr<TrytonSubject::Product> TrytonSubject::MakeProduct() {
  Product product;
  product.code = Unique();
  const auto unit = api_.First("product.uom", Is("symbol", "\"u\""));
  if (!unit.ok()) return unit.status();
  const auto category = api_.First("product.category", Is("accounting", "true"));
  if (!category.ok()) return category.status();
  auto made = api_.Create(
      "product.template",
      absl::StrCat(R"({"name":"Conformance )", product.code, R"(","type":"goods","salable":true,"default_uom":)", *unit,
                   R"(,"sale_uom":)", *unit, R"(,"list_price":)", Dec("10"), R"(,"account_category":)", *category,
                   R"(,"products":[["create",[{"suffix_code":")", product.code, R"(","cost_price":)", Dec("5"),
                   "}]]]}"));
  if (!made.ok()) return made.status();
  product.template_id = *made;
  auto variant = api_.First("product.product", Is("template", product.template_id));
  if (!variant.ok()) return variant.status();
  product.id = *variant;
  return product;
}

absl::StatusOr<std::string> TrytonSubject::MakeParty(std::string* address) {
  auto party = api_.Create(
      "party.party", absl::StrCat(R"({"name":"Conformance )", Unique(),
                                  R"(","addresses":[["create",[{"street":"88 Example Quay","city":"Portland"}]]]})"));
  if (!party.ok() || address == nullptr) return party;
  auto found = api_.First("party.address", Is("party", *party));
  if (!found.ok()) return found.status();
  *address = *found;
  return party;
}

absl::Status TrytonSubject::Count(std::string_view product, int quantity) {
  const auto places =
      api_.Search("stock.location", Is("code", absl::StrCat("\"", kWarehouse, "\"")), R"(["storage_location"])");
  if (!places.ok()) return places.status();
  if (places->items().empty()) return absl::NotFoundError("the ERP has no warehouse WH-EAST");
  const auto inventory =
      api_.Create("stock.inventory", absl::StrCat(R"({"location":)", places->items().front()["storage_location"].text(),
                                                  R"(,"lines":[["create",[{"product":)", std::string(product),
                                                  R"(,"quantity":)", quantity, ".0}]]]}"));
  if (!inventory.ok()) return inventory.status();
  return api_.Press("stock.inventory", "confirm", *inventory);
}

absl::StatusOr<std::string> TrytonSubject::Warehouse() {
  return api_.First("stock.location", absl::StrCat(R"([["type","=","warehouse"],["code","=",")", kWarehouse, "\"]]"));
}

absl::StatusOr<std::string> TrytonSubject::MakeSale(const std::vector<std::string>& buttons) {
  std::string address;
  const auto party = MakeParty(&address);
  if (!party.ok()) return party.status();
  const auto product = MakeProduct();
  if (!product.ok()) return product.status();
  const auto unit = api_.First("product.uom", Is("symbol", "\"u\""));
  if (!unit.ok()) return unit.status();
  const auto place = Warehouse();
  if (!place.ok()) return place.status();
  auto sale = api_.Create(
      "sale.sale", absl::StrCat(R"({"warehouse":)", *place, R"(,"party":)", *party, R"(,"invoice_address":)", address,
                                R"(,"shipment_address":)", address, R"(,"lines":[["create",[{"product":)", product->id,
                                R"(,"unit":)", *unit, R"(,"quantity":2.0,"unit_price":)", Dec("10"),
                                R"(,"description":"Conformance"}]]]})"));
  if (!sale.ok()) return sale;
  for (const std::string& button : buttons) {
    if (absl::Status status = api_.Press("sale.sale", button, *sale); !status.ok()) return status;
  }
  return sale;
}

absl::StatusOr<std::string> TrytonSubject::Make(v1::EntityKind entity) {
  switch (entity) {
    case v1::PARTY:
      return MakeParty();
    case v1::PRODUCT: {
      const auto product = MakeProduct();
      if (!product.ok()) return product.status();
      return product->template_id;
    }
    case v1::INVENTORY_LEVEL: {
      const auto product = MakeProduct();
      if (!product.ok()) return product.status();
      if (absl::Status status = Count(product->id, 10); !status.ok()) return status;
      const auto place = Warehouse();
      if (!place.ok()) return place.status();
      return absl::StrCat(product->id, "@", *place);
    }
    case v1::ORDER:
      return MakeSale({});
    case v1::SHIPMENT: {
      std::string address;
      const auto party = MakeParty(&address);
      if (!party.ok()) return party.status();
      const auto place = Warehouse();
      if (!place.ok()) return place.status();
      return api_.Create("stock.shipment.out", absl::StrCat(R"({"warehouse":)", *place, R"(,"customer":)", *party,
                                                            R"(,"delivery_address":)", address, "}"));
    }
    case v1::INVOICE: {
      const auto sale = MakeSale({"quote", "confirm", "process"});
      if (!sale.ok()) return sale.status();
      const auto rows = api_.Search("sale.sale", Is("id", *sale), R"(["invoices"])");
      if (!rows.ok()) return rows.status();
      if (rows->items().empty() || rows->items().front()["invoices"].items().empty()) {
        return absl::UnimplementedError("Tryton: the sale was invoiced later than it was processed");
      }
      return rows->items().front()["invoices"].items().front().text();
    }
    case v1::PAYMENT: {
      const auto party = MakeParty();
      if (!party.ok()) return party.status();
      const auto journal = api_.First("account.payment.journal", "[]");
      if (!journal.ok()) return journal.status();
      return api_.Create(
          "account.payment",
          absl::StrCat(R"({"kind":"receivable","journal":)", *journal, R"(,"party":)", *party, R"(,"amount":)",
                       Dec("12.50"), R"(,"date":{"__class__":"date","year":2026,"month":1,"day":15}})"));
    }
    default:
      return ConformanceSubject::Make(entity);
  }
}

absl::Status TrytonSubject::Change(v1::EntityKind entity, std::string_view id) {
  const std::string word = Unique();
  const auto write = [&](std::string_view model, std::string_view field) {
    return api_
        .Call(absl::StrCat("model.", std::string(model), ".write"),
              absl::StrCat("[", std::string(id), "],{\"", std::string(field), "\":\"", word, "\"}"))
        .status();
  };
  switch (entity) {
    case v1::PARTY:
      return write("party.party", "name");
    case v1::PRODUCT:
      return write("product.template", "name");
    case v1::INVENTORY_LEVEL:
      return Count(id.substr(0, id.find('@')), 20 + ++number_);
    case v1::ORDER:
      return write("sale.sale", "description");
    case v1::SHIPMENT:
      return write("stock.shipment.out", "reference");
    case v1::INVOICE:
      return write("account.invoice", "description");
    case v1::PAYMENT:
      return write("account.payment", "description");
    default:
      return ConformanceSubject::Change(entity, id);
  }
}

absl::Status TrytonSubject::Delete(v1::EntityKind entity, std::string_view id) {
  std::string model;
  switch (entity) {
    case v1::PARTY:
      model = "party.party";
      break;
    case v1::PRODUCT:
      model = "product.template";
      break;
    case v1::PAYMENT:
      model = "account.payment";
      break;
    case v1::ORDER:
      if (absl::Status status = api_.Press("sale.sale", "cancel", id); !status.ok()) return status;
      model = "sale.sale";
      break;
    case v1::SHIPMENT:
      if (absl::Status status = api_.Press("stock.shipment.out", "cancel", id); !status.ok()) return status;
      model = "stock.shipment.out";
      break;
    default:
      return ConformanceSubject::Delete(entity, id);
  }
  return api_.Call(absl::StrCat("model.", model, ".delete"), absl::StrCat("[", std::string(id), "]")).status();
}

std::string TrytonSubject::MissingId(v1::EntityKind entity) {
  return entity == v1::INVENTORY_LEVEL ? "999999999@1" : "999999999";
}

absl::StatusOr<WriteIntent> TrytonSubject::Intent(const v1::WriteOperation& operation) {
  const std::string& name = operation.name();
  WriteIntent intent;
  intent.operation = name;
  intent.purpose = Unique();
  intent.aggregate = absl::StrCat("conformance/", intent.purpose);
  if (name == "party.create" || name == "party.update") {
    auto party = std::make_shared<v1::Party>();
    *party->mutable_header()->add_refs() = StoreRef("customer", intent.purpose);
    party->set_kind(v1::Party::KIND_PERSON);
    party->set_display_name("Ada " + intent.purpose);
    v1::IdentityKey* key = party->add_identity_keys();
    key->set_type(v1::IdentityKey::TYPE_EMAIL);
    key->set_source_text(absl::StrCat(intent.purpose, "@mail.example.com"));
    v1::PartyAddress* address = party->add_addresses();
    address->set_key("billing");
    *address->mutable_address() = Home();
    intent.entity = v1::PARTY;
    intent.message = party;
    if (name == "party.update") {
      const auto made = MakeParty();
      if (!made.ok()) return made.status();
      intent.target_id = *made;
    }
  } else if (name == "sale.create") {
    const auto product = MakeProduct();
    if (!product.ok()) return product.status();
    auto order = std::make_shared<v1::Order>();
    *order->mutable_header()->add_refs() = StoreRef("order", intent.purpose);
    order->set_order_number(intent.purpose);
    order->set_currency_code("USD");
    order->mutable_placed_at()->set_seconds(1'795'420'375);
    order->mutable_buyer()->set_email(absl::StrCat(intent.purpose, "@mail.example.com"));
    if (registered_buyers_) {
      // Known to the ERP, at another address: one is made on the way to the sale.
      const auto party = MakeParty();
      if (!party.ok()) return party.status();
      parties_[intent.purpose] = *party;
      *order->mutable_buyer()->mutable_party() = StoreRef("customer", intent.purpose);
    } else {
      order->mutable_buyer()->set_guest(true);
    }
    *order->mutable_billing_address() = Home();
    *order->mutable_shipping_address() = Home();
    v1::OrderLine* line = order->add_lines();
    line->set_line_key("item:1");
    line->set_kind(v1::LINE_KIND_ITEM);
    line->set_sku(product->code);
    line->set_title("Conformance");
    *line->mutable_quantities()->mutable_ordered() = models::ToProto(models::Dec::Of(3));
    *line->mutable_quantities()->mutable_current() = models::ToProto(models::Dec::Of(3));
    *line->mutable_net() = Money("59.85");
    *order->mutable_totals()->mutable_stated()->mutable_tax() = Money("0.00");
    *order->mutable_totals()->mutable_stated()->mutable_grand_total() = Money("59.85");
    intent.entity = v1::ORDER;
    intent.message = order;
  } else if (name == "payment.create") {
    const auto party = MakeParty();
    if (!party.ok()) return party.status();
    parties_[intent.purpose] = *party;
    auto payment = std::make_shared<v1::Payment>();
    *payment->mutable_header()->add_refs() = StoreRef("payment", intent.purpose);
    payment->set_kind(v1::Payment::KIND_CAPTURE);
    payment->set_status(v1::Payment::STATUS_SUCCEEDED);
    *payment->mutable_amount() = Money("59.85");
    *payment->mutable_party() = StoreRef("customer", intent.purpose);
    payment->mutable_settled_at()->set_seconds(1'768'500'000);
    intent.entity = v1::PAYMENT;
    intent.message = payment;
  } else if (name == "sale.cancel" || name == "sale.draft") {
    const auto sale = MakeSale(name == "sale.draft" ? std::vector<std::string>{"quote"} : std::vector<std::string>{});
    if (!sale.ok()) return sale.status();
    intent.entity = v1::ORDER;
    intent.target_id = *sale;
    intent.args["sale_id"] = *sale;
  } else if (name == "warning.acknowledge") {
    const auto sale = MakeSale({});
    if (!sale.ok()) return sale.status();
    intent.entity = v1::ORDER;
    intent.args = {{"sale_id", *sale}, {"warning", "conformance_" + intent.purpose}, {"again", "sale.cancel"}};
  } else {
    return ConformanceSubject::Intent(operation);
  }
  return intent;
}

absl::StatusOr<WriteIntent> TrytonSubject::PoisonIntent(const v1::WriteOperation& operation) {
  absl::StatusOr<WriteIntent> intent = Intent(operation);
  if (!intent.ok()) return intent;
  if (operation.name() == "sale.create") {
    auto order = std::make_shared<v1::Order>(static_cast<const v1::Order&>(*intent->message));
    order->mutable_lines(0)->set_sku("NO-SUCH-ITEM");
    intent->message = order;
  } else if (operation.name() == "payment.create") {
    auto payment = std::make_shared<v1::Payment>(static_cast<const v1::Payment&>(*intent->message));
    payment->set_status(v1::Payment::STATUS_FAILED);
    intent->message = payment;
  } else if (operation.name() == "party.update") {
    intent->target_id = "999999999";
  } else {
    return ConformanceSubject::PoisonIntent(operation);
  }
  return intent;
}

absl::StatusOr<std::int64_t> TrytonSubject::Effects(const WriteIntent&, const PreparedWrite& write) {
  const std::string reference = Quoted(write.reference);
  const std::string& name = write.operation;
  if (name == "party.create") return Number("party.identifier", Is("code", reference));
  if (name == "sale.create") return Number("sale.sale", Is("reference", reference));
  if (name == "warning.acknowledge") return Number("res.user.warning", Is("name", reference));
  if (name == "party.address.create") {
    const std::vector<Json> params = Json::Parse(write.body)["params"].items();
    const std::vector<Json> made = params.empty() ? std::vector<Json>() : params.front().items();
    if (made.empty()) return absl::DataLossError("the frozen call has no values");
    return Number("party.address",
                  absl::StrCat(R"([["party","=",)", made.front()["party"].text(), R"(],["postal_code","=",)",
                               Quoted(made.front()["postal_code"].text()), "]]"));
  }
  if (name == "payment.create") return Number("account.payment", Is("description", reference));
  const std::string id = FirstId(write);
  if (name == "party.update") {
    const std::vector<Json> params = Json::Parse(write.body)["params"].items();
    if (params.size() < 2) return absl::DataLossError("the frozen call has no values");
    return Number("party.party",
                  absl::StrCat(R"([["id","=",)", id, R"(],["name","=",)", Quoted(params[1]["name"].text()), "]]"));
  }
  const char* states = name == "sale.quote"     ? R"(["quotation","confirmed","processing","done"])"
                       : name == "sale.confirm" ? R"(["confirmed","processing","done"])"
                       : name == "sale.process" ? R"(["processing","done"])"
                       : name == "sale.cancel"  ? R"(["cancelled"])"
                       : name == "sale.draft"   ? R"(["draft"])"
                                                : nullptr;
  if (states == nullptr) return absl::UnimplementedError("Tryton: effects of " + name + " are not counted");
  return Number("sale.sale", absl::StrCat(R"([["id","=",)", id, R"(],["state","in",)", states, "]]"));
}

absl::Status TrytonSubject::Compare(const WriteIntent& intent, const v1::WriteOperation& operation,
                                    const Record& read) {
  const auto differ = [](std::string_view what, std::string_view wrote, std::string_view found) {
    return wrote == found ? absl::OkStatus()
                          : absl::DataLossError(absl::StrCat(std::string(what), ": wrote '", std::string(wrote),
                                                             "', read '", std::string(found), "'"));
  };
  if (operation.name() == "party.create" || operation.name() == "party.update") {
    const auto& wrote = static_cast<const v1::Party&>(*intent.message);
    const v1::Party* found = read.As<v1::Party>();
    if (found == nullptr) return absl::DataLossError("no party was read");
    bool email = false;
    for (const v1::IdentityKey& key : found->identity_keys()) {
      email = email || key.source_text() == wrote.identity_keys(0).source_text() ||
              key.normalized() == wrote.identity_keys(0).source_text();
    }
    if (!email) return absl::DataLossError("the e-mail address is gone");
    return differ("display_name", wrote.display_name(), found->display_name());
  }
  if (operation.name() == "sale.create") {
    const auto& wrote = static_cast<const v1::Order&>(*intent.message);
    const v1::Order* found = read.As<v1::Order>();
    if (found == nullptr || found->lines_size() != wrote.lines_size())
      return absl::DataLossError("another number of lines was read");
    if (absl::Status status = differ("sku", wrote.lines(0).sku(), found->lines(0).sku()); !status.ok()) return status;
    if (absl::Status status = differ(
            "quantity", models::PrintDecimal(wrote.lines(0).quantities().current()),
            models::PrintDecimal(models::Normalize(models::FromProto(found->lines(0).quantities().current()).value())));
        !status.ok()) {
      return status;
    }
    return differ("total", models::MoneyText(wrote.totals().stated().grand_total().ledger()),
                  models::MoneyText(found->totals().stated().grand_total().ledger()));
  }
  if (operation.name() == "payment.create") {
    const v1::Payment* found = read.As<v1::Payment>();
    if (found == nullptr) return absl::DataLossError("no payment was read");
    return differ("amount", "59.85", models::MoneyText(found->amount().ledger()));
  }
  return ConformanceSubject::Compare(intent, operation, read);
}

}  // namespace fairlead::conformance
