// fairlead sync: the engine from a configuration file.
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/engine.h"
#include "fairlead/sync/runner.h"
#include "fairlead/v1/config.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "src/cli/internal/args.h"
#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead sync --config FILE [--once] [--json]

Runs the engine over the systems of the configuration (textproto, message fairlead.v1.SyncConfig) until SIGTERM or
Ctrl-C. With --once: polls everything, sends what is due, and ends.

  fairlead sync --config fairlead.txtpb --once

  # fairlead.txtpb
  tenant: "acme"  store: "fairlead.db"  policy: "policy.txtpb"  mode: "observe"
  woocommerce { system: "web" url: "https://shop.example.com" consumer_key: "ck_…" consumer_secret_file: "woo.secret" }
  tryton { system: "erp" url: "https://erp.example.com" database: "erp" user: "fairlead" password_file: "erp.secret" }

Exit: 0 ended as asked, 1 something waits for a person (with --once), 2 unusable configuration.
)";

absl::Status Misconfigured(std::string_view message) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, message);
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Misconfigured(absl::StrCat("cannot read ", path));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Relative paths are meant from the configuration file, wherever the command is run.
std::string Beside(const std::string& config_file, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  const auto slash = config_file.rfind('/');
  return slash == std::string::npos ? path : config_file.substr(0, slash + 1) + path;
}

absl::StatusOr<std::chrono::milliseconds> DurationOf(const std::string& text, std::string_view field,
                                                     std::chrono::milliseconds fallback) {
  if (text.empty()) return fallback;
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration <= absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return Misconfigured(absl::StrCat(absl::string_view(field.data(), field.size()), ": \"", text,
                                      "\" is no duration such as \"30s\" or \"5m\""));
  }
  return absl::ToChronoMilliseconds(duration);
}

class ErrorCollector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorCollector(std::string file) : file_(std::move(file)) {}
  void AddError(int line, int column, const std::string& message) override {
    if (!text_.empty()) text_.append("\n");
    absl::StrAppend(&text_, file_, ":", line + 1, ":", column + 1, ": ", message);
  }
  void AddWarning(int, int, const std::string&) override {}
  const std::string& text() const { return text_; }

 private:
  std::string file_;
  std::string text_;
};

absl::StatusOr<v1::SyncConfig> ReadConfig(const std::string& file) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  v1::SyncConfig config;
  ErrorCollector errors(file);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  if (!parser.ParseFromString(text, &config)) return Misconfigured(errors.text());
  return config;
}

// A secret that is either given, or read from its file each time it is asked for.
std::function<absl::StatusOr<Secret>()> SecretFrom(const std::string& value, const std::string& file) {
  if (file.empty()) return [value] { return absl::StatusOr<Secret>(Secret(value)); };
  return [file]() -> absl::StatusOr<Secret> {
    FAIRLEAD_ASSIGN_OR_RETURN(std::string text, ReadFile(file));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return Secret(text);
  };
}

absl::StatusOr<std::map<v1::LineKind, std::string>> ChargeProducts(const v1::TrytonConfig& erp) {
  std::map<v1::LineKind, std::string> products;
  for (const auto& [name, code] : erp.charge_product()) {
    v1::LineKind kind = v1::LINE_KIND_UNSPECIFIED;
    const std::string full = "LINE_KIND_" + absl::AsciiStrToUpper(name);
    if (!v1::LineKind_Parse(full, &kind) || kind == v1::LINE_KIND_ITEM)
      return Misconfigured(
          absl::StrCat("tryton.charge_product: \"", name, "\" is no kind of charge such as \"shipping\""));
    products[kind] = code;
  }
  return products;
}

struct Deployment {
  http::CurlTransport transport;
  std::vector<std::unique_ptr<Connector>> connectors;
  std::vector<sync::SystemBinding> bindings;
  std::unique_ptr<Store> store;
  std::unique_ptr<sync::Engine> engine;
  sync::RunnerOptions running;
};

