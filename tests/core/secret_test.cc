#include "fairlead/core/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <sstream>
#include <string>
#include <utility>

namespace fairlead {
namespace {

const char kShort[] = "hunter2-hunter";  // Short enough to lie inside the std::string object itself.

// Without the first character, which a string that was moved from overwrites with its terminator.
bool Holds(const void* memory, std::size_t size, std::string_view text) {
  text.remove_prefix(1);
  const auto* bytes = static_cast<const char*>(memory);
  return std::search(bytes, bytes + size, text.begin(), text.end()) != bytes + size;
}

TEST(Secret, NeverPrints) {
  std::ostringstream out;
  out << Secret("token") << Secret();
  EXPECT_EQ(out.str(), "[redacted][redacted]");
  EXPECT_EQ(Secret("token").Reveal(), "token");
}

TEST(Secret, AMovedFromSecretHoldsNothing) {
  Secret from{std::string(kShort)};
  ASSERT_TRUE(Holds(&from, sizeof(from), kShort)) << "the test needs a text that lies in the object";
  const Secret to(std::move(from));
  EXPECT_FALSE(Holds(&from, sizeof(from), kShort));
  EXPECT_EQ(to.Reveal(), kShort);

  Secret second{std::string(kShort)};
  Secret target;
  target = std::move(second);
  EXPECT_FALSE(Holds(&second, sizeof(second), kShort));
  EXPECT_EQ(target.Reveal(), kShort);
}

TEST(Secret, ADestroyedSecretLeavesNothingBehind) {
  alignas(Secret) unsigned char memory[sizeof(Secret)] = {};
  auto* secret = new (memory) Secret(std::string(kShort));
  ASSERT_TRUE(Holds(memory, sizeof(memory), kShort));
  secret->~Secret();
  EXPECT_FALSE(Holds(memory, sizeof(memory), kShort));
}

TEST(Secret, CopiesAndAssignsToItself) {
  Secret secret("a longer secret that does not fit into the object");
  const Secret copy = secret;
  Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.Reveal(), copy.Reveal());
  secret = Secret("other");
  EXPECT_EQ(secret.Reveal(), "other");
  EXPECT_EQ(copy.Reveal(), "a longer secret that does not fit into the object");
}

TEST(EqualConstantTime, ComparesAllBytes) {
  EXPECT_TRUE(EqualConstantTime("", ""));
  EXPECT_TRUE(EqualConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualConstantTime("abc", "xbc"));
  EXPECT_FALSE(EqualConstantTime("abc", "abcd"));
  EXPECT_FALSE(EqualConstantTime("abc", ""));
  EXPECT_FALSE(EqualConstantTime(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  EXPECT_TRUE(Secret("s3cret").EqualsConstantTime("s3cret"));
  EXPECT_FALSE(Secret("s3cret").EqualsConstantTime("S3cret"));
}

}  // namespace
}  // namespace fairlead
