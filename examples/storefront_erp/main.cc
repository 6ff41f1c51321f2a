// A service that keeps a WooCommerce store and a Tryton ERP in agreement: the template that a team copies and cuts to
// its own systems. Everything that is Fairlead's is in Run(); the rest is flags and an HTTP endpoint for webhooks.
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/drift/audit.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/policy/compiled_policy.h"
#ifdef STOREFRONT_ERP_POSTGRES
#include "fairlead/store_postgres/postgres_store.h"
#endif
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/engine.h"
#include "fairlead/sync/runner.h"

namespace {

using std::chrono::milliseconds;

using Flags = std::map<std::string, std::string>;

// --name value pairs; a name without a value is an error that says so.
bool ParseFlags(int argc, char** argv, Flags& flags) {
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (name.rfind("--", 0) != 0 || i + 1 >= argc) {
      std::cerr << "storefront_erp: expected --name value, got '" << name << "'\n";
      return false;
    }
    flags[name.substr(2)] = argv[i + 1];
  }
  return true;
}

std::string Get(const Flags& flags, const std::string& name, const std::string& fallback = "") {
  const auto found = flags.find(name);
  return found == flags.end() ? fallback : found->second;
}

std::atomic<bool> stop_requested{false};

fairlead::WooOptions StoreOptions(const Flags& flags, milliseconds d_max) {
  fairlead::WooOptions options;
  options.base_url = Get(flags, "woo-url");
  options.credentials = [key = Get(flags, "woo-key"), secret = Get(flags, "woo-secret")] {
    return fairlead::WooCredentials{key, fairlead::Secret(secret)};
  };
  options.webhook_secrets = {fairlead::Secret(Get(flags, "webhook-secret", "not-set"))};
  options.currency = Get(flags, "currency", "USD");
  options.d_max = d_max;
  return options;
}

