// Text becomes a bundle, or an error that says where and what to do.
#include <string>

#include "fairlead/core/error.h"
#include "gmock/gmock.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  const auto source = policy::ReadBundle(text, "acme.txtpb");
  EXPECT_FALSE(source.ok());
  if (source.ok()) return "";
  EXPECT_EQ(fairlead::KindOf(source.status()), fairlead::ErrorKind::kConfiguration);
  EXPECT_LT(source.status().message().size(), 4000u);
  return std::string(source.status().message());
}

TEST(ReadBundle, ReadsTheGoldenBundle) {
  const v1::PolicyBundle bundle = Acme();
  EXPECT_EQ(bundle.name(), "acme-commerce");
  EXPECT_EQ(bundle.version(), 14u);
  ASSERT_EQ(bundle.rules_size(), 5);
  EXPECT_EQ(bundle.rules(0).explain(0), v1::ORDERS_NOT_POSTED);
  ASSERT_EQ(bundle.posting_size(), 1);
  EXPECT_EQ(bundle.posting(0).residual_limit(), "0.05");
}

TEST(ReadBundle, UnknownFieldSuggestsTheNearest) {
  EXPECT_THAT(
      ErrorOf("name: \"a\"\nrules {\n  id: \"stock\"\n  onwer: \"erp\"\n}\n"),
      AllOf(StartsWith("acme.txtpb:4:3: rule \"stock\": rules has no field \"onwer\" (did you mean \"owner\"?)"),
            HasSubstr("it may have \"id\", \"entity\"")));
}

TEST(ReadBundle, UnknownValueSuggestsTheNearest) {
  EXPECT_THAT(ErrorOf("rules {\n  id: \"stock\"\n  resolve: OWNER_WIN\n}\n"),
              AllOf(StartsWith("acme.txtpb:3:12: rule \"stock\": \"OWNER_WIN\" is no value of resolve (did you mean "
                               "\"OWNER_WINS\"?); use one of"),
                    HasSubstr("\"MANUAL_REVIEW\"")));
}

TEST(ReadBundle, AllUnknownNamesAtOnce) {
  const std::string error = ErrorOf(
      "rules {\n  id: \"a\"\n  entity: INVENTORY\n  resolve: OWNER_WIN\n}\n"
      "rules {\n  id: \"b\"\n  responsable: \"x\"\n  on_blank: KEEEP\n}\n");
  EXPECT_THAT(error, HasSubstr("acme.txtpb:3:11: rule \"a\": \"INVENTORY\" is no value of entity"));
  EXPECT_THAT(error, HasSubstr("acme.txtpb:4:12: rule \"a\": \"OWNER_WIN\""));
  EXPECT_THAT(
      error,
      HasSubstr("acme.txtpb:8:3: rule \"b\": rules has no field \"responsable\" (did you mean \"responsible\"?)"));
  EXPECT_THAT(error,
              HasSubstr("acme.txtpb:9:13: rule \"b\": \"KEEEP\" is no value of on_blank (did you mean \"KEEP\"?)"));
}

// A tab counts as one column, as editors show it when asked for the character.
TEST(ReadBundle, ColumnsCountTabsOnce) {
  EXPECT_THAT(ErrorOf("rules {\n\tid: \"a\"\n\t\tonwer: \"erp\"\n}\n"), StartsWith("acme.txtpb:3:3: rule \"a\""));
}

TEST(ReadBundle, AFieldTwice) {
  EXPECT_THAT(ErrorOf("name: \"a\"\nname: \"b\"\n"),
              AllOf(StartsWith("acme.txtpb:2:"), HasSubstr("a second time: keep one")));
}

TEST(ReadBundle, AFaultOutsideOfRulesNamesNoRule) {
  const std::string error = ErrorOf("rules { id: \"a\" }\nsystems { id: \"web\" konnector: \"x\" }\n");
  EXPECT_THAT(error, StartsWith("acme.txtpb:2:"));
  EXPECT_EQ(error.find("rule \"a\""), std::string::npos) << error;
}

