#include "fairlead/testing/sandbox_tryton.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/base64.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/tryton_erp.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace {

using namespace internal;  // NOLINT: one file, one room

constexpr std::int64_t kUserId = 1;
constexpr std::size_t kAttempts = 6;

HttpReply HtmlError(int status, const char* title, const char* text) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  reply.body = absl::StrCat("<!doctype html>\n<html lang=en>\n<title>", status, " ", title, "</title>\n<h1>", title,
                            "</h1>\n<p>", text, "</p>\n");
  return reply;
}

HttpReply NotAuthorised() {
  return HtmlError(
      401, "Unauthorized",
      "The server could not verify that you are authorized to access the URL requested. You either supplied the "
      "wrong credentials (e.g. a bad password), or your browser doesn&#39;t understand how to supply the "
      "credentials required.");
}

HttpReply NoSession() {
  HttpReply reply;
  reply.status = 401;
  reply.headers = {{"WWW-Authenticate", "Basic realm=\"Tryton\""}, {"Content-Type", "text/plain; charset=utf-8"}};
  return reply;
}

HttpReply Forbidden() {
  return HtmlError(
      403, "Forbidden",
      "You don&#39;t have the permission to access the requested resource. It is either read-protected or not "
      "readable by the server.");
}

HttpReply NotIterable() {
  return HtmlError(500, "Internal Server Error", "Value after * must be an iterable, not NoneType");
}

std::vector<std::int64_t> ToIds(const Json& list) {
  std::vector<std::int64_t> ids;
  if (list.IsNumber()) ids.push_back(list.AsInt());
  for (const Json& item : list.items()) ids.push_back(item.AsInt());
  return ids;
}

const char* TypeName(TrytonField::Type type) {
  using Type = TrytonField::Type;
  switch (type) {
    case Type::kChar:
      return "char";
    case Type::kText:
      return "text";
    case Type::kInteger:
      return "integer";
    case Type::kFloat:
      return "float";
    case Type::kNumeric:
      return "numeric";
    case Type::kBoolean:
      return "boolean";
    case Type::kDate:
      return "date";
    case Type::kTimestamp:
      return "timestamp";
    case Type::kSelection:
      return "selection";
    case Type::kMany2One:
      return "many2one";
    case Type::kReference:
      return "reference";
    case Type::kOne2Many:
      return "one2many";
    case Type::kMany2Many:
      return "many2many";
    case Type::kDict:
      return "dict";
  }
  return "char";
}

/// "model.sale.sale.create" → {"sale.sale", "create"}.
std::pair<std::string, std::string> SplitMethod(const std::string& method, const char* prefix) {
  const std::string rest = method.substr(std::string(prefix).size());
  const auto dot = rest.rfind('.');
  if (dot == std::string::npos) return {"", rest};
  return {rest.substr(0, dot), rest.substr(dot + 1)};
}

}  // namespace

class SandboxTryton::Impl {
 public:
  explicit Impl(SandboxTrytonOptions options)
      : options_(std::move(options)), host_(options_.runtime, options_.faults, Hooks()) {}

  absl::Status Start() {
    erp_.Begin(host_.Now());
    erp_.Seed(options_.currency);
    erp_.Commit();
    return host_.Start(options_.port);
  }

  SandboxTrytonOptions& options() { return options_; }
  SandboxHost& host() { return host_; }

  absl::StatusOr<Json> Call(const std::string& method, Json params) {
    std::lock_guard<std::mutex> lock(mutex_);
    return Transact(method, params);
  }

  /// Runs `work` on the ERP inside one transaction.
  template <typename Work>
  auto WithErp(Work work) {
    std::lock_guard<std::mutex> lock(mutex_);
    return work(erp_);
  }

  absl::StatusOr<Json> CallLocked(const std::string& method, const Json& params) { return Transact(method, params); }
  std::mutex& mutex() { return mutex_; }
  TrytonErp& erp() { return erp_; }

  void ExpireSessions() {
    std::lock_guard<std::mutex> lock(mutex_);
    sessions_.clear();
  }

  std::string StateJson();
  std::string SummaryJson();

