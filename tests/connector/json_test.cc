// The JSON reader: what it takes, what it refuses and how it says so. RapidJSON is the oracle for what is JSON at all.
#include "src/connector/internal/json.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/core/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "src/connector/internal/json_writer.h"
#include "src/connector/internal/key_table.h"

namespace {

using fairlead::ErrorKind;
using fairlead::KindOf;
using fairlead::internal::json::Document;
using fairlead::internal::json::Fields;
using fairlead::internal::json::KeyTable;
using fairlead::internal::json::Kind;
using fairlead::internal::json::Limits;
using fairlead::internal::json::Value;
using fairlead::internal::json::Writer;
using ::testing::HasSubstr;

Document Parsed(std::string text) {
  auto document = Document::Parse(std::move(text));
  EXPECT_TRUE(document.ok()) << document.status();
  return document.ok() ? std::move(*document) : Document();
}

std::string Refusal(std::string text, const Limits& limits = {}) {
  auto document = Document::Parse(std::move(text), limits);
  EXPECT_FALSE(document.ok());
  if (document.ok()) return "";
  EXPECT_TRUE(KindOf(document.status()) == ErrorKind::kUnparseable ||
              KindOf(document.status()) == ErrorKind::kTooLarge);
  return std::string(document.status().message());
}

TEST(JsonReaderTest, ReadsEveryKindOfValue) {
  const Document document =
      Parsed(R"( {"a": [1, -0.50, 1e400, "x\u00e9\n", true, false, null, {}, []], "b": {"c": "d"}} )");
  const Value root = document.root();
  EXPECT_EQ(root.size(), 2U);
  const Value a = root["a"];
  ASSERT_EQ(a.size(), 9U);
  EXPECT_EQ(a.At(0).AsInt64(), 1);
  // The number's own text: 0.50 is not 0.5, and 1e400 is no infinity.
  EXPECT_EQ(a.At(1).text(), "-0.50");
  EXPECT_EQ(a.At(2).text(), "1e400");
  EXPECT_EQ(a.At(2).AsInt64(), std::nullopt);
  EXPECT_EQ(a.At(3).AsString(), "x\xC3\xA9\n");
  EXPECT_EQ(a.At(4).AsBool(), true);
  EXPECT_EQ(a.At(5).AsBool(), false);
  EXPECT_TRUE(a.At(6).is_null());
  EXPECT_EQ(a.At(7).kind(), Kind::kObject);
  EXPECT_EQ(a.At(7).size(), 0U);
  EXPECT_EQ(a.At(8).size(), 0U);
  EXPECT_EQ(root["b"]["c"].text(), "d");
  EXPECT_EQ(a.raw(), R"([1, -0.50, 1e400, "x\u00e9\n", true, false, null, {}, []])");
  EXPECT_EQ(a.At(3).raw(), R"("x\u00e9\n")");
}

TEST(JsonReaderTest, MissingThingsAnswerInsteadOfCrashing) {
  const Document document = Parsed(R"({"n": 7, "s": "x"})");
  const Value missing = document.root()["none"]["deeper"].At(3);
  EXPECT_FALSE(missing.present());
  EXPECT_TRUE(missing.empty());
  EXPECT_EQ(missing.text(), "");
  EXPECT_EQ(missing.raw(), "");
  EXPECT_EQ(missing.size(), 0U);
  EXPECT_TRUE(missing.Check().ok());
  for (const Value item : document.root()["n"].Items()) ADD_FAILURE() << item.text();
  EXPECT_EQ(document.root()["s"].AsInt64(), std::nullopt);
  EXPECT_EQ(document.root()["n"].AsString(), std::nullopt);
  EXPECT_EQ(document.root()["n"].AsBool(), std::nullopt);
}

TEST(JsonReaderTest, IntegersThatDoNotFitAreNone) {
  const Document document = Parsed("[9223372036854775807, -9223372036854775808, 9223372036854775808, 1.0, 1e2, 0]");
  EXPECT_EQ(document.root().At(0).AsInt64(), INT64_MAX);
  EXPECT_EQ(document.root().At(1).AsInt64(), INT64_MIN);
  EXPECT_EQ(document.root().At(2).AsInt64(), std::nullopt);
  EXPECT_EQ(document.root().At(3).AsInt64(), std::nullopt);
  EXPECT_EQ(document.root().At(4).AsInt64(), std::nullopt);
  EXPECT_EQ(document.root().At(5).AsInt64(), 0);
}

TEST(JsonReaderTest, RefusalsSayWhereAndWhatToDo) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "empty"},
      {"   ", "empty"},
      {"<!DOCTYPE html><html>log in</html>", "HTML instead of JSON"},
      {"\n <br />\n<b>Warning</b>: Undefined {\"id\": 1}", "HTML instead of JSON"},
      {"{\"id\": 1}<html>", "followed by HTML"},
      {"{\"id\": 1} {\"id\": 2}", "something follows"},
      {"{\"id\": 1", "cut off"},
      {"{\"id\"", "cut off"},
      {"{\"i", "cut off"},
      {"{\"id\": \"a\\", "cut off"},
      {"{\"id\": \"a\\u12", "cut off"},
      {"[1, 2", "cut off"},
      {"[1,", "cut off"},
      {"[tru", "cut off"},
      {"[-", "cut off"},
      {"[1.", "cut off"},
      {"[1e", "cut off"},
      {"{\"id\" 1}", "colon"},
      {"{\"id\": 1 \"b\": 2}", "comma or '}'"},
      {"[1 2]", "comma or ']'"},
      {"[1,]", "value is missing"},
      {"{\"a\": }", "value is missing"},
      {"{\"a\": 1,}", "key in double quotes"},
      {"{a: 1}", "key in double quotes"},
      {"{'a': 1}", "key in double quotes"},
      {"[NaN]", "NaN"},
      {"[Infinity]", "Infinity"},
      {"[-Infinity]", "Infinity"},
      {"[nul]", "true, false and null"},
      {"[01]", "starts with 0"},
      {"[.5]", "value is expected"},
      {"[1.x]", "decimal point"},
      {"[1ex]", "exponent"},
      {"[\"a\nb\"]", "control character"},
      {"[\"\\x\"]", "unknown escape"},
      {"[\"\\u12G4\"]", "hexadecimal"},
      {"[\"\\ud83d\"]", "surrogate"},
      {"[\"\\udc9a\"]", "surrogate"},
      {"[\"\\ud83dx\"]", "surrogate"},
      {"[\"\\ud83d\\u0041\"]", "surrogate"},
      {"[\"\xFF\"]", "not UTF-8"},
      {"[\"\xC0\x80\"]", "not UTF-8"},
      {"[\"\xED\xA0\x80\"]", "not UTF-8"},
      {"[\"\xF5\x80\x80\x80\"]", "not UTF-8"},
      {"[\"\xE2\x82\"]", "not UTF-8"},
      {"[\"\\n\xE2\x82\"]", "not UTF-8"},
      {std::string("[1]\0", 4), "something follows"},
      {std::string("[\0]", 3), "value is expected"},
      {"{\"a\": 1, \"b\": 2, \"a\": 3}", "'a' stands twice"},
      {"{\"a\": 1, \"\\u0061\": 3}", "'a' stands twice"},
  };
  for (const auto& [text, wanted] : table) {
    const std::string message = Refusal(text);
    EXPECT_THAT(message, HasSubstr(wanted)) << text;
  }
  EXPECT_THAT(Refusal("{\n  \"a\": 1,\n  \"b\" 2}"), HasSubstr("line 3 column 7"));
}

