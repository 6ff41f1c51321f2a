// fairlead-sandbox: both sandboxes as a process of their own, so that the process under test can be killed without
// them.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"
#include "src/testing/internal/json_value.h"

namespace {

using fairlead::testing::FaultPlan;
using fairlead::testing::SandboxOrderSet;
using fairlead::testing::SandboxProduct;
using fairlead::testing::SandboxTryton;
using fairlead::testing::SandboxTrytonOptions;
using fairlead::testing::SandboxWoo;
using fairlead::testing::SandboxWooOptions;
using fairlead::testing::internal::Json;

constexpr const char* kUsage = R"(fairlead-sandbox: a WooCommerce store and a Tryton ERP on loopback ports, in memory.

  --woo-port N        0 (default) takes a free port
  --tryton-port N     0 (default) takes a free port
  --orders N          generated orders in the store (default 40; 20 or more have every special case)
  --seed S            of the orders and the faults (default 1)
  --woo-version V     10.6.2 (default) or 7.9.0
  --data DIR          folder of captured payloads; the store starts with that version's catalogue, customers and taxes
  --captured-orders   with --data: its captured orders as well
  --faults RATE       share of requests that meet a fault, 0 to 1 (default 0)
  --d-max MS          how long a copy of a request lives in the network (default 200)
  --webhook-url URL   loopback address; order.created and order.updated go to URL/<topic>
  --webhook-secret S  signs them (default whsec-fairlead)
  --erp-stock N       of each generated product in WH-EAST, of the second warehouse's in WH-WEST (default 500)
  --no-erp-products   leave the ERP without products

Prints one line of JSON when ready and runs until standard input closes or it is terminated.
Example: fairlead-sandbox --orders 40 --faults 0.2 --data tests/testdata
)";

struct Arguments {
  int woo_port = 0;
  int tryton_port = 0;
  int orders = 40;
  std::uint64_t seed = 1;
  std::string woo_version = "10.6.2";
  std::string data;
  bool captured_orders = false;
  double faults = 0;
  int d_max = 200;
  std::string webhook_url;
  std::string webhook_secret = "whsec-fairlead";
  double erp_stock = 500;
  bool erp_products = true;
};

/// 0: go on; otherwise the exit code plus one.
int Parse(int argc, char** argv, Arguments* arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help" || name == "-h") {
      std::cout << kUsage;
      return 1;
    }
    if (name == "--captured-orders") {
      arguments->captured_orders = true;
      continue;
    }
    if (name == "--no-erp-products") {
      arguments->erp_products = false;
      continue;
    }
    if (i + 1 >= argc) {
      std::cerr << "fairlead-sandbox: " << name << " wants a value, or is unknown; see --help\n";
      return 3;
    }
    const char* value = argv[++i];
    if (name == "--woo-port") {
      arguments->woo_port = std::atoi(value);
    } else if (name == "--tryton-port") {
      arguments->tryton_port = std::atoi(value);
    } else if (name == "--orders") {
      arguments->orders = std::atoi(value);
    } else if (name == "--seed") {
      arguments->seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--woo-version") {
      arguments->woo_version = value;
    } else if (name == "--data") {
      arguments->data = value;
    } else if (name == "--faults") {
      arguments->faults = std::atof(value);
    } else if (name == "--d-max") {
      arguments->d_max = std::atoi(value);
    } else if (name == "--webhook-url") {
      arguments->webhook_url = value;
    } else if (name == "--webhook-secret") {
      arguments->webhook_secret = value;
    } else if (name == "--erp-stock") {
      arguments->erp_stock = std::atof(value);
    } else {
      std::cerr << "fairlead-sandbox: unknown option " << name << "; see --help\n";
      return 3;
    }
  }
  return 0;
}

int Fail(const absl::Status& status) {
  std::cerr << "fairlead-sandbox: " << status.ToString() << "\n";
  return 1;
}

Json Ids(const std::vector<std::int64_t>& ids) {
  Json list = Json::Array();
  for (const std::int64_t id : ids) list.Push(Json(id));
  return list;
}