 private:
  SandboxHost::Hooks Hooks();
  Admitted Admit(const HttpRequest& request);
  HttpReply Apply(const HttpRequest& request);
  HttpReply Login(const Json& params, const Json& id);
  bool Authorised(const HttpRequest& request);
  absl::StatusOr<Json> Transact(const std::string& method, const Json& params);
  absl::StatusOr<Json> Dispatch(const std::string& method, const Json& params);
  absl::StatusOr<Json> DispatchModel(const std::string& model, const std::string& name, const Json& params);
  Json FieldsGet(const TrytonModel& model, const Json& names) const;
  Json Preferences(bool context_only) const;
  bool IsKnownMethod(const std::string& method) const;
  static HttpReply Answer(const Json& id, const Json& result);
  static HttpReply Failure(const Json& id, const absl::Status& error);

  SandboxTrytonOptions options_;
  std::mutex mutex_;
  TrytonErp erp_;
  std::map<std::string, WallTime> sessions_;  // token → last use
  std::map<std::string, std::vector<WallTime>> failed_logins_;
  std::int64_t calls_ = 0;
  SandboxHost host_;  // last: stops before what it calls goes away
};

SandboxHost::Hooks SandboxTryton::Impl::Hooks() {
  SandboxHost::Hooks hooks;
  hooks.admit = [this](const HttpRequest& request) { return Admit(request); };
  hooks.state_json = [this] { return StateJson(); };
  hooks.summary_json = [this] { return SummaryJson(); };
  hooks.control = [this](const HttpRequest& request) {
    HttpReply reply;
    reply.status = 0;
    if (request.method == "POST" && request.path == "/__sandbox/expire-sessions") {
      ExpireSessions();
      return JsonReply(200, "{}");
    }
    if (request.method != "POST" || request.path != "/__sandbox/call") return reply;
    // {"method": …, "params": […]}: what a person at the ERP's own screen does, past sessions and faults.
    const absl::StatusOr<Json> body = Json::Parse(request.body);
    if (!body.ok()) return JsonReply(400, R"({"error":"not JSON"})");
    const absl::StatusOr<Json> result = Call((*body)["method"].text(), (*body)["params"]);
    if (!result.ok()) return Failure(Json(0), result.status());
    return Answer(Json(0), *result);
  };
  return hooks;
}

HttpReply SandboxTryton::Impl::Answer(const Json& id, const Json& result) {
  return JsonReply(200, Json::Object({{"id", id}, {"result", result}}).Dump(Json::Style::kPython));
}

HttpReply SandboxTryton::Impl::Failure(const Json& id, const absl::Status& error) {
  absl::StatusOr<Json> detail = Json::Parse(std::string(error.message()));
  Json shown = detail.ok() ? *std::move(detail) : Json::Array({std::string(error.message()), ""});
  return JsonReply(200, Json::Object({{"id", id}, {"error", std::move(shown)}}).Dump(Json::Style::kPython));
}

Admitted SandboxTryton::Impl::Admit(const HttpRequest& request) {
  Admitted admitted;
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (body.ok()) {
    const std::string& method = (*body)["method"].text();
    const std::string verb = method.substr(method.rfind('.') + 1);
    if (method.rfind("model.", 0) == 0) {
      const std::string model = SplitMethod(method, "model.").first;
      if (verb == "create" || verb == "copy") admitted.nature = RequestNature::kCreates;
      if (verb == "write" || verb == "delete" || erp_.HasButton(model, verb))
        admitted.nature = RequestNature::kSetsState;
    } else if (method.rfind("wizard.", 0) == 0) {
      admitted.nature = RequestNature::kCreates;
    }
  }
  admitted.apply = [this, request] { return Apply(request); };
  return admitted;
}

bool SandboxTryton::Impl::Authorised(const HttpRequest& request) {
  const std::string header(request.Header("authorization"));
  if (header.rfind("Basic ", 0) == 0) {
    return Base64Decode(header.substr(6)) == options_.user + ":" + options_.password;
  }
  if (header.rfind("Session ", 0) != 0) return false;
  const std::string session = Base64Decode(header.substr(8));
  const std::string prefix = absl::StrCat(options_.user, ":", kUserId, ":");
  if (session.rfind(prefix, 0) != 0) return false;
  const auto known = sessions_.find(session.substr(prefix.size()));
  if (known == sessions_.end()) return false;
  if (host_.Now() - known->second > options_.session_timeout) {
    sessions_.erase(known);
    return false;
  }
  known->second = host_.Now();
  return true;
}

