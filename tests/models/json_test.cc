#include "fairlead/models/json.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/product.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tests/models/fill.h"

namespace fairlead::models {
namespace {

using testing::AllTypes;
using testing::Bytes;
using testing::Fill;
using testing::FillOptions;
using testing::New;

constexpr std::uint64_t kSeed = 20240229;

std::string Json(const google::protobuf::Message& message) {
  const auto json = ToJson(message);
  EXPECT_TRUE(json.ok()) << json.status();
  return json.ok() ? *json : "";
}

TEST(Json, EveryMessageComesBackAsItWas) {
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (const auto* type : AllTypes()) {
    for (int i = 0; i < 25; ++i) {
      const auto message = New(*type);
      FillOptions options;
      options.percent = i == 0 ? 100 : 60;
      Fill(*message, random, options, 4);
      const std::string json = Json(*message);
      const auto back = New(*type);
      const absl::Status status = FromJson(json, *back);
      ASSERT_TRUE(status.ok()) << status << "\n" << json.substr(0, 400);
      ASSERT_TRUE(Bytes(*back) == Bytes(*message)) << json.substr(0, 400);
      ASSERT_TRUE(Json(*back) == json) << json.substr(0, 400);
      // Laid out for people it says the same.
      JsonWriteOptions pretty;
      pretty.pretty = true;
      const auto laid_out = ToJson(*message, pretty);
      ASSERT_TRUE(laid_out.ok());
      ASSERT_TRUE(FromJson(*laid_out, *back).ok()) << *laid_out;
      ASSERT_TRUE(Bytes(*back) == Bytes(*message));
    }
  }
}

TEST(Json, ProtobufsOwnParserReadsOursAndWeReadProtobufs) {
  std::mt19937_64 random(kSeed + 1);
  for (const auto* type : AllTypes()) {
    for (int i = 0; i < 10; ++i) {
      const auto message = New(*type);
      FillOptions options;
      options.any_messages = false;  // Their parser packs other bytes of the same message.
      Fill(*message, random, options, 4);
      const std::string ours = Json(*message);
      const auto theirs_back = New(*type);
      const auto status = google::protobuf::util::JsonStringToMessage(ours, theirs_back.get());
      ASSERT_TRUE(status.ok()) << std::string(status.message().data(), status.message().size()) << "\n"
                               << ours.substr(0, 400);
      ASSERT_TRUE(Bytes(*theirs_back) == Bytes(*message)) << ours.substr(0, 400);

      std::string theirs;
      ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &theirs).ok());
      const auto ours_back = New(*type);
      const absl::Status read = FromJson(theirs, *ours_back);
      ASSERT_TRUE(read.ok()) << read << "\n" << theirs.substr(0, 400);
      ASSERT_TRUE(Bytes(*ours_back) == Bytes(*message)) << theirs.substr(0, 400);
    }
  }
}

v1::Order SmallOrder() {
  v1::Order order;
  order.set_order_number("1001");
  order.mutable_placed_at()->set_seconds(1709208000);
  auto& line = *order.add_lines();
  line.set_line_key("item:1");
  line.set_kind(v1::LINE_KIND_ITEM);
  line.set_title("Caf\xC3\xA9 \"A\"\n");
  *line.mutable_net()->mutable_ledger() = *MakeMoney("EUR", "10.00");
  line.add_taxes()->set_channel_liable(true);
  order.mutable_rounding()->set_price_includes_tax(false);
  return order;
}

TEST(Json, TheTextIsStable) {
  EXPECT_EQ(
      Json(SmallOrder()),
      "{\"order_number\":\"1001\",\"placed_at\":\"2024-02-29T12:00:00Z\",\"lines\":[{\"line_key\":\"item:1\",\"kind\":"
      "\"LINE_KIND_ITEM\",\"title\":\"Caf\xC3\xA9 \\\"A\\\"\\n\",\"net\":{\"ledger\":{\"currency_code\":\"EUR\","
      "\"minor_units\":\"1000\",\"exponent\":2}},\"taxes\":[{\"channel_liable\":true}]}],\"rounding\":"
      "{\"price_includes_tax\":false}}");
  JsonWriteOptions pretty;
  pretty.pretty = true;
  v1::Money money;
  EXPECT_EQ(*ToJson(money, pretty), "{}");
  money.set_currency_code("EUR");
  EXPECT_EQ(*ToJson(money, pretty), "{\n  \"currency_code\": \"EUR\"\n}");
}

TEST(Json, AUnknownEnumValueAndAnUnknownTypeAreKept) {
  v1::Order order;
  order.set_payment_status(static_cast<v1::PaymentStatus>(77));
  auto& any = *order.mutable_header()->add_extensions();
  any.set_type_url("type.googleapis.com/acme.Unheard");
  any.set_value(std::string("\x00\xFFx", 3));
  const std::string json = Json(order);
  v1::Order back;
  ASSERT_TRUE(FromJson(json, back).ok()) << json;
  EXPECT_EQ(Bytes(back), Bytes(order));
}

