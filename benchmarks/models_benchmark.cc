// What a record costs between a connector and the ledger: amounts, canonical JSON (beside protobuf's own), digests,
// checks.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "fairlead/models/decimal.h"
#include "fairlead/models/digest.h"
#include "fairlead/models/field_path.h"
#include "fairlead/models/json.h"
#include "fairlead/models/money.h"
#include "fairlead/models/totals.h"
#include "fairlead/models/validate.h"
#include "fairlead/v1/order.pb.h"
#include "google/protobuf/util/json_util.h"

namespace fairlead::models {
namespace {

v1::DualMoney Usd(const char* text) {
  v1::DualMoney amount;
  *amount.mutable_ledger() = MakeMoney("USD", text).value();
  return amount;
}

// An order of the size that shops send: five items with one tax each, shipping, two addresses.
v1::Order SampleOrder() {
  v1::Order order;
  auto& ref = *order.mutable_header()->add_refs();
  ref.set_system("web");
  ref.set_object_type("order");
  ref.set_id("1001");
  order.set_order_number("1001");
  order.set_currency_code("USD");
  order.mutable_placed_at()->set_seconds(1709208000);
  order.mutable_buyer()->set_email("ada@example.com");
  for (v1::Address* address : {order.mutable_billing_address(), order.mutable_shipping_address()}) {
    address->set_first_name("Ada");
    address->set_last_name("Lovelace");
    address->add_raw_lines("12 St James's Square");
    address->set_city("Z\xC3\xBCrich");
    address->set_postal_code("8001");
    address->set_country_code("CH");
  }
  for (int i = 0; i < 6; ++i) {
    auto& line = *order.add_lines();
    line.set_line_key("item:" + std::to_string(900 + i));
    line.set_kind(i == 5 ? v1::LINE_KIND_SHIPPING : v1::LINE_KIND_ITEM);
    line.set_sku("SKU-" + std::to_string(i));
    line.set_title("Canvas tote, natural, large");
    line.mutable_quantities()->mutable_ordered()->set_unscaled(2);
    line.mutable_quantities()->mutable_current()->set_unscaled(2);
    *line.mutable_subtotal() = Usd("24.00");
    *line.mutable_net() = Usd("21.60");
    *line.mutable_tax() = Usd("1.57");
    auto& tax = *line.add_taxes();
    tax.set_tax_key("us-ca");
    *tax.mutable_amount() = Usd("1.566");
  }
  order.add_taxes()->set_key("us-ca");
  *order.mutable_totals()->mutable_stated()->mutable_grand_total() = Usd("139.02");
  order.set_commercial_status(v1::COMMERCIAL_STATUS_OPEN);
  order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  static_cast<void>(ComputeTotals(order));
  return order;
}

void BM_ParseDecimal(benchmark::State& state) {
  const std::string texts[] = {"24.00", "0.0725", "1", "-139.02", "1.566"};
  std::size_t i = 0;
  Dec value;
  for (auto _ : state) {
    benchmark::DoNotOptimize(TryParseDecimal(texts[i++ % 5], value));
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(BM_ParseDecimal);

void BM_MakeMoneyIntoMessage(benchmark::State& state) {
  const std::string texts[] = {"24.00", "0.0725", "1", "-139.02", "1.566"};
  std::size_t i = 0;
  v1::Money money;
  for (auto _ : state) benchmark::DoNotOptimize(TryMakeMoney("USD", texts[i++ % 5], money));
}
BENCHMARK(BM_MakeMoneyIntoMessage);

void BM_ToJson(benchmark::State& state) {
  const v1::Order order = SampleOrder();
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(AppendJson(order, out).ok());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(BM_ToJson);

void BM_ToJsonByProtobuf(benchmark::State& state) {
  const v1::Order order = SampleOrder();
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(google::protobuf::util::MessageToJsonString(order, &out).ok());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(BM_ToJsonByProtobuf);

void BM_FromJson(benchmark::State& state) {
  const std::string json = ToJson(SampleOrder()).value();
  v1::Order order;
  for (auto _ : state) benchmark::DoNotOptimize(FromJson(json, order).ok());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(BM_FromJson);

void BM_FromJsonByProtobuf(benchmark::State& state) {
  const std::string json = ToJson(SampleOrder()).value();
  v1::Order order;
  for (auto _ : state) benchmark::DoNotOptimize(google::protobuf::util::JsonStringToMessage(json, &order).ok());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(BM_FromJsonByProtobuf);

void BM_DigestOf(benchmark::State& state) {
  const v1::Order order = SampleOrder();
  for (auto _ : state) benchmark::DoNotOptimize(DigestOf(order));
}
BENCHMARK(BM_DigestOf);

void BM_DigestOfDeclaredFields(benchmark::State& state) {
  const v1::Order order = SampleOrder();
  const std::vector<FieldPath> paths = {FieldPath::Parse("lines[*].net").value(),
                                        FieldPath::Parse("lines[*].quantities.ordered").value(),
                                        FieldPath::Parse("totals.stated.grand_total").value()};
  for (auto _ : state) benchmark::DoNotOptimize(DigestOf(order, paths)->low);
}
BENCHMARK(BM_DigestOfDeclaredFields);

void BM_Validate(benchmark::State& state) {
  const v1::Order order = SampleOrder();
  for (auto _ : state) benchmark::DoNotOptimize(Validate(order).size());
}
BENCHMARK(BM_Validate);

void BM_ComputeTotals(benchmark::State& state) {
  v1::Order order = SampleOrder();
  for (auto _ : state) benchmark::DoNotOptimize(ComputeTotals(order).ok());
}
BENCHMARK(BM_ComputeTotals);

}  // namespace
}  // namespace fairlead::models

BENCHMARK_MAIN();
