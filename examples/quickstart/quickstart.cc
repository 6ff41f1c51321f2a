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
#include "examples/quickstart/store_side.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/views.h"
#include "fairlead/testing/sandbox_woo.h"

namespace {

using quickstart::CapturedSkus;
using quickstart::HeldOrder;
using quickstart::IsEligible;
using quickstart::StoreOrder;
using quickstart::StoreOrders;
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
  int timeout_ms = 0;           // Of the service's requests; 0: what suits the ERP.
  int lease_ms = 0;             // 0: the service's own.
  int threads = 4;              // That send.
  int settle_s = 0;             // Given up after; 0: what suits the ERP.
  bool orders_only = false;     // No shipments, no stock.
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
    else if (name == "--timeout-ms")
      options.timeout_ms = std::atoi(value.c_str());
    else if (name == "--lease-ms")
      options.lease_ms = std::atoi(value.c_str());
    else if (name == "--threads")
      options.threads = std::atoi(value.c_str());
    else if (name == "--settle-s")
      options.settle_s = std::atoi(value.c_str());
    else if (name == "--orders-only")
      options.orders_only = value == "yes";
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

std::string LastLine(const std::string& path) {
  std::ifstream in(path);
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.front() == '{') last = line;
  }
  return last;
}

// --- The run, in the order of its steps. Each says what it did; what was proved is counted at the end.
class Run {
 public:
  explicit Run(Options options) : options_(std::move(options)), db_(options_.work + "/fairlead.db") {}

  absl::Status Prepare();
  void SyncAndKill();
  void Settle();
  void ShipAndTrack();
  void LevelStock();
  void Audit();
  bool Report();

 private:
  struct Account {
    std::size_t eligible = 0, verified = 0, parked = 0, lost = 0, duplicated = 0, unexpected = 0;
    std::vector<std::string> missing;
  };

  absl::Status AddDemonstrationItems();
  void AddFaults();
  std::vector<std::string> ServiceCommand();
  std::size_t EligibleCount();
  // Orders that come while the service runs.
  void PlaceMore();
  // What the service's ledger says, read beside it.
  std::unique_ptr<fairlead::Store> Ledger() const;
  std::vector<fairlead::sync::HeldItem> Held() const;
  std::size_t WritesThatWait() const;
  // From the servers' side; the ledger is asked only for the reason of what is held.
  Account Count();
  std::string StockInStore(std::int64_t product);
  int Patience() const { return options_.real.url.empty() ? 1 : 3; }

  const Options options_;
  const std::string db_;
  const Clock::time_point started_ = Clock::now();
  std::unique_ptr<fairlead::testing::SandboxWoo> woo_;
  std::unique_ptr<quickstart::Erp> erp_;
  fairlead::testing::SandboxOrderSet generated_;
  std::int64_t explained_ = 0;  // The item whose difference is explained,
  std::int64_t drifting_ = 0;   // and the one that somebody changes by hand.
  const int webhook_port_ = quickstart::FreePort();
  const std::string webhook_secret_ = "whsec-of-this-run";
  std::unique_ptr<quickstart::Process> service_;
  int kills_ = 0;
  bool settled_ = false;
  std::size_t tracked_ = 0;
  std::size_t parcels_ = 0;
  bool two_warehouses_ = false;
  bool stocked_ = false;
  std::size_t drift_explained_ = 0;
  std::size_t drift_found_ = 0;
  std::string explained_text_;
  std::string drift_text_;
};

absl::Status Run::Prepare() {
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::remove((db_ + suffix).c_str());
  fairlead::testing::SandboxWooOptions woo_options;
  woo_options.captured_data = options_.data;
  FAIRLEAD_ASSIGN_OR_RETURN(woo_, fairlead::testing::SandboxWoo::Start(woo_options));
  FAIRLEAD_ASSIGN_OR_RETURN(erp_, quickstart::Erp::Start(options_.real));
  Say("store  WooCommerce sandbox with the captured catalogue, customers and orders   " + woo_->url());
  Say("erp    " + erp_->Describe());
  FAIRLEAD_ASSIGN_OR_RETURN(generated_, woo_->GenerateOrders(options_.orders / 2, options_.seed));
  FAIRLEAD_RETURN_IF_ERROR(AddDemonstrationItems());
  FAIRLEAD_RETURN_IF_ERROR(erp_->AddItems(CapturedSkus(options_.data), {}, 900));
  FAIRLEAD_RETURN_IF_ERROR(erp_->AddItems(generated_.skus, generated_.second_warehouse_skus, 900));
  FAIRLEAD_RETURN_IF_ERROR(erp_->AddItems({"FL-120"}, {}, 120));
  FAIRLEAD_RETURN_IF_ERROR(erp_->AddItems({"FL-DRIFT"}, {}, 50));
  AddFaults();
  return absl::OkStatus();
}

