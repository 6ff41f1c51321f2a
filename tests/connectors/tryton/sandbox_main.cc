// The scenarios against the sandbox, over a real connection on loopback.
#include <memory>

#include "absl/strings/str_cat.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "gtest/gtest.h"
#include "tests/connectors/tryton/environment.h"

namespace fairlead_tryton_test {
namespace {

class SandboxEnvironment : public Environment {
 public:
  SandboxEnvironment() : sandbox_(fairlead::testing::SandboxTryton::Start().value()) {
    for (const char* code : {"SHIPPING", "FEE", "ROUNDING", "STORE-TAX"}) {
      fairlead::testing::SandboxProduct product;
      product.code = code;
      product.type = "service";
      EXPECT_TRUE(sandbox_->AddProduct(product).ok());
    }
    EXPECT_TRUE(sandbox_->Call("model.account.payment.journal.search_count", "[[]]").ok());
  }

  fairlead::TrytonOptions Options() override {
    fairlead::TrytonOptions options;
    options.base_url = sandbox_->url();
    options.database = sandbox_->database();
    options.user = sandbox_->user();
    options.password = [this] { return absl::StatusOr<fairlead::Secret>(fairlead::Secret(sandbox_->password())); };
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
    return sandbox_->Call(method, absl::StrCat("[", std::string(params), R"(,{"company":1}])"));
  }
  void EnsureProduct(std::string_view code) override {
    const absl::StatusOr<std::string> count =
        Call("model.product.product.search_count", absl::StrCat(R"([["code","=",")", std::string(code), R"("]])"));
    if (count.ok() && *count != "0") return;
    fairlead::testing::SandboxProduct product;
    product.code = std::string(code);
    EXPECT_TRUE(sandbox_->AddProduct(product).ok());
    for (const char* warehouse : {"WH-EAST", "WH-WEST"}) EXPECT_TRUE(sandbox_->SetStock(code, warehouse, 100'000).ok());
  }
  std::string tax_name() const override { return "Sales tax"; }
  bool real() const override { return false; }

 private:
  std::unique_ptr<fairlead::testing::SandboxTryton> sandbox_;
  fairlead::http::CurlTransport transport_;
};

}  // namespace

Environment& TheEnvironment() {
  static auto* environment = new SandboxEnvironment();
  return *environment;
}

}  // namespace fairlead_tryton_test