HttpReply SandboxTryton::Impl::Login(const Json& params, const Json& id) {
  const std::string& user = params.At(0).text();
  std::vector<WallTime>& failures = failed_logins_[user];
  const WallTime now = host_.Now();
  failures.erase(
      std::remove_if(failures.begin(), failures.end(), [&](WallTime at) { return now - at > std::chrono::minutes(5); }),
      failures.end());
  if (failures.size() >= kAttempts) {
    return HtmlError(429, "Too Many Requests", "This user has exceeded an allotted request count. Try again later.");
  }
  const Json& password = params.At(1)["password"];
  if (password.IsNull()) {
    return Failure(
        id, absl::FailedPreconditionError(
                Json::Array({"LoginException", Json::Array({"password", "Password for " + user, "password"})}).Dump()));
  }
  if (user != options_.user || password.text() != options_.password) {
    failures.push_back(now);
    return NotAuthorised();
  }
  failures.clear();
  std::string token;
  static constexpr char kHex[] = "0123456789abcdef";
  while (token.size() < 64) {
    for (std::uint64_t bits = options_.runtime.random->Next(), i = 0; i < 16; ++i, bits >>= 4)
      token.push_back(kHex[bits & 15]);
  }
  sessions_[token] = now;
  return Answer(id, Json::Array({kUserId, token}));
}

bool SandboxTryton::Impl::IsKnownMethod(const std::string& method) const {
  if (method.rfind("model.", 0) == 0) {
    const auto parts = SplitMethod(method, "model.");
    if (TrytonSchema().count(parts.first) == 0) return true;  // answered as a key error
    if (parts.first == "res.user" && parts.second == "get_preferences") return true;
    for (const char* name :
         {"create", "read", "write", "delete", "search", "search_read", "search_count", "fields_get", "default_get"}) {
      if (parts.second == name) return true;
    }
    return erp_.HasButton(parts.first, parts.second);
  }
  if (method.rfind("wizard.", 0) == 0) {
    const auto parts = SplitMethod(method, "wizard.");
    return parts.first == "account.invoice.pay" || parts.first == "account.invoice.credit";
  }
  return method == "common.db.logout" || method == "system.listMethods";
}

HttpReply SandboxTryton::Impl::Apply(const HttpRequest& request) {
  std::lock_guard<std::mutex> lock(mutex_);
  ++calls_;
  if (request.method != "POST") {
    HttpReply reply = HtmlError(405, "Method Not Allowed", "The method is not allowed for the requested URL.");
    reply.headers.emplace_back("Allow", "OPTIONS, POST");
    return reply;
  }
  const bool root = request.path == "/";
  if (!root && request.path != "/" + options_.database + "/") {
    return HtmlError(404, "Not Found",
                     "The requested URL was not found on the server. If you entered the URL manually please check your "
                     "spelling and try again.");
  }
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || !(*body)["params"].IsArray()) return NotIterable();
  const Json id = (*body)["id"];
  const std::string& method = (*body)["method"].text();
  const Json& params = (*body)["params"];
  if (method == "common.server.version") return Answer(id, "6.0.29");
  if (method == "common.db.list") return Answer(id, Json::Array({options_.database}));
  if (root) return NoSession();
  if (method == "common.db.login") return Login(params, id);
  if (!Authorised(request)) return NoSession();
  if (method == "common.db.logout") {
    const std::string session = Base64Decode(std::string(request.Header("authorization")).substr(8));
    sessions_.erase(session.substr(session.rfind(':') + 1));
    return Answer(id, Json());
  }
  if (!IsKnownMethod(method)) return Forbidden();
  const absl::StatusOr<Json> result = Transact(method, params);
  return result.ok() ? Answer(id, *result) : Failure(id, result.status());
}

absl::StatusOr<Json> SandboxTryton::Impl::Transact(const std::string& method, const Json& params) {
  erp_.Begin(host_.Now());
  absl::StatusOr<Json> result = Dispatch(method, params);
  if (!result.ok()) {
    erp_.Rollback();
    erp_.DropQueue();
    return result;
  }
  erp_.Commit();
  // The real one's queue: after the commit, in a transaction of its own.
  for (const std::int64_t sale : erp_.TakeQueue()) {
    erp_.Begin(host_.Now());
    if (erp_.ProcessSale(sale).ok()) {
      erp_.Commit();
    } else {
      erp_.Rollback();
    }
  }
  return result;
}

