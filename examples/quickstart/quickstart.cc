// Drives the main job and proves it from the servers' side: a store and an ERP on loopback, the syncing service as a
// process of its own (examples/storefront_erp), faults on both wires, two kill -9, then a count on both sides.
#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "examples/quickstart/erp.h"
#include "examples/quickstart/json.h"
#include "examples/quickstart/process.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/views.h"
#include "fairlead/testing/sandbox_woo.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string service;
  std::string data;
  std::string policy;
  std::string work = "build/quickstart";
  int orders = 120;
  std::uint64_t seed = 1;
  double faults = 0.08;
  int kills = 2;
  quickstart::RealTryton real;  // Empty URL: the sandbox ERP.
};

bool ParseOptions(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--service")
      options.service = value;
    else if (name == "--data")
      options.data = value;
    else if (name == "--policy")
      options.policy = value;
    else if (name == "--work")
      options.work = value;
    else if (name == "--orders")
      options.orders = std::max(20, std::atoi(value.c_str()));
    else if (name == "--seed")
      options.seed = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--faults")
      options.faults = std::atof(value.c_str());
    else if (name == "--kills")
      options.kills = std::atoi(value.c_str());
    else if (name == "--tryton-url")
      options.real.url = value;
    else if (name == "--tryton-database")
      options.real.database = value;
    else if (name == "--tryton-user")
      options.real.user = value;
    else if (name == "--tryton-password")
      options.real.password = value;
    else {
      std::cerr << "quickstart: unknown option " << name << "\n";
      return false;
    }
  }
  return !options.service.empty() && !options.data.empty() && !options.policy.empty();
}

void Say(const std::string& line) { std::cout << line << std::endl; }

// A line with the time since the start in front.
void Mark(Clock::time_point started, const std::string& line) {
  char seconds_text[16];
  std::snprintf(seconds_text, sizeof seconds_text, "%5.1f s  ",
                std::chrono::duration<double>(Clock::now() - started).count());
  Say(seconds_text + line);
}

bool WaitUntil(const std::string& what, seconds limit, const std::function<bool()>& done,
               const std::function<std::string()>& state) {
  const auto start = Clock::now();
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  std::string last;
  while (Clock::now() - start < limit) {
    if (done()) {
      if (terminal) std::cout << "\r\033[K";
      return true;
    }
    const std::string now = state();
    if (terminal && now != last) std::cout << "\r\033[K  " << what << ": " << now << std::flush;
    last = now;
    std::this_thread::sleep_for(milliseconds(100));
  }
  Say("  gave up waiting for " + what + ": " + state());
  return false;
}

// An order that is paid and sold, but whose stated total does not follow from its lines: the posting gate must hold it.
std::string HeldOrder(std::int64_t id, std::int64_t product, const std::string& sku) {
  std::ostringstream json;
  json
      << R"({"id":)" << id
      << R"(,"parent_id":0,"status":"processing","currency":"USD","version":"10.6.2","prices_include_tax":false,)"
      << R"("date_created":"2026-11-23T01:00:00","date_modified":"2026-11-23T01:00:00","date_created_gmt":"2026-11-23T09:00:00",)"
      << R"("date_modified_gmt":"2026-11-23T09:00:00","date_paid_gmt":"2026-11-23T09:00:00","date_completed_gmt":null,)"
      << R"("discount_total":"0.00","discount_tax":"0.00","shipping_total":"0.00","shipping_tax":"0.00","cart_tax":"0.00",)"
      << R"("total":"13.50","total_tax":"0.00","customer_id":0,"order_key":"wc_order_held)" << id << R"(","number":")"
      << id << R"(",)"
      << R"("billing":{"first_name":"Mara","last_name":"Keller","company":"","address_1":"4 Mill Lane","address_2":"","city":"Salem",)"
      << R"("state":"OR","postcode":"97301","country":"US","email":"mara.keller@mail.example.com","phone":""},)"
      << R"("shipping":{"first_name":"Mara","last_name":"Keller","company":"","address_1":"4 Mill Lane","address_2":"","city":"Salem",)"
      << R"("state":"OR","postcode":"97301","country":"US","phone":""},"payment_method":"bacs","payment_method_title":"Bank transfer",)"
      << R"("transaction_id":"","created_via":"checkout","customer_note":"","cart_hash":"","meta_data":[],)"
      << R"("line_items":[{"id":)" << id * 10 << R"(,"name":"Explained difference","product_id":)" << product
      << R"(,"variation_id":0,"quantity":1,"tax_class":"","subtotal":"12.00","subtotal_tax":"0.00","total":"12.00","total_tax":"0.00",)"
      << R"("taxes":[],"meta_data":[],"sku":")" << sku
      << R"(","price":12}],"tax_lines":[],"shipping_lines":[],"fee_lines":[],)"
      << R"("coupon_lines":[],"refunds":[]})";
  return json.str();
}

