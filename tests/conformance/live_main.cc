// The conformance kit against somebody's own system, named by the environment. It writes records there: any host but
// loopback has to be named on the command line too.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "fairlead/http/url.h"
#include "fairlead/testing/conformance.h"
#include "tests/conformance/tryton_subject.h"
#include "tests/conformance/woo_subject.h"

namespace {

constexpr char kUsage[] =
    "usage: conformance_live woocommerce|tryton [--yes-write-to HOST]... [--only PREFIX]... [--page-size N] [--json "
    "FILE]\n"
    "  woocommerce  FAIRLEAD_WOO_URL, FAIRLEAD_WOO_KEY, FAIRLEAD_WOO_SECRET\n"
    "  tryton       FAIRLEAD_TRYTON_URL, FAIRLEAD_TRYTON_DATABASE, FAIRLEAD_TRYTON_USER, FAIRLEAD_TRYTON_PASSWORD\n"
    "Writes products, customers and orders of its own there, and leaves what cannot be deleted.\n"
    "example: FAIRLEAD_WOO_URL=https://staging.example.com … conformance_live woocommerce --yes-write-to "
    "staging.example.com\n";

// Empty where it is not set: the caller says which one.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool Refuse(const std::string& why) {
  std::fprintf(stderr, "conformance_live: %s\nNothing was sent.\n", why.c_str());
  return false;
}

bool MayWriteTo(const std::string& url, const std::set<std::string>& allowed) {
  const auto parsed = fairlead::http::ParseUrl(url);
  if (!parsed.ok()) return Refuse("the URL cannot be used: " + std::string(parsed.status().message()));
  if (fairlead::http::IsLoopbackHost(parsed->host) || allowed.count(parsed->host) != 0) return true;
  return Refuse("the kit writes records, and " + parsed->host + " is not loopback. If that is meant: --yes-write-to " +
                parsed->host);
}

}  // namespace

int main(int argc, char** argv) {
  std::string system;
  std::string json;
  std::set<std::string> allowed;
  fairlead::testing::ConformanceOptions options;
  options.page_size = 5;  // A large system wants more: a page is a request.
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--help" || argument == "-h") {
      std::fputs(kUsage, stdout);
      return 0;
    }
    if (argument == "--yes-write-to" && has_value) {
      allowed.insert(argv[++i]);
    } else if (argument == "--only" && has_value) {
      options.only.emplace_back(argv[++i]);
    } else if (argument == "--page-size" && has_value) {
      options.page_size = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--json" && has_value) {
      json = argv[++i];
    } else if (system.empty() && argument.rfind("--", 0) != 0) {
      system = argument;
    } else {
      std::fputs(kUsage, stderr);
      return 2;
    }
  }
  std::unique_ptr<fairlead::testing::ConformanceSubject> subject;
  std::string missing;
  const auto need = [&missing](const char* name) {
    std::string value = Variable(name);
    if (value.empty()) missing += std::string(missing.empty() ? "" : ", ") + name;
    return value;
  };
  std::string url;
  if (system == "woocommerce") {
    url = need("FAIRLEAD_WOO_URL");
    subject = std::make_unique<fairlead::conformance::WooSubject>(
        "woocommerce at " + url, url, need("FAIRLEAD_WOO_KEY"), need("FAIRLEAD_WOO_SECRET"));
  } else if (system == "tryton") {
    url = need("FAIRLEAD_TRYTON_URL");
    const std::string database = need("FAIRLEAD_TRYTON_DATABASE");
    const std::string user = need("FAIRLEAD_TRYTON_USER");
    subject = std::make_unique<fairlead::conformance::TrytonSubject>("tryton at " + url, url, database, user,
                                                                     need("FAIRLEAD_TRYTON_PASSWORD"));
  } else {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (!missing.empty()) {
    Refuse("set " + missing);
    return 2;
  }
  if (!MayWriteTo(url, allowed)) return 2;
  options.progress = [](const fairlead::testing::ConformanceCheck& check) {
    const bool failed = check.result == fairlead::testing::ConformanceCheck::Result::kFailed;
    std::fputs(failed ? "F" : check.result == fairlead::testing::ConformanceCheck::Result::kPassed ? "." : "-", stderr);
  };
  const fairlead::testing::ConformanceReport report = fairlead::testing::RunConformance(*subject, options);
  std::fputs("\n", stderr);
  std::fputs(report.ToText().c_str(), stdout);
  if (!json.empty()) {
    std::ofstream out(json);
    out << report.ToJson() << "\n";
    if (!out.good()) std::fprintf(stderr, "conformance_live: cannot write %s\n", json.c_str());
  }
  return report.passed() ? 0 : 1;
}