absl::StatusOr<Json> SandboxTryton::Impl::Dispatch(const std::string& method, const Json& params) {
  if (method.rfind("model.", 0) == 0) {
    const auto parts = SplitMethod(method, "model.");
    return DispatchModel(parts.first, parts.second, params);
  }
  if (method.rfind("wizard.", 0) == 0) {
    const auto parts = SplitMethod(method, "wizard.");
    return erp_.Wizard(parts.first, parts.second, params);
  }
  if (method == "system.listMethods") {
    Json list = Json::Array();
    for (const auto& model : TrytonSchema()) {
      for (const char* name : {"create", "read", "write", "delete", "search", "search_read", "search_count"}) {
        list.Push(absl::StrCat("model.", model.first, ".", name));
      }
    }
    return list;
  }
  return TrytonKeyError(method);
}

absl::StatusOr<Json> SandboxTryton::Impl::DispatchModel(const std::string& model, const std::string& name,
                                                        const Json& params) {
  const auto known = TrytonSchema().find(model);
  if (known == TrytonSchema().end()) return TrytonKeyError(model);
  if (params.size() == 0 || !params.At(params.size() - 1).IsObject())
    return TrytonPlainError("Missing context argument");
  const Json& context = params.At(params.size() - 1);
  const auto argument = [&](std::size_t index) -> const Json& {
    static const Json* const null = new Json();
    return index + 1 < params.size() ? params.At(index) : *null;
  };
  const auto limit = [&]() -> std::optional<std::int64_t> {
    if (argument(2).IsNull()) return std::nullopt;
    return argument(2).AsInt();
  };
  if (model == "res.user" && name == "get_preferences") return Preferences(argument(0).AsBool());
  if (name == "create") {
    absl::StatusOr<TrytonErp::Ids> ids = erp_.Create(model, argument(0), context);
    if (!ids.ok()) return ids.status();
    Json list = Json::Array();
    for (const std::int64_t id : *ids) list.Push(Json(id));
    return list;
  }
  if (name == "read") return erp_.Read(model, ToIds(argument(0)), argument(1), context);
  if (name == "write") {
    // ids, values, ids, values, …
    for (std::size_t i = 0; i + 2 < params.size(); i += 2) {
      FAIRLEAD_RETURN_IF_ERROR(erp_.Write(model, ToIds(params.At(i)), params.At(i + 1), context));
    }
    return Json();
  }
  if (name == "delete") {
    FAIRLEAD_RETURN_IF_ERROR(erp_.Delete(model, ToIds(argument(0)), context));
    return Json();
  }
  if (name == "search" || name == "search_read" || name == "search_count") {
    const bool count = name == "search_count";
    absl::StatusOr<TrytonErp::Ids> ids =
        erp_.Search(model, argument(0), count ? 0 : argument(1).AsInt(), count ? std::nullopt : limit(),
                    count ? Json() : argument(3), context);
    if (!ids.ok()) return ids.status();
    if (count) return Json(ids->size());
    if (name == "search") {
      Json list = Json::Array();
      for (const std::int64_t id : *ids) list.Push(Json(id));
      return list;
    }
    absl::StatusOr<Json> rows = erp_.Read(model, *ids, argument(4), context);
    if (!rows.ok()) return rows;
    // search_read keeps the order of the search.
    Json ordered = Json::Array();
    std::map<std::int64_t, const Json*> by_id;
    for (const Json& row : rows->items()) by_id[row["id"].AsInt()] = &row;
    for (const std::int64_t id : *ids) ordered.Push(*by_id[id]);
    return ordered;
  }
  if (name == "fields_get") return FieldsGet(known->second, argument(0));
  if (name == "default_get") return erp_.Defaults(model, argument(0));
  if (erp_.HasButton(model, name)) return erp_.Press(model, name, ToIds(argument(0)), context);
  return TrytonKeyError(name);
}