struct StoreOrder {
  std::int64_t id = 0;
  std::string number;
  std::string status;
  std::string total;
};

// Every order of the store as the store itself counts it. Number and total never change here once an order is placed.
std::vector<StoreOrder> StoreOrders(fairlead::testing::SandboxWoo& woo) {
  static auto* const placed = new std::map<std::string, StoreOrder>;
  std::vector<StoreOrder> orders;
  const quickstart::Json state = quickstart::Json::Parse(woo.StateJson())["orders"];
  for (const std::string& id : state.names()) {
    auto found = placed->find(id);
    if (found == placed->end()) {
      const std::int64_t number = std::strtoll(id.c_str(), nullptr, 10);
      const auto json = woo.Get("orders", number);
      if (!json.ok()) continue;
      const quickstart::Json order = quickstart::Json::Parse(*json);
      found = placed->emplace(id, StoreOrder{number, order["number"].text(), "", order["total"].text()}).first;
    }
    orders.push_back(found->second);
    orders.back().status = state[id.c_str()]["status"].text();
  }
  return orders;
}

// The SKUs of the captured catalogue, variations included.
std::vector<std::string> CapturedSkus(const std::string& data) {
  std::set<std::string> skus;
  for (const char* file : {"products-p1", "products-p2", "variations-p1"}) {
    std::ifstream in(data + "/woocommerce-10.6.2/lists/" + file + ".json");
    std::ostringstream text;
    text << in.rdbuf();
    const quickstart::Json page = quickstart::Json::Parse(text.str());
    for (const quickstart::Json& item : page.items()) {
      if (!item["sku"].text().empty()) skus.insert(item["sku"].text());
    }
  }
  return {skus.begin(), skus.end()};
}

std::string LastLine(const std::string& path) {
  std::ifstream in(path);
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.front() == '{') last = line;
  }
  return last;
}

