// A ledger over a store in memory, on a clock that the test moves.
#ifndef FAIRLEAD_TESTS_IDEMPOTENCY_LEDGER_FIXTURE_H_
#define FAIRLEAD_TESTS_IDEMPOTENCY_LEDGER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fairlead/core/error.h"
#include "fairlead/idempotency/ledger.h"
#include "tests/store/open_test_store.h"

namespace fairlead_test {

using namespace std::chrono_literals;

class ManualClock final : public fairlead::Clock {
 public:
  fairlead::SteadyTime SteadyNow() override { return fairlead::SteadyTime(std::chrono::hours(10)) + passed; }
  fairlead::WallTime WallNow() override { return fairlead::WallTime(std::chrono::hours(24 * 365 * 50)) + passed; }
  std::chrono::nanoseconds passed{0};
};

class CountingRandom final : public fairlead::Random {
 public:
  std::uint64_t Next() override { return state_ += 0x9E3779B97F4A7C15ULL; }

 private:
  std::uint64_t state_ = 1;
};

/// The remote's truth: how often each reference took effect.
struct Remote {
  std::map<std::string, int> effects;
  int total() const {
    int sum = 0;
    for (const auto& [reference, n] : effects) sum += n;
    return sum;
  }
  int doubled() const {
    int sum = 0;
    for (const auto& [reference, n] : effects) sum += n > 1 ? n - 1 : 0;
    return sum;
  }
};

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() { Open({}); }

  void Open(fairlead::LedgerOptions options) {
    ledger_.reset();
    store_.reset();
    fairlead::Runtime runtime = fairlead::Runtime::System();
    runtime.clock = &clock_;
    runtime.random = &random_;
    auto store = OpenTestStore(runtime);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    ledger_ = std::make_unique<fairlead::Ledger>(*store_, options);
  }

  static fairlead::IntentRequest Request(fairlead::Effect effect, std::string aggregate = "order/1",
                                         std::string purpose = "create") {
    fairlead::IntentRequest request(effect);
    request.connector = "erp";
    request.operation = "erp.order.create";
    request.aggregate = std::move(aggregate);
    request.purpose = std::move(purpose);
    request.body = "body";
    if (effect == fairlead::Effect::kNativeKey) request.retention = std::chrono::hours(24);
    return request;
  }

  fairlead::Enqueued Enqueue(const fairlead::IntentRequest& request) {
    auto enqueued = ledger_->Enqueue(request);
    EXPECT_TRUE(enqueued.ok()) << enqueued.status();
    return enqueued.ok() ? *enqueued : fairlead::Enqueued{};
  }
  std::vector<fairlead::Intent> Claim(std::size_t limit = 100) {
    fairlead::ClaimOptions options;
    options.limit = limit;
    auto claimed = ledger_->Claim(options);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return claimed.ok() ? *claimed : std::vector<fairlead::Intent>{};
  }
  std::vector<fairlead::Intent> ClaimVerify() {
    auto claimed = ledger_->ClaimVerify({});
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return claimed.ok() ? *claimed : std::vector<fairlead::Intent>{};
  }
  /// Claims the one due intent and commits its SENDING.
  fairlead::Intent Sending() {
    auto claimed = Claim(1);
    EXPECT_EQ(claimed.size(), 1u);
    if (claimed.empty()) return {};
    auto sending = ledger_->MarkSending(claimed.front());
    EXPECT_TRUE(sending.ok() && *sending);
    return claimed.front();
  }
  fairlead::Intent Get(std::int64_t id) {
    auto intent = ledger_->Find(id);
    EXPECT_TRUE(intent.ok() && intent->has_value());
    return intent.ok() && intent->has_value() ? **intent : fairlead::Intent{};
  }
  fairlead::IntentState StateOf(std::int64_t id) { return Get(id).state; }
  std::vector<std::string> Events(std::int64_t id) {
    std::vector<std::string> events;
    auto history = ledger_->History(id);
    EXPECT_TRUE(history.ok());
    if (history.ok()) {
      for (const auto& record : *history) events.push_back(record.event);
    }
    return events;
  }

  ManualClock clock_;
  CountingRandom random_;
  std::unique_ptr<fairlead::Store> store_;
  std::unique_ptr<fairlead::Ledger> ledger_;
};

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_IDEMPOTENCY_LEDGER_FIXTURE_H_
