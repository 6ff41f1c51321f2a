// The sandbox store against what real stores answered: OAuth, errors, lists, boundaries.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/sandbox_woo.h"
#include "src/testing/internal/loopback_server.h"
#include "src/testing/internal/woo_auth.h"
#include "tests/testing/raw_client.h"

namespace fairlead_tests {
namespace {

using fairlead::testing::FakeRuntime;
using fairlead::testing::SandboxWoo;
using fairlead::testing::SandboxWooOptions;
using fairlead::testing::internal::HttpRequest;
using fairlead::testing::internal::WooAuth;

const char* const kKey = "ck_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const char* const kSecret = "cs_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

std::string Folder(const std::string& version) { return std::string(FAIRLEAD_TESTDATA) + "/woocommerce-" + version; }

/// Every captured request that was signed must verify, and those that were refused must be refused with the same words.
TEST(WooReplay, OAuthVectorsOfTheRealStore) {
  WooAuth auth({{kKey, kSecret, true},
                {"ck_cccccccccccccccccccccccccccccccccccccccc", "cs_dddddddddddddddddddddddddddddddddddddddd", false}});
  int accepted = 0;
  std::set<std::string> refused;
  for (const Json& call : ReadIndex(Folder("7.9.0"))) {
    const std::string target = call["target"].text();
    if (target.find("oauth_signature=") == std::string::npos) continue;
    HttpRequest request;
    request.method = call["method"].text();
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    request.query = target.substr(target.find('?') + 1);
    request.headers = {{"host", call["request_headers"]["Host"].text()}};
    const std::size_t at = target.find("oauth_timestamp=");
    std::int64_t now = std::strtoll(target.c_str() + at + 16, nullptr, 10);
    if (call["file"].text() == "errors/oauth-old-timestamp.json") now += 4000;
    const auto result = auth.Check(request, now);
    EXPECT_FALSE(result.anonymous);
    const Json answer = *Json::Parse(ReadFile(Folder("7.9.0") + "/" + call["file"].text()));
    if (result.code.empty()) {
      ++accepted;
      EXPECT_TRUE(call["status"].AsInt() != 401 || !result.may_write) << call["file"].text();
    } else {
      refused.insert(call["file"].text());
      EXPECT_EQ(call["status"].AsInt(), 401) << call["file"].text() << " " << result.message;
      EXPECT_EQ(answer["message"].text(), result.message) << call["file"].text();
      EXPECT_EQ(answer["code"].text(), result.code) << call["file"].text();
    }
  }
  EXPECT_GT(accepted, 280);
  EXPECT_EQ(refused, (std::set<std::string>{"errors/auth-bad-key.json", "errors/auth-bad-secret.json",
                                            "errors/oauth-bad-signature.json", "errors/oauth-nonce-replay.json",
                                            "errors/oauth-old-timestamp.json"}));
}

class WooReplayStore : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    SandboxWooOptions options;
    options.version = GetParam();
    options.captured_data = FAIRLEAD_TESTDATA;
    auto woo = SandboxWoo::Start(options);
    ASSERT_TRUE(woo.ok()) << woo.status();
    woo_ = std::move(*woo);
    for (Json& call : calls_ = ReadIndex(Folder(GetParam()))) by_file_[call["file"].text()] = &call;
  }
  /// The captured call with our own credentials, over "https".
  RawAnswer Again(const std::string& file, const std::string& key = kKey, const std::string& secret = kSecret) {
    const Json& call = *by_file_.at(file);
    std::string target = call["target"].text();
    const std::size_t oauth = target.find("oauth_consumer_key");
    if (oauth != std::string::npos) target = target.substr(0, oauth - 1);
    return Call(woo_->port(), call["method"].text(), target, WooBasic(key, secret), call["request_body"].text());
  }
  std::string Captured(const std::string& file) { return ReadFile(Folder(GetParam()) + "/" + file); }

  std::unique_ptr<SandboxWoo> woo_;
  std::vector<Json> calls_;
  std::map<std::string, Json*> by_file_;
};

TEST_P(WooReplayStore, ErrorsAreThoseOfTheRealStore) {
  for (const char* file : {"errors/404-order.json",
                           "errors/404-product-as-order.json",
                           "errors/404-route.json",
                           "errors/method.json",
                           "errors/per-page-0.json",
                           "errors/per-page-1000.json",
                           "errors/bad-date.json",
                           "errors/bad-status-filter.json",
                           "errors/bad-orderby.json",
                           "errors/bad-json.json",
                           "errors/wrong-type.json",
                           "errors/line-not-array.json",
                           "errors/batch-101.json",
                           "errors/price-number.json",
                           "errors/stock-decimal.json",
                           "errors/id-in-post.json",
                           "errors/bad-refund-order.json",
                           "errors/delete-no-force.json",
                           "webhooks-api/bad-topic.json",
                           "orders/no-product-line-create.json",
                           "orders/bad-customer-create.json",
                           "orders/bad-email-create.json",
                           "orders/qty-fraction-create.json",
                           "customers/create-bad-email.json",
                           "orders/coupon-expired-create.json"}) {
    const RawAnswer answer = Again(file);
    Json got = answer.json();
    Json wanted = *Json::Parse(Captured(file));
    got["data"].Remove("new_draft_order_id");
    wanted["data"].Remove("new_draft_order_id");
    EXPECT_EQ(answer.status, (*by_file_[file])["status"].AsInt()) << file;
    EXPECT_EQ(got.Dump(), wanted.Dump()) << file;
  }
}