TEST(JsonReaderTest, EveryPrefixOfATextIsRefused) {
  const std::string text = R"({"a": [1, -2.5e+3, "x\u00e9\ud83d\ude00\\"], "b": {"c": null, "d": [true, false]}})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Document::Parse(text.substr(0, size)).ok()) << text.substr(0, size);
  }
  EXPECT_TRUE(Document::Parse(text).ok());
}

TEST(JsonReaderTest, KeepsPairsOfSurrogatesAndSkipsAByteOrderMark) {
  EXPECT_EQ(Parsed("\xEF\xBB\xBF[\"\\ud83d\\ude00\"]").root().At(0).text(), "\xF0\x9F\x98\x80");
}

TEST(JsonReaderTest, FindsDuplicateKeysInLargeObjectsToo) {
  std::string text = "{";
  for (int i = 0; i < 500; ++i) text += "\"key_number_" + std::to_string(i) + "\": 1, ";
  EXPECT_TRUE(Document::Parse(text + "\"x\": 1}").ok());
  EXPECT_THAT(Refusal(text + "\"key_number_77\": 1}"), HasSubstr("'key_number_77' stands twice"));
  EXPECT_TRUE(Document::Parse(R"([{"a": 1}, {"a": 1, "b": {"a": 2}}])").ok());
}