TEST(Json, DecimalsMayBeWrittenAsText) {
  const auto quantities = FromJson<v1::LineQuantities>(R"({"ordered":"2.50","current":3,"shipped":{"unscaled":"5"}})");
  ASSERT_TRUE(quantities.ok()) << quantities.status();
  EXPECT_EQ(PrintDecimal(quantities->ordered()), "2.50");
  EXPECT_EQ(PrintDecimal(quantities->current()), "3");
  EXPECT_EQ(PrintDecimal(quantities->shipped()), "5");
}

TEST(Json, BothSpellingsOfNamesAndNumbers) {
  const auto money = FromJson<v1::Money>(R"({"currencyCode":"EUR","minor_units":1e3,"exponent":2.0})");
  ASSERT_TRUE(money.ok()) << money.status();
  EXPECT_EQ(MoneyText(*money), "10.00");
  EXPECT_EQ(FromJson<v1::Order>(R"({"payment_status":4})")->payment_status(), v1::PAYMENT_STATUS_PAID);
  // null is absent, and so says nothing.
  EXPECT_FALSE(FromJson<v1::Order>(R"({"buyer":null,"lines":null})")->has_buyer());
}

struct Bad {
  std::string json;
  std::string says;
};

TEST(Json, ErrorsNameThePlace) {
  const Bad cases[] = {
      {"", "line 1, column 1 (byte 0): the text ends where an object is expected"},
      {"[]", "line 1, column 1 (byte 0): '[' where an object is expected"},
      {"{\"order_number\":\"1\",}", "line 1, column 21 (byte 20): '}' where a member name in quotes is expected"},
      {"{\n \"lines\": [{}, {\"net\": {\"ledger\": {\"minor_units\": \"1.5\"}}}]}",
       "line 2, column 51 (byte 52), at lines[1].net.ledger.minor_units: an integer is expected here"},
      {"{\"order_number\":\"1\"} x", "line 1, column 22 (byte 21): something follows the end of the object"},
      {"{\"order_nr\":\"1\"}", "line 1, column 2 (byte 1): 'order_nr' is not a field of fairlead.v1.Order"},
      {"{\"order_number\":\"1\",\"orderNumber\":\"2\"}", "the member 'orderNumber' is there twice"},
      {"{\"order_number\":7}", "at order_number: '7' where a text in quotes is expected"},
      {"{\"payment_status\":\"PAID\"}", "'PAID' is not a value of fairlead.v1.PaymentStatus"},
      {"{\"placed_at\":\"yesterday\"}", "at placed_at: a time such as"},
      {"{\"placed_at\":\"2023-02-29T00:00:00Z\"}", "at placed_at: a time such as"},
      {"{\"lines\":[{\"quantities\":{\"ordered\":\"1,5\"}}]}",
       "at lines[0].quantities.ordered: '1,5' is not a decimal number"},
      {"{\"lines\":[{\"quantities\":{\"ordered\":1e400}}]}", "more digits than"},
      {"{\"totals\":{\"residual\":{\"exponent\":4294967296}}}", "the number is out of range"},
      {"{\"totals\":{\"residual\":{\"exponent\":-1}}}", "not negative"},
      {"{\"totals\":{\"residual\":{\"minor_units\":9223372036854775808}}}", "an integer is expected"},
      {"{\"order_number\":NaN}", "'N' where a text in quotes is expected"},
      {"{\"order_number\":\"\\ud800\"}", "a high surrogate without a low one"},
      {"{\"order_number\":\"\\udc00\"}", "a low surrogate without a high one"},
      {"{\"order_number\":\"\\ud800\\u0041\"}", "a high surrogate without a low one"},
      {"{\"order_number\":\"\\x\"}", "an unknown escape"},
      {"{\"order_number\":\"a\nb\"}", "a control character"},
      {"{\"order_number\":\"\xFF\"}", "a byte that is not UTF-8"},
      {"{\"order_number\":\"\xED\xA0\x80\"}", "a byte that is not UTF-8"},
      {"{\"order_number\":\"open", "a text without a closing quote"},
      {"{'order_number':1}", "'\\'' where a member name"},
      {"{\"guest\":01}", "is not a field"},
      {"{\"buyer\":{\"guest\":1}}", "true or false"},
      {"{\"header\":{\"custom\":{\"a\":1e400}}}", "at header.custom.a: the number is out of range"},
      {"{\"header\":{\"custom\":{\"a\":01}}}", "must not begin with 0"},
      {"{\"header\":{\"custom\":{\"a\":1,\"a\":2}}}", "the member 'a' is there twice"},
      {"{\"entity_id\":1}", "is not a field"},
      {"{\"header\":{\"content_hash\":\"*\"}}", "not base64"},
      {"{\"header\":{\"source_versions\":[{\"etag\":\"a\",\"number\":\"1\"}]}}",
       "only one of the members of 'version'"},
      {"<html><body>Bad gateway</body></html>", "'<' where an object is expected"},
      {"\xEF\xBB\xBF{}", "an unexpected byte"},
      {"null", "'n' where an object is expected"},
  };
  for (const Bad& bad : cases) {
    v1::Order order;
    order.set_order_number("before");
    const absl::Status status = FromJson(bad.json, order);
    ASSERT_FALSE(status.ok()) << bad.json;
    EXPECT_EQ(KindOf(status), ErrorKind::kUnparseable);
    std::string says = bad.says;
    if (says.rfind("'\\''", 0) == 0) says = "''' where a member name";
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(says)) << bad.json;
    EXPECT_TRUE(order.order_number().empty()) << bad.json;
  }
}