TEST(ReadBundle, BrokenStructureIsSaidOnce) {
  EXPECT_THAT(ErrorOf("name: \"a\"\nrules {\n  id \"x\"\n}\n"),
              AllOf(StartsWith("acme.txtpb:3:"), HasSubstr("not valid textproto")));
  EXPECT_THAT(ErrorOf("rules {\n  id: \"x\"\n"), HasSubstr("not valid textproto"));
  EXPECT_THAT(ErrorOf("name: \"unterminated\nversion: 1\n"), StartsWith("acme.txtpb:1:"));
}

TEST(ReadBundle, JsonIsNotTextproto) { EXPECT_THAT(ErrorOf("{\"name\": \"acme\"}"), StartsWith("acme.txtpb:1:")); }

TEST(ReadBundle, BinaryJunk) {
  EXPECT_THAT(ErrorOf(Acme().SerializeAsString()),
              HasSubstr("is no text: a bundle is textproto in UTF-8, not a binary file"));
  EXPECT_THAT(ErrorOf(std::string("name: \"\xff\xfe\"")), HasSubstr("are not UTF-8"));
  EXPECT_THAT(ErrorOf(std::string("name: \"a\0b\"", 11)), AllOf(StartsWith("acme.txtpb:1:9:"), HasSubstr("byte 0")));
  EXPECT_THAT(ErrorOf("name: \"\xed\xa0\x80\""), HasSubstr("are not UTF-8"));
}

TEST(ReadBundle, ALineOfOneMegabyte) {
  EXPECT_THAT(ErrorOf("name: \"a\"\nversion: 1 # " + std::string(1 << 20, 'x') + "\n"),
              AllOf(StartsWith("acme.txtpb:2:1:"), HasSubstr("the limit is 16384: break it")));
}

TEST(ReadBundle, TooLong) {
  std::string text;
  while (text.size() <= policy::kMaxBundleBytes) text += std::string(1000, '#') + "\n";
  EXPECT_THAT(ErrorOf(text), HasSubstr("the limit is 8388608"));
}

TEST(ReadBundle, DeepNesting) {
  std::string braces;
  for (int i = 0; i < 100'000; ++i) braces += "rules {\n";
  EXPECT_THAT(ErrorOf(braces), AllOf(StartsWith("acme.txtpb:17:7:"), HasSubstr("nested deeper than 16 levels")));
  EXPECT_THAT(ErrorOf(std::string(15'000, '[')), HasSubstr("nested deeper"));
}

// Braces in texts and comments are not structure.
TEST(ReadBundle, BracesInTextsAndComments) {
  std::string text = "# {{{{{{{{{{{{{{{{{{{{{{\nname: \"{{{{{{{{{{{{{{{{{{{{{{{{{\\\"{{{\"\n";
  EXPECT_TRUE(policy::ReadBundle(text, "x").ok()) << policy::ReadBundle(text, "x").status();
}

// Whatever the bytes are: an answer, no crash, no message that cannot be printed.
TEST(ReadBundle, MutatedBundlesNeverCrash) {
  const std::string good = AcmeText();
  std::uint64_t state = 42;
  const auto next = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33);
  };
  for (int i = 0; i < 2000; ++i) {
    std::string text = good;
    for (std::size_t changes = next() % 4 + 1; changes > 0; --changes) {
      const std::size_t at = next() % text.size();
      switch (next() % 3) {
        case 0:
          text[at] = static_cast<char>(next() % 256);
          break;
        case 1:
          text.erase(at, next() % 20);
          break;
        default:
          text.insert(at, text.substr(next() % text.size(), next() % 30));
          break;
      }
    }
    const auto source = policy::ReadBundle(text, "m.txtpb");
    if (source.ok()) {
      (void)policy::CompiledPolicy::Compile(*source, Both());
    } else {
      EXPECT_THAT(std::string(source.status().message()), StartsWith("m.txtpb:"));
    }
  }
}

}  // namespace
}  // namespace policy_test