TEST_P(WooReplayStore, WhoMayNotCallIsToldSoInTheSameWords) {
  const RawAnswer none = Call(woo_->port(), "GET", "/wp-json/wc/v3/orders", {}, "");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.body, Captured("errors/auth-none.json"));
  Headers basic = WooBasic(kKey, kSecret);
  basic.erase(basic.begin());  // over plain http Basic is not read
  const RawAnswer plain = Call(woo_->port(), "GET", "/wp-json/wc/v3/orders", basic, "");
  EXPECT_EQ(plain.status, 401);
  EXPECT_EQ(plain.body, Captured("errors/auth-basic-plain-http.json"));
  const RawAnswer read_only = Again("errors/auth-readonly-post.json", "ck_cccccccccccccccccccccccccccccccccccccccc",
                                    "cs_dddddddddddddddddddddddddddddddddddddddd");
  EXPECT_EQ(read_only.status, 401);
  EXPECT_EQ(read_only.body, Captured("errors/auth-readonly-post.json"));
}

TEST_P(WooReplayStore, OrderPagesAreTheCapturedOnes) {
  for (const char* file :
       {"lists/orders-default-p1.json", "lists/orders-default-p2.json", "lists/orders-default-p3.json"}) {
    const RawAnswer answer = Again(file);
    const Json got = answer.json();
    const Json wanted = *Json::Parse(Captured(file));
    ASSERT_EQ(got.size(), wanted.size()) << file;
    EXPECT_EQ(answer.Header("x-wp-total"), "211") << file;
    EXPECT_EQ(answer.Header("x-wp-totalpages"), "3") << file;
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got.At(i), wanted.At(i)) << file << " " << i;
  }
}

TEST_P(WooReplayStore, ProductsAreTheCapturedOnes) {
  // The real store's own pages repeat and miss products made within one second (7.9.0 shows 122 of 129): compare by id.
  std::map<std::string, std::string> captured;
  for (const char* file : {"lists/products-p1.json", "lists/products-p2.json"}) {
    const Json page = *Json::Parse(Captured(file));
    for (const Json& record : page.items()) captured[record["id"].text()] = record.Dump();
  }
  std::size_t same = 0;
  std::size_t seen = 0;
  for (const char* file : {"lists/products-p1.json", "lists/products-p2.json"}) {
    const Json page = Again(file).json();
    for (const Json& record : page.items()) {
      ++seen;
      same += captured[record["id"].text()] == record.Dump();
    }
  }
  EXPECT_EQ(seen, captured.size());
  EXPECT_GE(same + 2, captured.size());  // the two variable ones lose variations that were not captured
}

TEST_P(WooReplayStore, BeyondTheLastPage) {
  const RawAnswer answer = Again("lists/orders-page-beyond.json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "[]");
  EXPECT_EQ(answer.Header("x-wp-total"),
            (*by_file_["lists/orders-page-beyond.json"])["response_headers"]["x-wp-total"].text());
}

TEST_P(WooReplayStore, ModifiedAfterIsExclusiveAtOneSecond) {
  const Json order =
      Call(woo_->port(), "GET", "/wp-json/wc/v3/orders?per_page=1", WooBasic(kKey, kSecret), "").json().At(0);
  const std::string at = order["date_modified_gmt"].text();
  const std::string base =
      "/wp-json/wc/v3/orders?dates_are_gmt=true&include=" + order["id"].text() + "&modified_after=";
  EXPECT_EQ(Call(woo_->port(), "GET", base + at, WooBasic(kKey, kSecret), "").json().size(), 0u);
  std::string earlier = at;
  // One second earlier within the same minute, or the minute's start if it is second 0.
  const int second = std::atoi(earlier.substr(17).c_str());
  if (second > 0) {
    earlier.replace(17, 2, (second <= 10 ? "0" : "") + std::to_string(second - 1));
    EXPECT_EQ(Call(woo_->port(), "GET", base + earlier, WooBasic(kKey, kSecret), "").json().size(), 1u);
  }
  // Without the flag the time is the store's own.
  const std::string local = "/wp-json/wc/v3/orders?include=" + order["id"].text() + "&modified_after=" + at;
  const bool west = std::string(GetParam()) == "10.6.2";
  EXPECT_EQ(Call(woo_->port(), "GET", local, WooBasic(kKey, kSecret), "").json().size(), west ? 0u : 1u);
  EXPECT_EQ(Call(woo_->port(), "GET", local + "Z", WooBasic(kKey, kSecret), "").json().size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Versions, WooReplayStore, ::testing::Values("7.9.0", "10.6.2"),
                         [](const auto& version) { return std::string(version.param) == "7.9.0" ? "v7" : "v10"; });

}  // namespace
}  // namespace fairlead_tests