Json SandboxTryton::Impl::FieldsGet(const TrytonModel& model, const Json& names) const {
  Json result = Json::Object();
  for (const TrytonField& field : model.fields) {
    bool wanted = names.size() == 0;
    for (const Json& name : names.items()) wanted = wanted || name.text() == field.name;
    if (!wanted) continue;
    Json entry = Json::Object({{"name", field.name},
                               {"type", TypeName(field.type)},
                               {"string", field.label},
                               {"required", field.required},
                               {"readonly", field.function},
                               {"searchable", true},
                               {"sortable", !field.function},
                               {"domain", "[]"},
                               {"context", "{}"},
                               {"states", "{}"}});
    if (!field.relation.empty()) entry.Set("relation", field.relation);
    if (!field.inverse.empty()) entry.Set("relation_field", field.inverse);
    if (field.digits >= 0) entry.Set("digits", absl::StrCat("[16, ", field.digits, "]"));
    if (!field.selection.empty()) {
      Json selection = Json::Array();
      for (const std::string& value : field.selection) {
        std::string label = value;
        label[0] = static_cast<char>(label[0] >= 'a' && label[0] <= 'z' ? label[0] - 'a' + 'A' : label[0]);
        selection.Push(Json::Array({value, label}));
      }
      entry.Set("selection", std::move(selection));
    }
    result.Set(field.name, std::move(entry));
  }
  return result;
}

Json SandboxTryton::Impl::Preferences(bool context_only) const {
  Json groups = Json::Array();
  for (int i = 1; i <= 19; ++i) groups.Push(Json(i));
  Json preferences = Json::Object({{"company_filter", "one"},
                                   {"company", 1},
                                   {"company.rec_name", "Fairlead Demo Company"},
                                   {"language", "en"},
                                   {"language_direction", "ltr"},
                                   {"groups", std::move(groups)}});
  if (!context_only) {
    preferences.Set("name", "Administrator");
    preferences.Set("email", "admin@example.com");
    preferences.Set("companies", Json::Array({1}));
    preferences.Set("employees", Json::Array());
  }
  return preferences;
}

std::string SandboxTryton::Impl::StateJson() {
  std::lock_guard<std::mutex> lock(mutex_);
  return TrytonState(erp_).Dump();
}

std::string SandboxTryton::Impl::SummaryJson() {
  std::lock_guard<std::mutex> lock(mutex_);
  Json summary = TrytonSummary(erp_);
  summary.Set("calls", calls_);
  summary.Set("faults", *Json::Parse(host_.faults().counters().ToJson()));
  return summary.Dump();
}