absl::Status Run::AddDemonstrationItems() {
  FAIRLEAD_ASSIGN_OR_RETURN(
      explained_,
      woo_->AddProduct(
          R"({"name":"Explained difference","type":"simple","sku":"FL-120","regular_price":"12.00","manage_stock":true,"stock_quantity":117})"));
  FAIRLEAD_ASSIGN_OR_RETURN(
      drifting_,
      woo_->AddProduct(
          R"({"name":"Changed by hand","type":"simple","sku":"FL-DRIFT","regular_price":"5.00","manage_stock":true,"stock_quantity":50})"));
  for (std::int64_t id = 900001; id <= 900003; ++id)
    FAIRLEAD_RETURN_IF_ERROR(woo_->AddOrder(HeldOrder(id, explained_, "FL-120")).status());
  return absl::OkStatus();
}

// On both wires; webhooks come twice, late, or not at all.
void Run::AddFaults() {
  fairlead::testing::FaultPlan plan = fairlead::testing::FaultPlan::Mixed(options_.faults, options_.seed);
  plan.webhook_drop = 0.1;
  plan.webhook_duplicate = 0.2;
  plan.webhook_reorder = 0.2;
  woo_->SetFaults(plan);
  plan.seed = options_.seed + 1000;
  erp_->SetFaults(plan);
  for (const std::string topic :
       {"order.created", "order.updated", "product.updated", "customer.created", "customer.updated"}) {
    (void)woo_->AddWebhook(topic, "http://127.0.0.1:" + std::to_string(webhook_port_) + "/webhooks/" + topic,
                           webhook_secret_);
  }
}

std::vector<std::string> Run::ServiceCommand() {
  // A real ERP answers in tenths of a second and is kept busy by each round of polling.
  const bool real = !options_.real.url.empty();
  const int timeout_ms = options_.timeout_ms != 0 ? options_.timeout_ms : real ? 5'000 : 2'000;
  // clang-format off
  std::vector<std::string> command = {options_.service,
      "--woo-url", woo_->url(), "--woo-key", woo_->consumer_key(), "--woo-secret", woo_->consumer_secret(),
      "--webhook-secret", webhook_secret_, "--policy", options_.policy, "--store", db_, "--d-max-ms", "200",
      "--timeout-ms", std::to_string(timeout_ms), "--poll-ms", real ? "10000" : "1000", "--idle-ms", "20",
      "--max-writes-per-hour", "0", "--delivery-threads", std::to_string(options_.threads), "--adopt-before-unix", "0"};
  // clang-format on
  if (options_.lease_ms != 0) command.insert(command.end(), {"--lease-ms", std::to_string(options_.lease_ms)});
  for (const std::string& argument : erp_->ServiceArguments()) command.push_back(argument);
  return command;
}

std::size_t Run::EligibleCount() {
  const auto orders = StoreOrders(*woo_);
  return static_cast<std::size_t>(std::count_if(orders.begin(), orders.end(), IsEligible));
}

void Run::PlaceMore() {
  const auto late = woo_->GenerateOrders(options_.orders - options_.orders / 2, options_.seed + 7);
  if (!late.ok()) return;
  (void)erp_->AddItems(late->skus, late->second_warehouse_skus, 900);
  // Generated orders carry times of the past; one that arrives now is modified now, and its webhook goes out.
  for (const auto* ids : {&late->eligible, &late->ineligible, &late->unmapped, &late->irreconcilable}) {
    for (const std::int64_t id : *ids)
      (void)woo_->EditOrder(id, R"({"customer_note":"placed while the service runs"})");
  }
}

void Run::SyncAndKill() {
  Mark(started_, "sync   " + std::to_string(EligibleCount()) + " eligible orders at first; " +
                     std::to_string(options_.orders - options_.orders / 2) + " more arrive while it runs; faults on " +
                     std::to_string(static_cast<int>(options_.faults * 100)) + " % of requests");
  std::vector<std::string> serving = ServiceCommand();
  serving.insert(serving.end(), {"--webhook-port", std::to_string(webhook_port_)});
  service_ = std::make_unique<quickstart::Process>(serving, options_.work + "/service.log");
  const auto posted = [&] { return erp_->Sales().size(); };
  if (options_.kills == 0) PlaceMore();
  while (kills_ < options_.kills) {
    const std::size_t goal =
        EligibleCount() * static_cast<std::size_t>(kills_ + 1) / static_cast<std::size_t>(options_.kills + 1);
    WaitUntil(
        "posting", seconds(90 * Patience()), [&] { return posted() >= goal || !service_->Running(); },
        [&] { return std::to_string(posted()) + " of " + std::to_string(EligibleCount()); });
    service_->Kill();
    ++kills_;
    Mark(started_, "kill   -9 after " + std::to_string(posted()) + " sales; a new process takes over");
    if (kills_ == 1) PlaceMore();
    service_->Start();
  }
}