std::string Nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonReaderTest, LimitsDepthSizeAndCount) {
  EXPECT_TRUE(Document::Parse(Nested(64)).ok());
  EXPECT_THAT(Refusal(Nested(65)), HasSubstr("deeper than 64"));
  EXPECT_THAT(Refusal(Nested(200)), HasSubstr("deeper than 64"));
  EXPECT_THAT(Refusal(std::string(2'000'000, '[')), HasSubstr("deeper than"));
  EXPECT_THAT(Refusal(std::string(2'000'000, '{')), HasSubstr("key in double quotes"));
  Limits limits;
  limits.max_bytes = 10;
  auto large = Document::Parse("[1, 2, 3, 4]", limits);
  EXPECT_EQ(KindOf(large.status()), ErrorKind::kTooLarge);
  EXPECT_THAT(std::string(large.status().message()), HasSubstr("12 bytes, more than the limit of 10"));
  limits = Limits();
  limits.max_nodes = 100;
  std::string many = "[0";
  for (int i = 0; i < 200; ++i) many += ",0";
  auto crowded = Document::Parse(many + "]", limits);
  EXPECT_EQ(KindOf(crowded.status()), ErrorKind::kTooLarge);
  EXPECT_THAT(std::string(crowded.status().message()), HasSubstr("more than 100 values"));
}

TEST(JsonReaderTest, ThreeHundredMegabytesAreRefusedBeforeTheyAreRead) {
  std::string huge;
  try {
    huge.assign(std::size_t{300} << 20, '[');
  } catch (const std::bad_alloc&) {
    GTEST_SKIP() << "no memory for the input itself";
  }
  auto document = Document::Parse(std::move(huge));
  EXPECT_EQ(KindOf(document.status()), ErrorKind::kTooLarge);
}

// One damaged record must not stop the page it lies on.
TEST(JsonReaderTest, APageKeepsTheFaultsOfItsRecordsApart) {
  auto page = Document::ParsePage(
      "[{\"id\": 1}, {\"id\": 2, \"id\": 3}, {\"id\": 4, \"n\": [\"\\ud800\"]}, {\"id\": 5, \"n\": \"\xFF\"}, {\"id\": "
      "6, \"d\": " +
      Nested(64) + "}, {\"id\": 7}]");
  ASSERT_TRUE(page.ok()) << page.status();
  std::string verdicts;
  for (const Value item : page->root().Items()) verdicts += item.Check().ok() ? 'o' : 'x';
  EXPECT_EQ(verdicts, "oxxxxo");
  EXPECT_THAT(std::string(page->root().At(1).Check().message()), HasSubstr("'id' stands twice"));
  EXPECT_FALSE(page->root().Check().ok());
}

TEST(JsonReaderTest, FaultsWithoutEndAreRefusedWhole) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "\"\xFF\",";
  EXPECT_FALSE(Document::ParsePage(text + "1]").ok());
}

/// Whether two readings of one text are the same: structure, text and order.
void ExpectSame(const Value& ours, const rapidjson::Value& theirs, const std::string& where) {
  switch (ours.kind()) {
    case Kind::kMissing:
      FAIL() << where;
    case Kind::kNull:
      EXPECT_TRUE(theirs.IsNull()) << where;
      return;
    case Kind::kFalse:
      EXPECT_TRUE(theirs.IsFalse()) << where;
      return;
    case Kind::kTrue:
      EXPECT_TRUE(theirs.IsTrue()) << where;
      return;
    case Kind::kNumber:
    case Kind::kString:
      ASSERT_TRUE(theirs.IsString()) << where;  // Numbers are parsed as strings there.
      EXPECT_EQ(ours.text(), std::string_view(theirs.GetString(), theirs.GetStringLength())) << where;
      return;
    case Kind::kArray: {
      ASSERT_TRUE(theirs.IsArray()) << where;
      ASSERT_EQ(ours.size(), theirs.Size()) << where;
      rapidjson::SizeType i = 0;
      for (const Value item : ours.Items()) ExpectSame(item, theirs[i++], where);
      return;
    }
    case Kind::kObject: {
      ASSERT_TRUE(theirs.IsObject()) << where;
      ASSERT_EQ(ours.size(), theirs.MemberCount()) << where;
      auto member = theirs.MemberBegin();
      for (const Value::Member& mine : ours.Members()) {
        EXPECT_EQ(mine.key, std::string_view(member->name.GetString(), member->name.GetStringLength())) << where;
        ExpectSame(mine.value, member->value, where);
        ++member;
      }
    }
  }
}