TEST(Json, DepthIsBounded) {
  std::string deep = "{\"header\":{\"custom\":{\"a\":";
  deep += std::string(100000, '[');
  v1::Order order;
  const absl::Status status = FromJson(deep, order);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("nested more than 100 deep"));
  JsonReadOptions lenient;
  lenient.ignore_unknown_fields = true;
  EXPECT_FALSE(FromJson("{\"x\":" + std::string(200, '[') + std::string(200, ']') + "}", order, lenient).ok());
  // A message nested deeper than it could be read again is not written.
  google::protobuf::Value value;
  google::protobuf::Value* at = &value;
  for (int i = 0; i < 5000; ++i) at = at->mutable_list_value()->add_values();
  at->set_bool_value(true);
  *(*order.mutable_header()->mutable_custom()->mutable_fields())["a"].mutable_list_value()->add_values() = value;
  std::string out = "kept";
  EXPECT_FALSE(AppendJson(order, out).ok());
  EXPECT_EQ(out, "kept");
}

TEST(Json, UnknownMembersAreSkippedOnlyOnRequest) {
  JsonReadOptions lenient;
  lenient.ignore_unknown_fields = true;
  const auto order = FromJson<v1::Order>(R"({"x":[1,{"y":"z","w":[null,true]}],"order_number":"7"})", lenient);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->order_number(), "7");
  EXPECT_FALSE(FromJson<v1::Order>(R"({"x":[1,}],"order_number":"7"})", lenient).ok());
}

TEST(Json, NoPrefixOfAMessageIsTakenForOne) {
  std::mt19937_64 random(kSeed + 2);
  v1::Order order;
  Fill(order, random, FillOptions(), 3);
  const std::string json = Json(order);
  v1::Order back;
  for (std::size_t size = 0; size < json.size(); ++size) {
    ASSERT_FALSE(FromJson(json.substr(0, size), back).ok()) << size;
  }
}

TEST(Json, DamagedBytesAreRefusedOrReadAsSomethingThatComesBack) {
  std::mt19937_64 random(kSeed + 3);
  v1::Order order;
  Fill(order, random, FillOptions(), 3);
  const std::string json = Json(order);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = json;
    for (int hits = 0; hits < 3; ++hits) damaged[random() % damaged.size()] = static_cast<char>(random());
    v1::Order back;
    if (!FromJson(damaged, back).ok()) continue;
    v1::Order again;
    ASSERT_TRUE(FromJson(Json(back), again).ok());
    ASSERT_EQ(Bytes(again), Bytes(back));
  }
}

TEST(Json, WhatCannotBeWrittenIsNamed) {
  v1::Order order;
  order.add_lines()->set_title("\xC3");
  EXPECT_EQ(ToJson(order).status().message(),
            "cannot be written as JSON, at lines[0].title: the text is not UTF-8 from its byte 0 on");
  v1::Order times;
  times.mutable_paid_at()->set_seconds(1LL << 60);
  EXPECT_THAT(std::string(ToJson(times).status().message()), ::testing::HasSubstr("at paid_at"));
}

TEST(JsonLines, CountsLinesAndSkipsEmptyOnes) {
  std::vector<std::pair<std::size_t, std::string>> seen;
  for (JsonLines lines("{}\r\n\n  \n{\"a\":1}\n{}"); lines.Next();)
    seen.emplace_back(lines.number(), std::string(lines.line()));
  EXPECT_EQ(seen, (std::vector<std::pair<std::size_t, std::string>>{{1, "{}"}, {4, "{\"a\":1}"}, {5, "{}"}}));
  EXPECT_FALSE(JsonLines("").Next());
}

}  // namespace
}  // namespace fairlead::models