absl::StatusOr<std::unique_ptr<Deployment>> Deploy(const std::string& file) {
  FAIRLEAD_ASSIGN_OR_RETURN(const v1::SyncConfig config, ReadConfig(file));
  auto deployment = std::make_unique<Deployment>();
  std::vector<policy::ManifestSource> manifests;
  for (const v1::WooCommerceConfig& woo : config.woocommerce()) {
    WooOptions options;
    options.system = woo.system();
    options.base_url = woo.url();
    options.currency = woo.currency();
    options.credentials = [key = woo.consumer_key(),
                           secret = SecretFrom(woo.consumer_secret(), Beside(file, woo.consumer_secret_file()))]()
        -> absl::StatusOr<WooCredentials> {
      FAIRLEAD_ASSIGN_OR_RETURN(Secret revealed, secret());
      return WooCredentials{key, std::move(revealed)};
    };
    FAIRLEAD_ASSIGN_OR_RETURN(options.d_max, DurationOf(woo.d_max(), "woocommerce.d_max", options.d_max));
    FAIRLEAD_ASSIGN_OR_RETURN(auto connector, WooCommerceConnector::Create(std::move(options), deployment->transport));
    deployment->bindings.push_back({woo.system(), connector.get()});
    manifests.emplace_back(woo.system(), connector->Describe().proto());
    deployment->connectors.push_back(std::move(connector));
  }
  for (const v1::TrytonConfig& erp : config.tryton()) {
    TrytonOptions options;
    options.system = erp.system();
    options.base_url = erp.url();
    options.database = erp.database();
    options.user = erp.user();
    options.password = SecretFrom(erp.password(), Beside(file, erp.password_file()));
    for (const std::string& code : erp.warehouse()) options.warehouses.push_back({code, code});
    options.default_warehouse = erp.default_warehouse();
    options.payment_term = erp.payment_term();
    options.tax_line_product = erp.tax_line_product();
    FAIRLEAD_ASSIGN_OR_RETURN(options.charge_products, ChargeProducts(erp));
    FAIRLEAD_ASSIGN_OR_RETURN(options.d_max, DurationOf(erp.d_max(), "tryton.d_max", options.d_max));
    FAIRLEAD_ASSIGN_OR_RETURN(auto connector,
                              TrytonConnector::Create(std::move(options), deployment->transport, Runtime::System()));
    deployment->bindings.push_back({erp.system(), connector.get()});
    manifests.emplace_back(erp.system(), connector->Describe().proto());
    deployment->connectors.push_back(std::move(connector));
  }
  const std::string policy_file = Beside(file, config.policy());
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string policy_text, ReadFile(policy_file));
  FAIRLEAD_ASSIGN_OR_RETURN(const policy::PolicySource source, policy::ReadBundle(policy_text, policy_file));
  FAIRLEAD_ASSIGN_OR_RETURN(auto compiled, policy::CompiledPolicy::Compile(source, manifests));

  sync::EngineOptions options;
  if (!config.tenant().empty()) options.tenant = config.tenant();
  if (config.mode() == "propose") {
    options.mode = sync::Mode::kPropose;
  } else if (config.mode() == "enforce") {
    options.mode = sync::Mode::kEnforce;
  } else if (!config.mode().empty() && config.mode() != "observe") {
    return Misconfigured(absl::StrCat("mode: \"", config.mode(), "\" is none of observe, propose, enforce"));
  }
  if (!config.adopt_before().empty()) {
    absl::Time when;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, config.adopt_before(), &when, &error)) {
      return Misconfigured(
          absl::StrCat("adopt_before: \"", config.adopt_before(), "\" is no time such as 2026-11-23T00:00:00Z"));
    }
    options.adopt_before = WallTime(std::chrono::nanoseconds(absl::ToUnixNanos(when)));
  }
  if (config.max_writes_per_hour() != 0)
    options.max_writes_per_hour = std::max<std::int64_t>(0, config.max_writes_per_hour());
  FAIRLEAD_ASSIGN_OR_RETURN(deployment->running.poll_interval,
                            DurationOf(config.poll_every(), "poll_every", deployment->running.poll_interval));
  if (config.delivery_threads() != 0) deployment->running.delivery_threads = config.delivery_threads();
  FAIRLEAD_ASSIGN_OR_RETURN(deployment->store, OpenSqlite(Beside(file, config.store())));
  FAIRLEAD_ASSIGN_OR_RETURN(deployment->engine, sync::Engine::Create(*deployment->store, deployment->bindings,
                                                                     std::move(compiled), std::move(options)));
  return deployment;
}

absl::Status Once(sync::Engine& engine) {
  FAIRLEAD_RETURN_IF_ERROR(engine.Recover().status());
  FAIRLEAD_RETURN_IF_ERROR(engine.PollAll().status());
  // Bounded: what waits for a later moment is left to the next run.
  for (int step = 0; step < 100'000; ++step) {
    FAIRLEAD_ASSIGN_OR_RETURN(const sync::StepReport report, engine.Step());
    if (report.deliver.claimed == 0 && report.ingest.records == 0) break;
  }
  return absl::OkStatus();
}

}  // namespace

int Sync(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(arguments, {"config"}, {"once", "json", "help"});
  if (!args.ok()) {
    io.err << "fairlead sync: " << args.status().message() << "\n";
    return kUnusable;
  }
  if (args->Has("help")) {
    io.out << kHelp;
    return kClean;
  }
  if (!args->Has("config") || !args->words().empty()) {
    io.err << kHelp;
    return kUnusable;
  }
  auto deployment = Deploy(args->Get("config"));
  if (!deployment.ok()) {
    io.err << "fairlead sync: " << deployment.status().message() << "\n";
    return kUnusable;
  }
  sync::Engine& engine = *(*deployment)->engine;
  absl::Status status;
  if (args->Has("once")) {
    status = Once(engine);
  } else {
    sync::Runner runner(engine, (*deployment)->running);
    status = runner.Start();
    Runtime runtime = Runtime::System();
    while (status.ok() && (io.stop_requested == nullptr || !io.stop_requested())) {
      (void)runtime.sleeper->Sleep(std::chrono::milliseconds(500), Cancellation());
      const sync::Progress progress = engine.progress();
      if (io.terminal) {
        io.err << "\r\033[Kread " << progress.read << "  changed " << progress.changed << "  written "
               << progress.written << "  held " << progress.held << std::flush;
      }
    }
    runner.Stop();
    if (io.terminal) io.err << "\n";
  }
  const sync::Progress progress = engine.progress();
  const auto held = engine.Held();
  const std::size_t waiting = held.ok() ? held->size() : 0;
  if (args->Has("json")) {
    io.out << "{\"read\": " << progress.read << ", \"changed\": " << progress.changed
           << ", \"written\": " << progress.written << ", \"held\": " << waiting
           << ", \"error\": " << Quote(std::string(status.message())) << "}\n";
  } else {
    io.out << "read " << progress.read << ", changed " << progress.changed << ", written " << progress.written
           << ", waiting for a person " << waiting << "\n";
  }
  if (!status.ok()) {
    io.err << "fairlead sync: " << status.message() << "\n";
    return kUnusable;
  }
  return args->Has("once") && waiting != 0 ? kFindings : kClean;
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