std::unique_ptr<fairlead::Store> Run::Ledger() const {
  fairlead::SqliteOptions read_only;
  read_only.read_only = true;
  read_only.quick_check = false;
  auto store = fairlead::OpenSqlite(db_, read_only);
  return store.ok() ? *std::move(store) : nullptr;
}

std::vector<fairlead::sync::HeldItem> Run::Held() const {
  const auto store = Ledger();
  if (store == nullptr) return {};
  auto items = fairlead::sync::ListHeld(*store, "acme");
  return items.ok() ? *std::move(items) : std::vector<fairlead::sync::HeldItem>{};
}

std::size_t Run::WritesThatWait() const {
  const auto store = Ledger();
  if (store == nullptr) return 1;
  const auto tx = store->Read();
  if (!tx.ok()) return 1;
  fairlead::IntentFilter filter;
  filter.states = {fairlead::IntentState::kReady, fairlead::IntentState::kLeased, fairlead::IntentState::kSending,
                   fairlead::IntentState::kUnknown, fairlead::IntentState::kVerifying};
  const auto intents = (*tx)->ListIntents(filter);
  return intents.ok() ? intents->size() : 1;
}

Run::Account Run::Count() {
  Account result;
  const auto sales = erp_->Sales();
  std::set<std::string> held_numbers;
  for (const auto& item : Held()) {
    if (!item.owner.empty() && !item.reason.empty()) held_numbers.insert(item.label);
  }
  std::set<std::string> eligible;
  for (const StoreOrder& order : StoreOrders(*woo_)) {
    if (!IsEligible(order)) continue;
    ++result.eligible;
    eligible.insert("WEB-" + order.number);
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
  for (const auto& [reference, sale] : sales) result.unexpected += eligible.count(reference) == 0 ? 1 : 0;
  return result;
}

// Settled: every eligible order is verified in the ERP, or held with a reason and an owner.
void Run::Settle() {
  Account now;
  Clock::time_point busy = Clock::now();
  settled_ = WaitUntil(
      "settling", seconds(options_.settle_s != 0 ? options_.settle_s : 120 * Patience()),
      [&] {
        now = Count();
        if (!options_.orders_only) return now.lost == 0;
        // Whatever is lost by then stays lost: everything was read more than once, and no write has waited for longer
        // than a worker of this run can be held up.
        if (WritesThatWait() != 0) busy = Clock::now();
        const auto rounds = quickstart::Json::Parse(LastLine(options_.work + "/service.log"))["rounds"].integer();
        return (now.lost == 0 || rounds >= 4) && Clock::now() - busy > seconds(5);
      },
      [&] {
        return std::to_string(now.verified) + " verified, " + std::to_string(now.parked) + " held, " +
               std::to_string(now.lost) + " to go";
      });
  Mark(started_, "settled: " + std::to_string(now.verified) + " verified, " + std::to_string(now.parked) + " held");
}

// The warehouses ship; tracking must come back. One order leaves from two warehouses.
void Run::ShipAndTrack() {
  const auto shipped = erp_->Ship(generated_, 24);
  for (const auto& shipment : shipped) {
    parcels_ += shipment.tracking.size();
    two_warehouses_ = two_warehouses_ || shipment.tracking.size() >= 2;
  }
  WaitUntil(
      "tracking", seconds(60 * Patience()),
      [&] {
        tracked_ = 0;
        for (const auto& shipment : shipped) {
          const auto order = woo_->Get("orders", shipment.order_id);
          if (!order.ok()) continue;
          for (const std::string& number : shipment.tracking)
            tracked_ += order->find(number) != std::string::npos ? 1 : 0;
        }
        return tracked_ == parcels_;
      },
      [&] { return std::to_string(tracked_) + " of " + std::to_string(parcels_); });
  Mark(started_, "shipped: tracking of " + std::to_string(tracked_) + " parcels is in the store");
}

std::string Run::StockInStore(std::int64_t product) {
  const auto json = woo_->Get("products", product);
  return json.ok() ? quickstart::Json::Parse(*json)["stock_quantity"].text() : std::string();
}

// Until the store shows what the ERP can sell and nothing moves: no write waits, and a whole round of polling began and
// ended after the last one, so both sides were read.
void Run::LevelStock() {
  std::int64_t written = -1;
  std::int64_t since_round = 0;
  stocked_ = WaitUntil(
      "stock", seconds(120 * Patience()),
      [&] {
        const quickstart::Json line = quickstart::Json::Parse(LastLine(options_.work + "/service.log"));
        if (line["written"].integer() != written) since_round = line["rounds"].integer();
        written = line["written"].integer();
        return line["rounds"].integer() >= since_round + 2 && WritesThatWait() == 0 &&
               StockInStore(explained_) == "117" && StockInStore(drifting_) == "50";
      },
      [&] { return std::to_string(written) + " writes"; });
  Mark(started_, "stock:  the store shows what the ERP can sell; now somebody changes one number by hand");
}

void Run::Audit() {
  service_->Stop();
  woo_->SetFaults({});
  erp_->SetFaults({});
  if (options_.orders_only) return;
  (void)woo_->SetStock("FL-DRIFT", 41);
  std::vector<std::string> command = ServiceCommand();
  command.insert(command.end(), {"--audit", "inventory"});
  const std::string findings = quickstart::RunForOutput(command, options_.work + "/audit.log");
  std::ofstream(options_.work + "/audit.jsonl") << findings;
  std::istringstream lines(findings);
  for (std::string line; std::getline(lines, line);) {
    const quickstart::Json finding = quickstart::Json::Parse(line);
    const std::string kind = finding["class"].text();
    if (kind == "EXPLAINED") ++drift_explained_;
    if (kind == "DRIFT") ++drift_found_;
    if (finding["sku"].text() == "FL-120") explained_text_ = finding["text"].text();
    if (finding["sku"].text() == "FL-DRIFT") drift_text_ = finding["text"].text();
  }
}

bool Run::Report() {
  const Account now = Count();
  const auto faults = woo_->Faults().Total() + erp_->Faults();
  const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
  std::map<std::string, int> reasons;
  for (const auto& item : Held()) ++reasons[item.reason + "  (owner " + item.owner + ", runbook " + item.runbook + ")"];
  Say("");
  Say("orders eligible in the store            " + std::to_string(now.eligible));
  Say("  posted once, processed, total equal   " + std::to_string(now.verified));
  Say("  held for a person                     " + std::to_string(now.parked));
  Say("  lost                                  " + std::to_string(now.lost));
  Say("  duplicated                            " + std::to_string(now.duplicated));
  Say("ineligible orders posted                " + std::to_string(now.unexpected));
  if (!options_.orders_only) {
    Say("shipments with tracking in the store    " + std::to_string(tracked_) + " of " + std::to_string(parcels_) +
        (two_warehouses_ ? " (one order from two warehouses)" : ""));
    Say("stock of FL-120                         " + (explained_text_.empty() ? "not reported" : explained_text_));
    Say("stock of FL-DRIFT                       " + (drift_text_.empty() ? "not reported" : drift_text_));
  }
  Say("faults injected                         " + std::to_string(faults) + ", kills " + std::to_string(kills_));
  Say("held, by reason");
  for (const auto& [reason, count] : reasons) Say("  " + std::to_string(count) + "  " + reason);
  for (const std::string& number : now.missing) Say("  LOST order " + number);
  std::ofstream(options_.work + "/summary.json")
      << "{\"orders_eligible\": " << now.eligible << ", \"orders_posted_verified\": " << now.verified
      << ", \"orders_parked\": " << now.parked << ", \"lost\": " << now.lost << ", \"duplicated\": " << now.duplicated
      << ", \"faults_injected\": " << faults << ", \"kills\": " << kills_
      << ", \"drift_explained\": " << drift_explained_ << ", \"drift_found\": " << drift_found_
      << ", \"tracking\": " << tracked_ << ", \"seconds\": " << elapsed << "}\n";

  const bool orders_good = settled_ && now.lost == 0 && now.duplicated == 0 && now.verified > 0 && now.unexpected == 0;
  const bool rest_good =
      options_.orders_only || (tracked_ == parcels_ && two_warehouses_ && stocked_ && drift_found_ == 1 &&
                               !drift_text_.empty() && explained_text_.find("120") != std::string::npos);
  const bool good = orders_good && rest_good;
  Say(good ? "PROVED in " + std::to_string(static_cast<int>(elapsed)) + " s; " + options_.work + "/summary.json"
           : "NOT PROVED: see the lines above and " + options_.work + "/service.log");
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, options)) {
    std::cerr << "usage: quickstart --service PROGRAM --data FOLDER --policy FILE [--work FOLDER] [--orders N] [--seed "
                 "S] [--faults RATE]\n";
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  Run run(options);
  if (const absl::Status ready = run.Prepare(); !ready.ok()) {
    std::cerr << "quickstart: " << ready.message() << "\n";
    return 1;
  }
  run.SyncAndKill();
  run.Settle();
  if (!options.orders_only) {
    run.ShipAndTrack();
    run.LevelStock();
  }
  run.Audit();
  return run.Report() ? 0 : 1;
}