bool IsEligible(const StoreOrder& order) { return order.status == "processing" || order.status == "completed"; }

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, options)) {
    std::cerr << "usage: quickstart --service PROGRAM --data FOLDER --policy FILE [--work FOLDER] [--orders N] [--seed "
                 "S] [--faults RATE]\n";
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const auto started = Clock::now();
  const std::string db = options.work + "/fairlead.db";
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::remove((db + suffix).c_str());

  // --- The two systems.
  fairlead::testing::SandboxWooOptions woo_options;
  woo_options.captured_data = options.data;
  auto woo = fairlead::testing::SandboxWoo::Start(woo_options);
  if (!woo.ok()) {
    std::cerr << "quickstart: the store did not start: " << woo.status().message() << "\n";
    return 1;
  }
  auto erp = quickstart::Erp::Start(options.real);
  if (!erp.ok()) {
    std::cerr << "quickstart: the ERP did not start: " << erp.status().message() << "\n";
    return 1;
  }
  Say("store  WooCommerce sandbox with the captured catalogue, customers and orders   " + (*woo)->url());
  Say("erp    " + (*erp)->Describe());

  auto generated = (*woo)->GenerateOrders(options.orders / 2, options.seed);
  if (!generated.ok()) {
    std::cerr << "quickstart: " << generated.status().message() << "\n";
    return 1;
  }
  // The demonstration items: one whose difference is explained, one that somebody will change by hand.
  const auto explained = (*woo)->AddProduct(
      R"({"name":"Explained difference","type":"simple","sku":"FL-120","regular_price":"12.00","manage_stock":true,"stock_quantity":117})");
  const auto drifting = (*woo)->AddProduct(
      R"({"name":"Changed by hand","type":"simple","sku":"FL-DRIFT","regular_price":"5.00","manage_stock":true,"stock_quantity":50})");
  if (!explained.ok() || !drifting.ok()) {
    std::cerr << "quickstart: could not add the demonstration items\n";
    return 1;
  }
  for (std::int64_t id = 900001; id <= 900003; ++id) {
    if (const auto added = (*woo)->AddOrder(HeldOrder(id, *explained, "FL-120")); !added.ok()) {
      std::cerr << "quickstart: " << added.status().message() << "\n";
      return 1;
    }
  }
  absl::Status seeded = (*erp)->AddItems(CapturedSkus(options.data), {}, 900);
  if (seeded.ok()) seeded = (*erp)->AddItems(generated->skus, generated->second_warehouse_skus, 900);
  if (seeded.ok()) seeded = (*erp)->AddItems({"FL-120"}, {}, 120);
  if (seeded.ok()) seeded = (*erp)->AddItems({"FL-DRIFT"}, {}, 50);
  if (!seeded.ok()) {
    std::cerr << "quickstart: seeding the ERP: " << seeded.message() << "\n";
    return 1;
  }

  // --- Faults on both wires, webhooks that come twice, late, or not at all.
  fairlead::testing::FaultPlan plan = fairlead::testing::FaultPlan::Mixed(options.faults, options.seed);
  plan.webhook_drop = 0.1;
  plan.webhook_duplicate = 0.2;
  plan.webhook_reorder = 0.2;
  (*woo)->SetFaults(plan);
  plan.seed = options.seed + 1000;
  (*erp)->SetFaults(plan);
  const int webhook_port = quickstart::FreePort();
  const std::string secret = "whsec-of-this-run";
  for (const std::string topic :
       {"order.created", "order.updated", "product.updated", "customer.created", "customer.updated"}) {
    (void)(*woo)->AddWebhook(topic, "http://127.0.0.1:" + std::to_string(webhook_port) + "/webhooks/" + topic, secret);
  }

  // A real ERP answers in tenths of a second and is kept busy by each round of polling.
  const bool real = !options.real.url.empty();
  const int patience = real ? 3 : 1;
  std::vector<std::string> command = {options.service,
                                      "--woo-url",
                                      (*woo)->url(),
                                      "--woo-key",
                                      (*woo)->consumer_key(),
                                      "--woo-secret",
                                      (*woo)->consumer_secret(),
                                      "--webhook-secret",
                                      secret,
                                      "--policy",
                                      options.policy,
                                      "--store",
                                      db,
                                      "--d-max-ms",
                                      "200",
                                      "--timeout-ms",
                                      real ? "10000" : "2000",
                                      "--poll-ms",
                                      real ? "5000" : "1000",
                                      "--idle-ms",
                                      "20",
                                      "--max-writes-per-hour",
                                      "0",
                                      "--adopt-before-unix",
                                      "0"};
  for (const std::string& argument : (*erp)->ServiceArguments()) command.push_back(argument);
  std::vector<std::string> serving = command;
  serving.insert(serving.end(), {"--webhook-port", std::to_string(webhook_port)});

  const auto eligible_count = [&] {
    const auto orders = StoreOrders(**woo);
    return static_cast<std::size_t>(std::count_if(orders.begin(), orders.end(), IsEligible));
  };
  const auto posted_count = [&] { return (*erp)->Sales().size(); };

  // --- Sync, die twice, sync on.
  Mark(started, "sync   " + std::to_string(eligible_count()) + " eligible orders at first; " +
                    std::to_string(options.orders - options.orders / 2) + " more arrive while it runs; faults on " +
                    std::to_string(static_cast<int>(options.faults * 100)) + " % of requests");
  quickstart::Process service(serving, options.work + "/service.log");
  int kills = 0;
  bool more_orders = false;
  for (int i = 1; i <= options.kills; ++i) {
    const std::size_t goal =
        eligible_count() * static_cast<std::size_t>(i) / static_cast<std::size_t>(options.kills + 1);
    WaitUntil(
        "posting", seconds(90 * patience), [&] { return posted_count() >= goal || !service.Running(); },
        [&] { return std::to_string(posted_count()) + " of " + std::to_string(eligible_count()); });
    service.Kill();
    ++kills;
    Mark(started, "kill   -9 after " + std::to_string(posted_count()) + " sales; a new process takes over");
    if (!more_orders) {
      more_orders = true;
      auto late = (*woo)->GenerateOrders(options.orders - options.orders / 2, options.seed + 7);
      if (!late.ok()) return 1;
      (void)(*erp)->AddItems(late->skus, late->second_warehouse_skus, 900);
      // Generated orders carry times of the past; one that arrives now is modified now, and its webhook goes out.
      for (const auto* ids : {&late->eligible, &late->ineligible, &late->unmapped, &late->irreconcilable}) {
        for (const std::int64_t id : *ids)
          (void)(*woo)->EditOrder(id, R"({"customer_note":"placed while the service runs"})");
      }
    }
    service.Start();
  }

  // --- Settled when every eligible order is verified in the ERP or held with a reason.
  const auto held = [&]() -> std::vector<fairlead::sync::HeldItem> {
    fairlead::SqliteOptions read_only;
    read_only.read_only = true;
    read_only.quick_check = false;
    auto store = fairlead::OpenSqlite(db, read_only);
    if (!store.ok()) return {};
    auto items = fairlead::sync::ListHeld(**store, "acme");
    return items.ok() ? *items : std::vector<fairlead::sync::HeldItem>{};
  };
  struct Account {
    std::size_t eligible = 0, verified = 0, parked = 0, lost = 0, duplicated = 0;
    std::vector<std::string> missing;
  };
  const auto account = [&] {
    Account result;
    const auto sales = (*erp)->Sales();
    std::set<std::string> held_numbers;
    for (const auto& item : held()) {
      if (!item.owner.empty() && !item.reason.empty()) held_numbers.insert(item.label);
    }
    for (const StoreOrder& order : StoreOrders(**woo)) {
      if (!IsEligible(order)) continue;
      ++result.eligible;
      const auto found = sales.find("WEB-" + order.number);
      const std::size_t copies = found == sales.end() ? 0 : found->second.count;
      if (copies > 1) result.duplicated += copies - 1;
      if (copies >= 1 && found->second.processed && found->second.total_matches(order.total)) {
        ++result.verified;
      } else if (held_numbers.count(order.number) != 0) {
        ++result.parked;
      } else {
        ++result.lost;
        result.missing.push_back(order.number);
      }
    }
    return result;
  };
  Account now;
  const bool settled = WaitUntil(
      "settling", seconds(120 * patience),
      [&] {
        now = account();
        return now.lost == 0;
      },
      [&] {
        return std::to_string(now.verified) + " verified, " + std::to_string(now.parked) + " held, " +
               std::to_string(now.lost) + " to go";
      });

  Mark(started, "settled: " + std::to_string(now.verified) + " verified, " + std::to_string(now.parked) + " held");

  // --- The warehouses ship; tracking must come back. One order leaves from two warehouses.
  const auto shipped = (*erp)->Ship(*generated, 24);
  std::size_t tracked = 0;
  std::size_t wanted = 0;
  for (const auto& shipment : shipped) wanted += shipment.tracking.size();
  const auto count_tracked = [&] {
    tracked = 0;
    for (const auto& shipment : shipped) {
      const auto order = (*woo)->Get("orders", shipment.order_id);
      if (!order.ok()) continue;
      for (const std::string& number : shipment.tracking) tracked += order->find(number) != std::string::npos ? 1 : 0;
    }
    return tracked;
  };
  const bool all_tracked = WaitUntil(
      "tracking", seconds(60 * patience), [&] { return count_tracked() == wanted; },
      [&] { return std::to_string(tracked) + " of " + std::to_string(wanted); });
  const bool two_warehouses =
      std::any_of(shipped.begin(), shipped.end(), [](const auto& s) { return s.tracking.size() >= 2; });

  Mark(started, "shipped: tracking of " + std::to_string(tracked) + " parcels is in the store");

  // --- Stock: wait until the store shows what the ERP can sell, then somebody changes one number by hand.
  const auto store_stock = [&](std::int64_t product) {
    const auto json = (*woo)->Get("products", product);
    return json.ok() ? quickstart::Json::Parse(*json)["stock_quantity"].text() : std::string();
  };
  // Still: no write waits, and a whole round of polling began and ended after the last one, so both sides were read.
  const auto waiting = [&]() -> std::size_t {
    fairlead::SqliteOptions read_only;
    read_only.read_only = true;
    read_only.quick_check = false;
    auto store = fairlead::OpenSqlite(db, read_only);
    if (!store.ok()) return 1;
    auto tx = (*store)->Read();
    fairlead::IntentFilter filter;
    filter.states = {fairlead::IntentState::kReady, fairlead::IntentState::kLeased, fairlead::IntentState::kSending,
                     fairlead::IntentState::kUnknown, fairlead::IntentState::kVerifying};
    auto intents = tx.ok() ? (*tx)->ListIntents(filter) : tx.status();
    return intents.ok() ? intents->size() : 1;
  };
  std::int64_t written = -1;
  std::int64_t since_round = 0;
  std::string note;
  const bool stocked = WaitUntil(
      "stock", seconds(120 * patience),
      [&] {
        const quickstart::Json line = quickstart::Json::Parse(LastLine(options.work + "/service.log"));
        if (line["written"].integer() != written) since_round = line["rounds"].integer();
        written = line["written"].integer();
        note = std::to_string(written) + " writes";
        return line["rounds"].integer() >= since_round + 2 && waiting() == 0 && store_stock(*explained) == "117" &&
               store_stock(*drifting) == "50";
      },
      [&] { return note; });
  Mark(started, "stock:  the store shows what the ERP can sell; now somebody changes one number by hand");
  service.Stop();
  (*woo)->SetFaults({});
  (*erp)->SetFaults({});
  (void)(*woo)->SetStock("FL-DRIFT", 41);
  std::vector<std::string> audit_command = command;
  audit_command.insert(audit_command.end(), {"--audit", "inventory"});
  const std::string findings = quickstart::RunForOutput(audit_command, options.work + "/audit.log");
  std::ofstream(options.work + "/audit.jsonl") << findings;
  std::size_t drift_explained = 0;
  std::size_t drift_found = 0;
  std::string explained_text;
  std::string drift_text;
  std::istringstream lines(findings);
  for (std::string line; std::getline(lines, line);) {
    const quickstart::Json finding = quickstart::Json::Parse(line);
    const std::string kind = finding["class"].text();
    if (kind == "EXPLAINED") ++drift_explained;
    if (kind == "DRIFT") ++drift_found;
    if (finding["sku"].text() == "FL-120") explained_text = finding["text"].text();
    if (finding["sku"].text() == "FL-DRIFT") drift_text = finding["text"].text();
  }

  // --- The count, from the servers' side.
  now = account();
  std::size_t unexpected = 0;
  {
    std::set<std::string> eligible;
    for (const StoreOrder& order : StoreOrders(**woo)) {
      if (IsEligible(order)) eligible.insert("WEB-" + order.number);
    }
    for (const auto& [reference, sale] : (*erp)->Sales()) unexpected += eligible.count(reference) == 0 ? 1 : 0;
  }
  const auto total_faults = (*woo)->Faults().Total() + (*erp)->Faults();
  const double elapsed = std::chrono::duration<double>(Clock::now() - started).count();
  std::map<std::string, int> reasons;
  for (const auto& item : held()) ++reasons[item.reason + "  (owner " + item.owner + ", runbook " + item.runbook + ")"];
  Say("");
  Say("orders eligible in the store            " + std::to_string(now.eligible));
  Say("  posted once, processed, total equal   " + std::to_string(now.verified));
  Say("  held for a person                     " + std::to_string(now.parked));
  Say("  lost                                  " + std::to_string(now.lost));
  Say("  duplicated                            " + std::to_string(now.duplicated));
  Say("ineligible orders posted                " + std::to_string(unexpected));
  Say("shipments with tracking in the store    " + std::to_string(tracked) + " of " + std::to_string(wanted) +
      (two_warehouses ? " (one order from two warehouses)" : ""));
  Say("stock of FL-120                         " + (explained_text.empty() ? "not reported" : explained_text));
  Say("stock of FL-DRIFT                       " + (drift_text.empty() ? "not reported" : drift_text));
  Say("faults injected                         " + std::to_string(total_faults) + ", kills " + std::to_string(kills));
  Say("held, by reason");
  for (const auto& [reason, count] : reasons) Say("  " + std::to_string(count) + "  " + reason);
  for (const std::string& number : now.missing) Say("  LOST order " + number);
  std::ofstream summary(options.work + "/summary.json");
  summary << "{\"orders_eligible\": " << now.eligible << ", \"orders_posted_verified\": " << now.verified
          << ", \"orders_parked\": " << now.parked << ", \"lost\": " << now.lost
          << ", \"duplicated\": " << now.duplicated << ", \"faults_injected\": " << total_faults
          << ", \"kills\": " << kills << ", \"drift_explained\": " << drift_explained
          << ", \"drift_found\": " << drift_found << ", \"tracking\": " << tracked << ", \"seconds\": " << elapsed
          << "}\n";
  summary.close();

  const bool good = settled && all_tracked && two_warehouses && stocked && now.lost == 0 && now.duplicated == 0 &&
                    now.verified > 0 && unexpected == 0 && explained_text.find("120") != std::string::npos &&
                    !drift_text.empty() && drift_found == 1;
  Say(good ? "PROVED in " + std::to_string(static_cast<int>(elapsed)) + " s; " + options.work + "/summary.json"
           : "NOT PROVED: see the lines above and " + options.work + "/service.log");
  return good ? 0 : 1;
}
