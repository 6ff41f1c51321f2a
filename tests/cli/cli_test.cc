// What a pipe and a script rely on: canonical lines on standard output, findings elsewhere, and the exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "rapidjson/document.h"
#include "tests/cli/command.h"

namespace fairlead_cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kWoo = std::string(FAIRLEAD_TESTDATA) + "/woocommerce-10.6.2/";

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Parse, CleanPageIsOneLineARecordAndExitZero) {
  const Ran ran = Fairlead({"parse", "woocommerce", "order", kWoo + "lists/orders-default-p2.json"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_EQ(ran.lines(), 100);
  EXPECT_THAT(ran.err, IsEmpty());
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    rapidjson::Document json;
    ASSERT_FALSE(json.Parse(line.c_str()).HasParseError()) << line;
    EXPECT_TRUE(json.HasMember("orderNumber") || json.HasMember("order_number")) << line;
  }
}

TEST(Parse, FindingsAreSaidBesideTheRecordsWithExitOne) {
  const std::vector<std::string> command = {"parse", "woocommerce", "order", kWoo + "lists/orders-default-p1.json"};
  const Ran ran = Fairlead(command);
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.lines(), 100);
  EXPECT_THAT(ran.err, HasSubstr("341: ghost_line at lines[item:993].variant"));
  std::vector<std::string> as_json = command;
  as_json.emplace_back("--json");
  std::istringstream lines(Fairlead(as_json).err);
  int findings = 0;
  for (std::string line; std::getline(lines, line); ++findings) {
    rapidjson::Document json;
    ASSERT_FALSE(json.Parse(line.c_str()).HasParseError()) << line;
    EXPECT_TRUE(json.HasMember("id") && json.HasMember("code") && json.HasMember("path") && json.HasMember("message"));
  }
  EXPECT_EQ(findings, 5);
}

TEST(Parse, RecordThatCannotBeReadIsNamedAndTheOthersComeThrough) {
  const std::string page = Read(kWoo + "lists/orders-default-p2.json");
  const Ran ran = Fairlead({"parse", "woocommerce", "order", "-"}, "[{\"id\": 7}," + page.substr(page.find('{')));
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.lines(), 100);
  EXPECT_THAT(ran.err, HasSubstr("unreadable"));
}

TEST(Parse, UnusableInputIsExitTwoWithOneSentenceAndNoOutput) {
  const std::vector<std::pair<std::string, std::string>> inputs = {
      {"[{\"id\": 1", "cut off"},
      {"<html><body>502</body></html>", "HTML instead of JSON"},
      {"", ""},
  };
  for (const auto& [input, says] : inputs) {
    const Ran ran = Fairlead({"parse", "woocommerce", "order"}, input);
    EXPECT_EQ(ran.exit, 2) << input.substr(0, 40);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr("fairlead parse: "));
    EXPECT_THAT(ran.err, HasSubstr(says));
  }
}

TEST(Parse, EachKindThatASystemHasIsRead) {
  EXPECT_EQ(Fairlead({"parse", "woocommerce", "product", kWoo + "lists/products-p1.json"}).lines(), 100);
  EXPECT_EQ(Fairlead({"parse", "woocommerce", "customer", kWoo + "lists/customers-p1.json"}).lines(), 59);
  EXPECT_EQ(Fairlead({"parse", "woocommerce", "inventory", kWoo + "lists/products-p1.json"}).exit, 0);
  EXPECT_EQ(Fairlead({"parse", "woocommerce", "refund", kWoo + "lists/refunds-store-wide.json"}).lines(), 9);
  const Ran none = Fairlead({"parse", "woocommerce", "invoice", kWoo + "lists/products-p1.json"});
  EXPECT_EQ(none.exit, 2);
  EXPECT_THAT(none.err, HasSubstr("INVOICE"));
}

TEST(Parse, WrongWordsAreNamedWithWhatIsAllowed) {
  EXPECT_THAT(Fairlead({"parse", "shopify", "order"}).err,
              HasSubstr("unknown system 'shopify': woocommerce or tryton"));
  EXPECT_THAT(Fairlead({"parse", "woocommerce", "orders"}).err, HasSubstr("unknown kind 'orders': order, product"));
  EXPECT_THAT(Fairlead({"parse", "woocommerce", "order", "/no/such/file"}).err, HasSubstr("cannot read /no/such/file"));
  EXPECT_THAT(Fairlead({"parse", "--colour"}).err, HasSubstr("unknown option --colour"));
  for (const auto& command : std::vector<std::vector<std::string>>{{},
                                                                   {"pasre"},
                                                                   {"parse"},
                                                                   {"parse", "shopify", "order"},
                                                                   {"parse", "woocommerce", "orders"},
                                                                   {"sync"},
                                                                   {"dlq"},
                                                                   {"dlq", "list"},
                                                                   {"ledger"},
                                                                   {"order", "show"}})
    EXPECT_EQ(Fairlead(command).exit, 2);
}

TEST(Help, EachCommandShowsAnExample) {
  EXPECT_EQ(Fairlead({"--help"}).exit, 0);
  for (const char* command : {"parse", "sync", "outbox", "dlq", "ledger", "order"}) {
    const Ran ran = Fairlead({command, "--help"});
    EXPECT_EQ(ran.exit, 0) << command;
    EXPECT_THAT(ran.out, HasSubstr(std::string("\n  fairlead ") + command)) << "an example stands on a line of its own";
    EXPECT_THAT(Fairlead({"--help"}).out, HasSubstr(std::string("fairlead ") + command));
    EXPECT_THAT(ran.err, IsEmpty());
  }
}

}  // namespace
}  // namespace fairlead_cli_test