TEST(JsonReaderTest, ReadsCapturedPayloadsAsRapidJsonDoes) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FAIRLEAD_TESTDATA)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    auto ours = Document::Parse(text);
    rapidjson::Document theirs;
    theirs.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                                text.size());
    ASSERT_EQ(ours.ok(), !theirs.HasParseError()) << entry.path() << " " << ours.status();
    if (ours.ok()) ExpectSame(ours->root(), theirs, entry.path().string());
    ++files;
  }
  EXPECT_GT(files, 500U);
}

// Damage to a real payload: what RapidJSON refuses must be refused here; we may refuse more, and then say why.
TEST(JsonReaderTest, IsNeverLaxerThanRapidJson) {
  std::ifstream in(std::string(FAIRLEAD_TESTDATA) + "/woocommerce-10.6.2/orders/coupon-two-create.json",
                   std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  ASSERT_FALSE(text.empty());
  std::uint64_t state = 42;
  const auto next = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state >> 33);
  };
  const std::string junk("\"\\{}[]:,0123456789eE+-.tfn \n\t\xC3\xFF\0u", 34);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = text.substr(0, 900 + next() % 600);
    for (std::size_t hits = 1 + next() % 3; hits > 0; --hits)
      damaged[next() % damaged.size()] = junk[next() % junk.size()];
    damaged += i % 2 == 0 ? "" : "\"}]}]}";
    auto ours = Document::Parse(damaged);
    rapidjson::Document theirs;
    theirs.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag>(damaged.data(),
                                                                                                damaged.size());
    if (theirs.HasParseError()) {
      EXPECT_FALSE(ours.ok()) << damaged;
    } else if (ours.ok()) {
      ExpectSame(ours->root(), theirs, damaged);
    } else {
      EXPECT_THAT(std::string(ours.status().message()),
                  ::testing::AnyOf(HasSubstr("stands twice"), HasSubstr("surrogate"), HasSubstr("followed"),
                                   HasSubstr("something follows")))
          << damaged;
    }
  }
}

TEST(JsonWriterTest, WritesCompactlyInOrderAndReadsBack) {
  Writer writer;
  writer.BeginObject().Member("b", "x\"\\\n\x01").Member("a", std::int64_t{-7}).Member("t", true);
  writer.Key("list").BeginArray().Null().Raw("1.50").Bool(false).BeginObject().EndObject().EndArray();
  writer.Member("bad", std::string_view("a\xFFz")).EndObject();
  EXPECT_EQ(writer.text(),
            "{\"b\":\"x\\\"\\\\\\u000a\\u0001\",\"a\":-7,\"t\":true,\"list\":[null,1.50,false,{}],\"bad\":"
            "\"a\xEF\xBF\xBDz\"}");
  const Document document = Parsed(writer.Take());
  EXPECT_EQ(document.root()["b"].text(), "x\"\\\n\x01");
}

TEST(KeyTableTest, FindsItsKeysAndNoOthers) {
  static constexpr KeyTable kKeys({"id", "date_created", "date_created_gmt", "total", "total_tax", "a", ""});
  EXPECT_EQ(kKeys.Find("id"), 0);
  EXPECT_EQ(kKeys.Find("date_created"), 1);
  EXPECT_EQ(kKeys.Find("date_created_gmt"), 2);
  EXPECT_EQ(kKeys.Find("total_tax"), 4);
  EXPECT_EQ(kKeys.Find("a"), 5);
  EXPECT_EQ(kKeys.Find(""), 6);
  EXPECT_EQ(kKeys.Find("total_ta"), -1);
  EXPECT_EQ(kKeys.Find("totax"), -1);
  EXPECT_EQ(kKeys.Find("date_createX"), -1);
  const Document document = Parsed(R"({"total": "1", "x": 2, "id": 3})");
  const Fields<7> fields(kKeys, document.root());
  EXPECT_EQ(fields[0].text(), "3");
  EXPECT_EQ(fields[3].text(), "1");
  EXPECT_FALSE(fields[1].present());
}

}  // namespace