fairlead::TrytonOptions ErpOptions(const Flags& flags, milliseconds d_max) {
  fairlead::TrytonOptions options;
  options.base_url = Get(flags, "tryton-url");
  options.database = Get(flags, "tryton-database", "erp");
  options.user = Get(flags, "tryton-user", "admin");
  options.password = [password = Get(flags, "tryton-password")] { return fairlead::Secret(password); };
  options.warehouses = {{"WH-EAST", "WH-EAST"}, {"WH-WEST", "WH-WEST"}};
  options.default_warehouse = "WH-EAST";
  options.payment_term = "Net 30";
  options.tax_line_product = "STORE-TAX";
  options.charge_products = {{fairlead::v1::LINE_KIND_SHIPPING, "SHIPPING"},
                             {fairlead::v1::LINE_KIND_FEE, "FEE"},
                             {fairlead::v1::LINE_KIND_DISCOUNT, "FEE"},
                             {fairlead::v1::LINE_KIND_ROUNDING, "ROUNDING"}};
  options.d_max = d_max;
  return options;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A file for one process, or a database for several of them.
absl::StatusOr<std::unique_ptr<fairlead::Store>> OpenStore(const std::string& where) {
  if (where.rfind("postgres://", 0) != 0 && where.rfind("postgresql://", 0) != 0) return fairlead::OpenSqlite(where);
#ifdef STOREFRONT_ERP_POSTGRES
  fairlead::PostgresOptions options;
  options.connection = where;
  options.pool_size = 16;
  return fairlead::OpenPostgres(options);
#else
  return absl::UnimplementedError("this build has no PostgreSQL store: install libpq and configure again");
#endif
}

absl::Status Run(const Flags& flags) {
  const milliseconds d_max(std::stoi(Get(flags, "d-max-ms", "60000")));
  const milliseconds timeout(std::stoi(Get(flags, "timeout-ms", "30000")));

  fairlead::Runtime runtime = fairlead::Runtime::System();
  runtime.log = &fairlead::StderrLog();
  fairlead::http::CurlTransport transport;
  fairlead::WooCommerceConnector web(StoreOptions(flags, d_max), transport, runtime);
  fairlead::TrytonConnector erp(ErpOptions(flags, d_max), transport, runtime);

  const std::string policy_file = Get(flags, "policy", "storefront-erp.txtpb");
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string bundle_text, ReadFile(policy_file));
  FAIRLEAD_ASSIGN_OR_RETURN(const auto bundle, fairlead::policy::ReadBundle(bundle_text, policy_file));
  FAIRLEAD_ASSIGN_OR_RETURN(const auto policy,
                            fairlead::policy::CompiledPolicy::Compile(bundle, {{"web", &web}, {"erp", &erp}}));
  FAIRLEAD_ASSIGN_OR_RETURN(const auto store, OpenStore(Get(flags, "store", "fairlead.db")));

  fairlead::sync::EngineOptions options;
  options.tenant = "acme";
  options.mode = fairlead::sync::Mode::kEnforce;
  options.adopt_before = fairlead::WallTime(std::chrono::seconds(std::stoll(Get(flags, "adopt-before-unix", "0"))));
  options.max_writes_per_hour = std::stoll(Get(flags, "max-writes-per-hour", "600"));
  options.request_timeout = timeout;
  options.lease = milliseconds(std::stoi(Get(flags, "lease-ms", std::to_string(timeout.count() + 30'000))));
  FAIRLEAD_ASSIGN_OR_RETURN(const auto engine, fairlead::sync::Engine::Create(*store, {{"web", &web}, {"erp", &erp}},
                                                                              policy, options, runtime));

  if (Get(flags, "audit") == "inventory") {
    FAIRLEAD_ASSIGN_OR_RETURN(const auto audit,
                              fairlead::drift::Audit(*engine, {fairlead::v1::INVENTORY_LEVEL, "erp", "web"}));
    std::cout << audit.ToJsonLines();
    return audit.complete ? absl::OkStatus() : absl::DataLossError("audit incomplete: see not_checked");
  }

  httplib::Server endpoint;
  endpoint.Post(R"(/webhooks/([a-z.]+))", [&](const httplib::Request& request, httplib::Response& response) {
    fairlead::Webhook webhook;
    webhook.topic = request.matches[1];
    webhook.body = request.body;
    for (const auto& [name, value] : request.headers) webhook.headers.push_back({name, value});
    response.status = engine->Receive("web", webhook).http_status;
  });
  const int port = std::stoi(Get(flags, "webhook-port", "0"));
  std::thread endpoint_thread;
  if (port != 0) {
    if (!endpoint.bind_to_port("127.0.0.1", port))
      return absl::UnavailableError("port " + std::to_string(port) + " is taken");
    endpoint_thread = std::thread([&] { endpoint.listen_after_bind(); });
  }

  fairlead::sync::RunnerOptions running;
  running.poll_interval = milliseconds(std::stoi(Get(flags, "poll-ms", "30000")));
  running.idle = milliseconds(std::stoi(Get(flags, "idle-ms", "100")));
  running.delivery_threads = std::stoi(Get(flags, "delivery-threads", "4"));
  fairlead::sync::Runner runner(*engine, running, runtime);
  absl::Status status = runner.Start();
  while (status.ok() && !stop_requested.load()) {
    std::this_thread::sleep_for(milliseconds(200));
    const auto progress = engine->progress();
    std::cout << "{\"read\": " << progress.read << ", \"written\": " << progress.written
              << ", \"held\": " << progress.held << ", \"rounds\": " << runner.clean_rounds() << "}" << std::endl;
  }
  runner.Stop();
  endpoint.stop();
  if (endpoint_thread.joinable()) endpoint_thread.join();
  const absl::Status closed = store->Close();
  return status.ok() ? closed : status;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  if (!ParseFlags(argc, argv, flags)) return 2;
  // The process's own business, not the SDK's: a peer that hangs up must not end us, and SIGTERM asks us to finish.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { stop_requested.store(true); });
  std::signal(SIGINT, [](int) { stop_requested.store(true); });
  const absl::Status status = Run(flags);
  if (status.ok()) return 0;
  std::cerr << "storefront_erp: " << status.message() << "\n";
  return 1;
}
