// Any bytes go through a text column and come back.
#include "src/store_postgres/internal/params.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using fairlead::internal::postgres::DecodeText;
using fairlead::internal::postgres::EncodeText;

TEST(TextTest, OrdinaryTextIsStoredAsItIs) {
  for (const std::string text : {"", "order/1001", "Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x98\x80", "a\nb\t'\"\\%"}) {
    EXPECT_EQ(EncodeText(text), text);
    EXPECT_EQ(DecodeText(text), text);
  }
}

TEST(TextTest, WhatUtf8CannotHoldComesBack) {
  const std::string texts[] = {std::string("\0", 1),
                               std::string("a\0b", 3),
                               "\x1A",
                               "\x1A"
                               "41",
                               "\xFF\xFE",
                               "\xC3",
                               "\xC0\xAF",
                               "\xE0\x80\xAF",
                               "\xED\xA0\x80",
                               "\xF4\x90\x80\x80",
                               "ok\xE2\x82"};
  for (const std::string& text : texts) {
    const std::string stored = EncodeText(text);
    EXPECT_EQ(DecodeText(stored), text);
    EXPECT_EQ(stored.find('\0'), std::string::npos);
    EXPECT_NE(stored, text);
  }
}

TEST(TextTest, NoTwoTextsAreStoredAlike) {
  std::string text(2, ' ');
  std::set<std::string> stored;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      text[0] = static_cast<char>(a);
      text[1] = static_cast<char>(b);
      ASSERT_TRUE(stored.insert(EncodeText(text)).second);
      ASSERT_EQ(DecodeText(EncodeText(text)), text);
    }
  }
}

}  // namespace