Json Texts(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Push(Json(text));
  return list;
}

bool Contains(const std::vector<std::string>& list, const std::string& text) {
  for (const std::string& item : list) {
    if (item == text) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (const int code = Parse(argc, argv, &arguments)) return code - 1;

  SandboxWooOptions woo_options;
  woo_options.port = arguments.woo_port;
  woo_options.version = arguments.woo_version;
  woo_options.captured_data = arguments.data;
  woo_options.captured_orders = arguments.captured_orders;
  if (arguments.woo_version == "7.9.0") {
    woo_options.currency = "EUR";
    woo_options.prices_include_tax = true;
    woo_options.utc_offset = std::chrono::minutes(60);
  }
  auto woo = SandboxWoo::Start(woo_options);
  if (!woo.ok()) return Fail(woo.status());
  SandboxTrytonOptions tryton_options;
  tryton_options.port = arguments.tryton_port;
  tryton_options.currency = woo_options.version == "7.9.0" ? "EUR" : "USD";
  auto tryton = SandboxTryton::Start(tryton_options);
  if (!tryton.ok()) return Fail(tryton.status());

  const auto orders = (*woo)->GenerateOrders(arguments.orders, arguments.seed);
  if (!orders.ok()) return Fail(orders.status());
  if (arguments.erp_products) {
    for (const std::string& sku : orders->skus) {
      SandboxProduct product;
      product.code = sku;
      const auto made = (*tryton)->AddProduct(product);
      if (!made.ok()) return Fail(made.status());
      const bool second = Contains(orders->second_warehouse_skus, sku);
      const absl::Status stocked = (*tryton)->SetStock(sku, second ? "WH-WEST" : "WH-EAST", arguments.erp_stock);
      if (!stocked.ok()) return Fail(stocked);
    }
  }
  if (!arguments.webhook_url.empty()) {
    for (const char* topic : {"order.created", "order.updated"}) {
      const auto hook =
          (*woo)->AddWebhook(topic, absl::StrCat(arguments.webhook_url, "/", topic), arguments.webhook_secret);
      if (!hook.ok()) return Fail(hook.status());
    }
  }
  if (arguments.faults > 0) {
    FaultPlan plan = FaultPlan::Mixed(arguments.faults, arguments.seed);
    plan.d_max = std::chrono::milliseconds(arguments.d_max);
    const absl::Status valid = plan.Validate();
    if (!valid.ok()) return Fail(valid);
    (*woo)->SetFaults(plan);
    plan.seed += 1;
    (*tryton)->SetFaults(plan);
  }

  const Json ready =
      Json::Object({{"woo", Json::Object({{"url", (*woo)->url()},
                                          {"port", (*woo)->port()},
                                          {"version", woo_options.version},
                                          {"key", (*woo)->consumer_key()},
                                          {"secret", (*woo)->consumer_secret()},
                                          {"webhook_secret", arguments.webhook_secret}})},
                    {"tryton", Json::Object({{"url", (*tryton)->url()},
                                             {"port", (*tryton)->port()},
                                             {"database", (*tryton)->database()},
                                             {"user", (*tryton)->user()},
                                             {"password", (*tryton)->password()}})},
                    {"orders", Json::Object({{"eligible", Ids(orders->eligible)},
                                             {"ineligible", Ids(orders->ineligible)},
                                             {"unmapped", Ids(orders->unmapped)},
                                             {"irreconcilable", Ids(orders->irreconcilable)},
                                             {"refunded", Ids(orders->refunded)},
                                             {"two_warehouses", orders->two_warehouses},
                                             {"skus", Texts(orders->skus)},
                                             {"second_warehouse_skus", Texts(orders->second_warehouse_skus)}})},
                    {"d_max_ms", arguments.d_max}});
  std::cout << ready.Dump() << std::endl;

  // Whoever started this process holds its standard input: when that closes, so do we.
  char ignored[256];
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, ignored, sizeof ignored);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    break;
  }
  (*woo)->Stop();
  (*tryton)->Stop();
  return 0;
}
