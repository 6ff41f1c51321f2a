#include "tests/conformance/api.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/url.h"

namespace fairlead::conformance {
namespace {

http::CallOptions Options(Effect effect) {
  http::CallOptions options;
  options.effect = effect;
  options.deadline = Deadline::After(*Runtime::System().clock, std::chrono::seconds(30));
  return options;
}

absl::Status Refused(std::string_view what, const http::Response& response) {
  return absl::FailedPreconditionError(
      absl::StrCat(std::string(what), ": HTTP ", response.status, ": ", response.body.substr(0, 300)));
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view message) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), digest, &length);
  return std::string(reinterpret_cast<const char*>(digest), length);
}

std::string Unique() {
  std::uint64_t number = Runtime::System().random->Next();
  std::string text = "C";
  for (int i = 0; i < 10; ++i, number /= 36) text += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36];
  return text;
}

absl::StatusOr<std::string> WooApi::Call(std::string_view method, std::string_view path, std::string_view body) {
  const std::size_t question = path.find('?');
  const std::string address = absl::StrCat(url_, "/wp-json/wc/v3/", std::string(path.substr(0, question)));
  http::QueryParams params;
  if (question != std::string_view::npos) params = http::ParseQuery(path.substr(question + 1));
  http::Request request;
  request.method = std::string(method);
  request.headers = {{"Accept", "application/json"}};
  if (!body.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::string(body);
  }
  if (url_.compare(0, 8, "https://") == 0) {
    request.secret_headers.emplace_back("Authorization", Secret("Basic " + Base64(key_ + ":" + secret_)));
  } else {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(Runtime::System().clock->WallNow().time_since_epoch()).count();
    params.emplace_back("oauth_consumer_key", key_);
    params.emplace_back("oauth_nonce", Unique());
    params.emplace_back("oauth_signature_method", "HMAC-SHA256");
    params.emplace_back("oauth_timestamp", absl::StrCat(now));
    http::QueryParams sorted;
    for (const auto& [name, value] : params) sorted.emplace_back(http::PercentEncode(name), http::PercentEncode(value));
    std::sort(sorted.begin(), sorted.end());
    std::string joined;
    for (const auto& [name, value] : sorted) absl::StrAppend(&joined, joined.empty() ? "" : "&", name, "=", value);
    const std::string base =
        absl::StrCat(request.method, "&", http::PercentEncode(address), "&", http::PercentEncode(joined));
    params.emplace_back("oauth_signature", Base64(HmacSha256(secret_ + "&", base)));
  }
  request.url = http::AppendQuery(address, params);
  const auto response = transport_.Send(request, Options(method == "GET" ? Effect::kRead : Effect::kBlind));
  if (!response.ok()) return response.status();
  if (response->status < 200 || response->status > 299)
    return Refused(absl::StrCat(request.method, " ", std::string(path)), *response);
  return response->body;
}

absl::StatusOr<Json> WooApi::Get(std::string_view path) {
  const auto text = Call("GET", path);
  if (!text.ok()) return text.status();
  return Json::Parse(*text);
}

absl::StatusOr<std::string> WooApi::Create(std::string_view path, std::string_view body) {
  const auto text = Call("POST", path, body);
  if (!text.ok()) return text.status();
  const std::string id = Json::Parse(*text)["id"].text();
  if (id.empty()) return absl::DataLossError(absl::StrCat("POST ", std::string(path), " answered no id"));
  return id;
}

absl::StatusOr<Json> TrytonApi::Post(std::string_view method, const std::string& params) {
  http::Request request;
  request.method = "POST";
  request.url = absl::StrCat(url_, "/", database_, "/");
  request.headers = {{"Content-Type", "application/json"}};
  if (!authorization_.empty()) request.secret_headers.emplace_back("Authorization", Secret(authorization_));
  request.body = absl::StrCat(R"({"id":1,"method":")", std::string(method), R"(","params":[)", params, "]}");
  const auto response = transport_.Send(request, Options(Effect::kBlind));
  if (!response.ok()) return response.status();
  if (response->status != 200) return Refused(method, *response);
  const Json answer = Json::Parse(response->body);
  if (answer["error"]) return Refused(method, *response);
  return answer["result"];
}

absl::StatusOr<Json> TrytonApi::Call(std::string_view method, const std::string& params) {
  if (authorization_.empty()) {
    const auto session =
        Post("common.db.login", absl::StrCat(Quoted(user_), R"(,{"password":)", Quoted(password_), "}"));
    if (!session.ok()) return session.status();
    const std::vector<Json> parts = session->items();
    if (parts.size() < 2) return absl::UnauthenticatedError("the ERP refuses the test's own log-in");
    authorization_ = "Session " + Base64(absl::StrCat(user_, ":", parts[0].text(), ":", parts[1].text()));
    const auto preferences = Post("model.res.user.get_preferences", "true,{}");
    if (!preferences.ok()) return preferences.status();
    context_ = absl::StrCat(R"({"language":"en","company":)", (*preferences)["company"].text(), "}");
  }
  auto result = Post(method, absl::StrCat(params, params.empty() ? "" : ",", context_));
  return result;
}

absl::StatusOr<std::string> TrytonApi::Create(std::string_view model, const std::string& values) {
  const auto made = Call(absl::StrCat("model.", std::string(model), ".create"), "[" + values + "]");
  if (!made.ok()) return made.status();
  const std::vector<Json> ids = made->items();
  if (ids.empty()) return absl::DataLossError("nothing was made");
  return ids.front().text();
}

absl::Status TrytonApi::Press(std::string_view model, std::string_view button, std::string_view id) {
  return Call(absl::StrCat("model.", std::string(model), ".", std::string(button)),
              absl::StrCat("[", std::string(id), "]"))
      .status();
}

absl::StatusOr<Json> TrytonApi::Search(std::string_view model, const std::string& domain, const std::string& fields) {
  return Call(absl::StrCat("model.", std::string(model), ".search_read"),
              absl::StrCat(domain, ",0,null,null,", fields));
}

absl::StatusOr<std::string> TrytonApi::First(std::string_view model, const std::string& domain) {
  const auto rows = Search(model, domain, R"(["id"])");
  if (!rows.ok()) return rows.status();
  const std::vector<Json> all = rows->items();
  if (all.empty()) return absl::NotFoundError(absl::StrCat(std::string(model), " ", domain));
  return all.front()["id"].text();
}

}  // namespace fairlead::conformance
