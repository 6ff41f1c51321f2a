// The main job end to end over loopback: orders of a WooCommerce store become processed and verified Tryton sales, with
// both real connectors, real HTTP and a durable SQLite file. What a sale takes is in the counters: it is several
// requests, and the sandboxes that answer them run on the same cores.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/engine.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"

namespace {

using std::chrono::milliseconds;

constexpr int kOrders = 200;

std::string File(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A store with orders, an ERP that knows their items, and an engine between them over an empty ledger.
struct World {
  std::unique_ptr<fairlead::testing::SandboxWoo> woo = fairlead::testing::SandboxWoo::Start({}).value();
  std::unique_ptr<fairlead::testing::SandboxTryton> tryton = fairlead::testing::SandboxTryton::Start({}).value();
  fairlead::http::CurlTransport transport;
  std::unique_ptr<fairlead::WooCommerceConnector> web;
  std::unique_ptr<fairlead::TrytonConnector> erp;
  std::unique_ptr<fairlead::Store> store;
  std::unique_ptr<fairlead::sync::Engine> engine;

  explicit World(std::uint64_t seed) {
    const auto set = woo->GenerateOrders(kOrders, seed).value();
    for (const char* code : {"SHIPPING", "FEE", "ROUNDING", "STORE-TAX"}) Add(code, "service");
    for (const std::string& sku : set.skus) {
      Add(sku, "goods");
      (void)tryton->SetStock(sku, "WH-EAST", 100'000);
    }
    fairlead::WooOptions web_options;
    web_options.base_url = woo->url();
    web_options.currency = "USD";
    web_options.d_max = milliseconds(200);
    web_options.credentials = [this] {
      return fairlead::WooCredentials{woo->consumer_key(), fairlead::Secret(woo->consumer_secret())};
    };
    web = std::make_unique<fairlead::WooCommerceConnector>(web_options, transport, fairlead::Runtime::System());
    fairlead::TrytonOptions erp_options;
    erp_options.base_url = tryton->url();
    erp_options.database = tryton->database();
    erp_options.user = tryton->user();
    erp_options.password = [this] { return fairlead::Secret(tryton->password()); };
    erp_options.warehouses = {{"WH-EAST", "WH-EAST"}, {"WH-WEST", "WH-WEST"}};
    erp_options.default_warehouse = "WH-EAST";
    erp_options.payment_term = "Net 30";
    erp_options.tax_line_product = "STORE-TAX";
    erp_options.d_max = milliseconds(200);
    erp = std::make_unique<fairlead::TrytonConnector>(erp_options, transport, fairlead::Runtime::System());

    const auto bundle =
        fairlead::policy::ReadBundle(File(FAIRLEAD_BENCHMARK_POLICY), FAIRLEAD_BENCHMARK_POLICY).value();
    const auto policy =
        fairlead::policy::CompiledPolicy::Compile(bundle, {{"web", web.get()}, {"erp", erp.get()}}).value();
    const std::string path = "engine_benchmark.db";
    for (const char* suffix : {"", "-wal", "-shm", "-writer"}) std::remove((path + suffix).c_str());
    store = fairlead::OpenSqlite(path).value();
    fairlead::sync::EngineOptions options;
    options.tenant = "acme";
    options.mode = fairlead::sync::Mode::kEnforce;
    options.adopt_before = fairlead::WallTime(std::chrono::seconds(1));
    options.max_writes_per_hour = 0;
    engine = fairlead::sync::Engine::Create(*store, {{"web", web.get()}, {"erp", erp.get()}}, policy, options).value();
  }
  void Add(const std::string& code, const std::string& type) {
    fairlead::testing::SandboxProduct product;
    product.code = code;
    product.type = type;
    (void)tryton->AddProduct(product);
  }
  int Processed() const {
    return std::atoi(tryton->Call("model.sale.sale.search_count", R"([[["state","=","processing"]],{"company":1}])")
                         .value_or("0")
                         .c_str());
  }
};

void EngineEndToEnd(benchmark::State& state) {
  std::uint64_t seed = 1;
  int sales = 0;
  std::int64_t writes = 0;
  for (auto _ : state) {
    World world(seed++);
    const auto begin = std::chrono::steady_clock::now();
    if (!world.engine->PollAll().ok()) state.SkipWithError("polling failed");
    std::vector<std::thread> senders;
    for (int i = 0; i < state.range(0); ++i) {
      senders.emplace_back([&] {
        // Ends once nothing was due for a moment: an order waits for its buyer for longer than no time at all.
        for (int idle = 0; idle < 200;) {
          const auto delivered = world.engine->Deliver(4);
          if (delivered.ok() && delivered->claimed > delivered->waiting) {
            idle = 0;
            continue;
          }
          ++idle;
          std::this_thread::sleep_for(milliseconds(5));
        }
      });
    }
    int before = -1;
    auto last_change = begin;
    while (std::chrono::steady_clock::now() - last_change < milliseconds(900)) {
      const int now = world.Processed();
      if (now != before) last_change = std::chrono::steady_clock::now();
      before = now;
      std::this_thread::sleep_for(milliseconds(10));
    }
    for (std::thread& sender : senders) sender.join();
    state.SetIterationTime(std::chrono::duration<double>(last_change - begin).count());
    sales += before;
    writes += world.engine->progress().written;
  }
  state.SetItemsProcessed(sales);
  state.counters["writes_per_order"] = sales == 0 ? 0 : static_cast<double>(writes) / sales;
}
BENCHMARK(EngineEndToEnd)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(4)
    ->Arg(16)
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