SandboxTryton::SandboxTryton(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SandboxTryton::~SandboxTryton() { Stop(); }
void SandboxTryton::Stop() { impl_->host().Stop(); }

absl::StatusOr<std::unique_ptr<SandboxTryton>> SandboxTryton::Start(SandboxTrytonOptions options) {
  FAIRLEAD_RETURN_IF_ERROR(options.faults.Validate());
  auto impl = std::make_unique<Impl>(std::move(options));
  FAIRLEAD_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<SandboxTryton>(new SandboxTryton(std::move(impl)));
}

int SandboxTryton::port() const { return impl_->host().port(); }
std::string SandboxTryton::url() const { return absl::StrCat("http://127.0.0.1:", port()); }
const std::string& SandboxTryton::database() const { return impl_->options().database; }
const std::string& SandboxTryton::user() const { return impl_->options().user; }
const std::string& SandboxTryton::password() const { return impl_->options().password; }
void SandboxTryton::ExpireSessions() { impl_->ExpireSessions(); }
void SandboxTryton::SetFaults(const FaultPlan& plan) { impl_->host().faults().SetPlan(plan); }
FaultCounters SandboxTryton::Faults() const { return impl_->host().faults().counters(); }
void SandboxTryton::Advance(std::chrono::milliseconds duration) { impl_->host().Advance(duration); }
std::string SandboxTryton::StateJson() const { return impl_->StateJson(); }
std::string SandboxTryton::SummaryJson() const { return impl_->SummaryJson(); }

absl::StatusOr<std::string> SandboxTryton::Call(std::string_view method, std::string_view params) {
  absl::StatusOr<Json> arguments = Json::Parse(params);
  if (!arguments.ok()) return arguments.status();
  if (!arguments->IsArray()) return absl::InvalidArgumentError("params must be a JSON array");
  // The last object of a write may be its values: ids and values come in pairs, the context after them.
  const bool write = method.size() > 6 && method.substr(method.size() - 6) == ".write";
  const bool has_context = arguments->size() > 0 && arguments->At(arguments->size() - 1).IsObject() &&
                           !(write && arguments->size() % 2 == 0);
  if (!has_context) arguments->Push(Json::Object());
  absl::StatusOr<Json> result = impl_->Call(std::string(method), *std::move(arguments));
  if (!result.ok()) return result.status();
  return result->Dump();
}

absl::StatusOr<std::int64_t> SandboxTryton::AddProduct(const SandboxProduct& product) {
  return impl_->WithErp([&](TrytonErp& erp) -> absl::StatusOr<std::int64_t> {
    const auto uoms = erp.Where("product.uom", "symbol", Json(product.uom));
    if (uoms.empty()) return absl::InvalidArgumentError("no unit with the symbol " + product.uom);
    const std::optional<ExactDecimal> price = ExactDecimal::Parse(product.list_price);
    if (!price.has_value()) return absl::InvalidArgumentError("not a price: " + product.list_price);
    const Json variant = Json::Object({{"suffix_code", product.code}, {"cost_price", DecimalJson(ExactDecimal{5, 0})}});
    const Json values = Json::Object({{"name", product.name.empty() ? product.code : product.name},
                                      {"type", product.type},
                                      {"default_uom", uoms[0]},
                                      {"sale_uom", uoms[0]},
                                      {"salable", true},
                                      {"list_price", DecimalJson(*price)},
                                      {"account_category", 1},
                                      {"products", Json::Array({Json::Array({"create", Json::Array({variant})})})}});
    absl::StatusOr<Json> made =
        impl_->CallLocked("model.product.template.create", Json::Array({Json::Array({values}), Json::Object()}));
    if (!made.ok()) return made.status();
    return erp.Where("product.product", "template", made->At(0))[0];
  });
}

namespace {

absl::StatusOr<std::pair<std::int64_t, std::int64_t>> ProductAndStorage(TrytonErp& erp, std::string_view code,
                                                                        std::string_view warehouse) {
  const auto products = erp.Where("product.product", "code", Json(code));
  const auto places = erp.Where("stock.location", "code", Json(warehouse));
  if (products.empty()) return absl::NotFoundError("no product with the code " + std::string(code));
  if (places.empty()) return absl::NotFoundError("no warehouse with the code " + std::string(warehouse));
  return std::make_pair(products[0], erp.GetId("stock.location", places[0], "storage_location"));
}

}  // namespace

absl::Status SandboxTryton::SetStock(std::string_view code, std::string_view warehouse, double quantity) {
  return impl_->WithErp([&](TrytonErp& erp) -> absl::Status {
    auto where = ProductAndStorage(erp, code, warehouse);
    if (!where.ok()) return where.status();
    const Json line = Json::Object({{"product", where->first}, {"quantity", FloatJson(quantity)}});
    const Json values = Json::Object(
        {{"location", where->second}, {"lines", Json::Array({Json::Array({"create", Json::Array({line})})})}});
    absl::StatusOr<Json> made =
        impl_->CallLocked("model.stock.inventory.create", Json::Array({Json::Array({values}), Json::Object()}));
    if (!made.ok()) return made.status();
    return impl_->CallLocked("model.stock.inventory.confirm", Json::Array({*made, Json::Object()})).status();
  });
}

absl::StatusOr<double> SandboxTryton::Stock(std::string_view code, std::string_view warehouse) const {
  return impl_->WithErp([&](TrytonErp& erp) -> absl::StatusOr<double> {
    auto where = ProductAndStorage(erp, code, warehouse);
    if (!where.ok()) return where.status();
    return erp.Quantity(where->first, {where->second}, false);
  });
}

absl::StatusOr<std::vector<std::string>> SandboxTryton::Ship(std::string_view sale_reference, std::string_view prefix) {
  return impl_->WithErp([&](TrytonErp& erp) -> absl::StatusOr<std::vector<std::string>> {
    const std::string model = "stock.shipment.out";
    const auto press = [&](const char* button, std::int64_t id) {
      return impl_->CallLocked(absl::StrCat("model.", model, ".", button),
                               Json::Array({Json::Array({id}), Json::Object()}));
    };
    std::vector<std::string> tracking;
    for (const std::int64_t sale : erp.Where("sale.sale", "reference", Json(sale_reference))) {
      for (const std::int64_t shipment : erp.SaleShipments(sale, model.c_str())) {
        const std::string state = erp.GetText(model, shipment, "state");
        if (state != "waiting" && state != "assigned") continue;
        const std::string number = erp.GetText(model, shipment, "number");
        absl::StatusOr<Json> assigned = press("assign_try", shipment);
        if (!assigned.ok()) return assigned.status();
        if (!assigned->AsBool()) {
          return absl::FailedPreconditionError(absl::StrCat("stock is short for shipment ", number));
        }
        FAIRLEAD_RETURN_IF_ERROR(press("pick", shipment).status());
        tracking.push_back(absl::StrCat(std::string(prefix), "-", number));
        const Json package =
            Json::Object({{"shipment", absl::StrCat(model, ",", shipment)},
                          {"type", 1},
                          {"shipping_reference", tracking.back()},
                          {"moves", Json::Array({Json::Array({"add", erp.Get(model, shipment, "outgoing_moves")})})}});
        FAIRLEAD_RETURN_IF_ERROR(
            impl_->CallLocked("model.stock.package.create", Json::Array({Json::Array({package}), Json::Object()}))
                .status());
        const Json warning = Json::Object(
            {{"user", 1}, {"name", absl::StrCat("shipment_out_no_carrier_", model, ",", shipment)}, {"always", false}});
        FAIRLEAD_RETURN_IF_ERROR(
            impl_->CallLocked("model.res.user.warning.create", Json::Array({Json::Array({warning}), Json::Object()}))
                .status());
        FAIRLEAD_RETURN_IF_ERROR(press("pack", shipment).status());
        FAIRLEAD_RETURN_IF_ERROR(press("done", shipment).status());
      }
    }
    return tracking;
  });
}

absl::Status SandboxTryton::SplitToWarehouse(std::string_view sale_reference,
                                             const std::vector<std::string>& product_codes,
                                             std::string_view warehouse) {
  return impl_->WithErp([&](TrytonErp& erp) -> absl::Status {
    const std::string model = "stock.shipment.out";
    const auto places = erp.Where("stock.location", "code", Json(warehouse));
    if (places.empty()) return absl::NotFoundError("no warehouse with the code " + std::string(warehouse));
    erp.Begin(impl_->host().Now());
    for (const std::int64_t sale : erp.Where("sale.sale", "reference", Json(sale_reference))) {
      for (const std::int64_t shipment : erp.SaleShipments(sale, model.c_str())) {
        if (erp.GetText(model, shipment, "state") != "waiting") continue;
        std::vector<std::int64_t> leaving;
        const Json moves = erp.Get(model, shipment, "outgoing_moves");
        for (const Json& move : moves.items()) {
          const std::string code =
              erp.GetText("product.product", erp.GetId("stock.move", move.AsInt(), "product"), "code");
          if (std::find(product_codes.begin(), product_codes.end(), code) != product_codes.end()) {
            leaving.push_back(move.AsInt());
          }
        }
        if (leaving.empty() || leaving.size() == moves.size()) continue;
        Json values = Json::Object();
        for (const char* field : {"customer", "delivery_address", "planned_date"})
          values.Set(field, erp.Get(model, shipment, field));
        values.Set("warehouse", Json(places[0]));
        const std::int64_t other = erp.Insert(model, values);
        for (const std::int64_t move : leaving) {
          erp.Put("stock.move", move, "shipment", absl::StrCat(model, ",", other));
          erp.Put("stock.move", move, "from_location", erp.Get("stock.location", places[0], "output_location"));
        }
        erp.Wait(other);
        erp.Wait(shipment);
      }
    }
    erp.Commit();
    return absl::OkStatus();
  });
}

absl::Status SandboxTryton::PostInvoices(std::string_view sale_reference) {
  return impl_->WithErp([&](TrytonErp& erp) -> absl::Status {
    for (const std::int64_t sale : erp.Where("sale.sale", "reference", Json(sale_reference))) {
      for (const std::int64_t invoice : erp.SaleInvoices(sale)) {
        FAIRLEAD_RETURN_IF_ERROR(
            impl_->CallLocked("model.account.invoice.post", Json::Array({Json::Array({invoice}), Json::Object()}))
                .status());
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace testing
FAIRLEAD_NAMESPACE_END
