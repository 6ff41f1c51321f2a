#include "fairlead/http/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace fairlead::http {
namespace {

IPv4 Four(const char* text) {
  IPv4 out{};
  EXPECT_EQ(::inet_pton(AF_INET, text, out.data()), 1) << text;
  return out;
}
IPv6 Six(const char* text) {
  IPv6 out{};
  EXPECT_EQ(::inet_pton(AF_INET6, text, out.data()), 1) << text;
  return out;
}

TEST(IsPublic, IPv4RangesEndWhereTheySay) {
  for (const char* text :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",       "10.255.255.255",  "100.64.0.0",      "100.127.255.255",
        "127.0.0.1",       "127.255.255.255", "169.254.0.0",    "169.254.169.254", "169.254.255.255", "172.16.0.0",
        "172.31.255.255",  "192.0.0.1",       "192.0.2.1",      "192.31.196.1",    "192.88.99.1",     "192.168.0.0",
        "192.168.255.255", "198.18.0.0",      "198.19.255.255", "198.51.100.1",    "203.0.113.1",     "224.0.0.1",
        "239.255.255.255", "240.0.0.1",       "255.255.255.255"}) {
    EXPECT_FALSE(IsPublic(Four(text))) << text;
  }
  for (const char* text :
       {"1.1.1.1",       "9.255.255.255",   "11.0.0.0",       "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0",     "169.253.255.255", "169.255.0.0",    "172.15.255.255", "172.32.0.0",  "192.0.1.0",
        "192.0.3.0",     "192.167.255.255", "192.169.0.0",    "198.17.255.255", "198.20.0.0",  "198.51.99.255",
        "203.0.112.255", "203.0.114.0",     "223.255.255.255"}) {
    EXPECT_TRUE(IsPublic(Four(text))) << text;
  }
}

TEST(IsPublic, IPv6AndTheIPv4InsideIt) {
  for (const char* text : {"::",
                           "::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "::127.0.0.1",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b::169.254.169.254",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "2002:a00:1::1",
                           "3fff::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "5f00::1",
                           "2620:4f:8000::1"}) {
    EXPECT_FALSE(IsPublic(Six(text))) << text;
  }
  for (const char* text : {"2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:1.1.1.1",
                           "64:ff9b::1.1.1.1", "2002:101:101::1", "2400::1"}) {
    EXPECT_TRUE(IsPublic(Six(text))) << text;
  }
}

TEST(IsLoopback, BothFamilies) {
  EXPECT_TRUE(IsLoopback(Four("127.8.9.10")));
  EXPECT_FALSE(IsLoopback(Four("128.0.0.1")));
  EXPECT_TRUE(IsLoopback(Six("::1")));
  EXPECT_TRUE(IsLoopback(Six("::ffff:127.0.0.1")));
  EXPECT_FALSE(IsLoopback(Six("::ffff:126.0.0.1")));
  EXPECT_FALSE(IsLoopback(Six("::2")));
}

}  // namespace
}  // namespace fairlead::http
