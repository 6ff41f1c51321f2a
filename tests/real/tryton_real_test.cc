// The scenarios against a real Tryton 6.0, and what only a real one does. tests/run.sh --real starts the server and
// runs this:
//   tryton_real_test --url=http://127.0.0.1:18370 --database=fairlead --user=admin --password=…
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/testing/status_matchers.h"
#include "src/connector/internal/json.h"
#include "tests/connectors/tryton/environment.h"
#include "tests/connectors/tryton/support.h"

namespace fairlead_tryton_test {
namespace {

using fairlead::internal::json::Document;

std::map<std::string, std::string>& Arguments() {
  static auto* arguments = new std::map<std::string, std::string>();
  return *arguments;
}

/// Calls of staff, over a session of their own.
class RealEnvironment : public Environment {
 public:
  fairlead::TrytonOptions Options() override {
    fairlead::TrytonOptions options;
    options.base_url = Arguments()["url"];
    options.database = Arguments()["database"];
    options.user = Arguments()["user"];
    options.password = [] { return absl::StatusOr<fairlead::Secret>(fairlead::Secret(Arguments()["password"])); };
    options.default_warehouse = "WH-EAST";
    options.payment_term = "Net 30";
    options.tax_line_product = "STORE-TAX";
    options.charge_products = {{v1::LINE_KIND_SHIPPING, "SHIPPING"},
                               {v1::LINE_KIND_FEE, "FEE"},
                               {v1::LINE_KIND_DISCOUNT, "FEE"},
                               {v1::LINE_KIND_ROUNDING, "ROUNDING"}};
    options.d_max = std::chrono::milliseconds(200);
    return options;
  }
  fairlead::http::Transport& transport() override { return transport_; }
  absl::StatusOr<std::string> Call(std::string_view method, std::string_view params) override {
    if (authorization_.empty()) {
      absl::StatusOr<std::string> session =
          Post("common.db.login",
               absl::StrCat("[\"", Arguments()["user"], R"(",{"password":")", Arguments()["password"], "\"}]"));
      if (!session.ok()) return session.status();
      const Document answer = Document::Parse(*session).value();
      authorization_ = absl::StrCat(
          "Session ", absl::Base64Escape(absl::StrCat(Arguments()["user"], ":", std::string(answer.root().At(0).text()),
                                                      ":", std::string(answer.root().At(1).text()))));
      absl::StatusOr<std::string> preferences = Post("model.res.user.get_preferences", "[true,{}]");
      if (!preferences.ok()) return preferences.status();
      context_ = *preferences;
    }
    return Post(method, absl::StrCat("[", std::string(params), ",", context_, "]"));
  }
  void EnsureProduct(std::string_view) override {}  // Seeded.
  std::string tax_name() const override { return "Sales tax 20%"; }
  bool real() const override { return true; }

 private:
  absl::StatusOr<std::string> Post(std::string_view method, const std::string& params) {
    fairlead::http::Request request;
    request.method = "POST";
    request.url = absl::StrCat(Arguments()["url"], "/", Arguments()["database"], "/");
    request.headers = {{"Content-Type", "application/json"}};
    if (!authorization_.empty()) request.secret_headers.emplace_back("Authorization", fairlead::Secret(authorization_));
    request.body = absl::StrCat(R"({"id":1,"method":")", std::string(method), R"(","params":)", params, "}");
    fairlead::http::CallOptions options;
    options.effect = fairlead::Effect::kBlind;
    absl::StatusOr<fairlead::http::Response> response = transport_.Send(request, options);
    if (!response.ok()) return response.status();
    if (response->status != 200) return absl::InternalError(absl::StrCat("HTTP ", response->status));
    absl::StatusOr<Document> document = Document::Parse(response->body);
    if (!document.ok()) return document.status();
    if (document->root()["error"].present())
      return absl::FailedPreconditionError(std::string(document->root()["error"].raw()));
    return std::string(document->root()["result"].raw());
  }

  fairlead::http::CurlTransport transport_;
  std::string authorization_;
  std::string context_;
};

}  // namespace

Environment& TheEnvironment() {
  static auto* environment = new RealEnvironment();
  return *environment;
}

}  // namespace fairlead_tryton_test

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  auto& arguments = fairlead_tryton_test::Arguments();
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t equals = text.find('=');
    if (text.rfind("--", 0) == 0 && equals != std::string::npos)
      arguments[text.substr(2, equals - 2)] = text.substr(equals + 1);
  }
  for (const char* name : {"url", "database", "user", "password"}) {
    if (!arguments[name].empty()) continue;
    std::fprintf(stderr, "usage: %s --url=… --database=… --user=… --password=…\n", argv[0]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
