// A captured page of 100 store orders to canonical messages, beside RapidJSON's in-situ DOM parse alone on the same
// bytes and beside protobuf's own JSON parser on the canonical JSON of the same orders. Compare items_per_second; run
// interleaved.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "fairlead/connectors/woocommerce/parse.h"
#include "fairlead/v1/order.pb.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/util/json_util.h"
#include "rapidjson/document.h"
#include "src/connector/internal/json.h"

namespace {

namespace woo = fairlead::woocommerce;

std::string PageBytes(benchmark::State& state) {
  const char* const version = state.range(0) == 7 ? "woocommerce-7.9.0" : "woocommerce-10.6.2";
  std::ifstream in(std::string(FAIRLEAD_TESTDATA) + "/" + version + "/lists/orders-default-p1.json", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (bytes.empty()) state.SkipWithError("no captured page");
  return bytes;
}

void Count(benchmark::State& state, std::size_t orders, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(orders));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

/// As one sets an arena up for page after page: its first block is kept and used again.
google::protobuf::ArenaOptions Reusing(std::vector<char>& block) {
  block.resize(std::size_t{8} << 20);
  google::protobuf::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  return options;
}

/// The goal's numerator: the connector's own way for bulk work.
void BM_MapOrderPageOnArena(benchmark::State& state) {
  const std::string bytes = PageBytes(state);
  std::size_t orders = 0;
  std::vector<char> block;
  for (auto _ : state) {
    google::protobuf::Arena arena(Reusing(block));
    auto page = woo::ParseOrdersOnArena(bytes, {}, arena);  // Copies the bytes, as the in-situ parser below has to.
    if (!page.ok() || !page->unreadable().empty()) state.SkipWithError("page not read");
    orders = page->orders().size();
    benchmark::DoNotOptimize(page);
  }
  Count(state, orders, bytes.size());
}

/// What ListSince hands to the engine: messages of their own, with their source bytes.
void BM_MapOrderPageToRecords(benchmark::State& state) {
  const std::string bytes = PageBytes(state);
  std::size_t orders = 0;
  for (auto _ : state) {
    auto page = woo::ParseOrders(bytes);
    if (!page.ok() || !page->unreadable.empty()) state.SkipWithError("page not read");
    orders = page->records.size();
    benchmark::DoNotOptimize(page);
  }
  Count(state, orders, bytes.size());
}

/// Our reader alone, without mapping.
void BM_ReaderAlone(benchmark::State& state) {
  const std::string bytes = PageBytes(state);
  std::size_t orders = 0;
  for (auto _ : state) {
    auto document = fairlead::internal::json::Document::Parse(bytes);
    if (!document.ok()) state.SkipWithError("page not read");
    orders = document->root().size();
    benchmark::DoNotOptimize(document);
  }
  Count(state, orders, bytes.size());
}

/// The yardstick: no strictness, no mapping.
void BM_RapidJsonInSituDomAlone(benchmark::State& state) {
  const std::string bytes = PageBytes(state);
  std::size_t orders = 0;
  std::string copy;
  for (auto _ : state) {
    copy = bytes;
    rapidjson::Document document;
    document.ParseInsitu(copy.data());
    if (document.HasParseError()) state.SkipWithError("page not read");
    orders = document.Size();
    benchmark::DoNotOptimize(document);
  }
  Count(state, orders, bytes.size());
}

void BM_ProtobufJsonOnCanonical(benchmark::State& state) {
  const std::string bytes = PageBytes(state);
  auto page = woo::ParseOrders(bytes);
  if (!page.ok()) {
    state.SkipWithError("page not read");
    return;
  }
  std::vector<std::string> canonical;
  std::size_t canonical_bytes = 0;
  for (const fairlead::Record& record : page->records) {
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(*record.message, &text).ok())
      state.SkipWithError("no canonical JSON");
    canonical_bytes += text.size();
    canonical.push_back(std::move(text));
  }
  std::vector<char> block;
  for (auto _ : state) {
    google::protobuf::Arena arena(Reusing(block));
    for (const std::string& text : canonical) {
      auto* order = google::protobuf::Arena::CreateMessage<fairlead::v1::Order>(&arena);
      if (!google::protobuf::util::JsonStringToMessage(text, order).ok()) state.SkipWithError("not read back");
      benchmark::DoNotOptimize(order);
    }
  }
  Count(state, canonical.size(), canonical_bytes);
}

BENCHMARK(BM_MapOrderPageOnArena)->Arg(10)->Arg(7);
BENCHMARK(BM_RapidJsonInSituDomAlone)->Arg(10)->Arg(7);
BENCHMARK(BM_MapOrderPageToRecords)->Arg(10)->Arg(7);
BENCHMARK(BM_ReaderAlone)->Arg(10)->Arg(7);
BENCHMARK(BM_ProtobufJsonOnCanonical)->Arg(10)->Arg(7);

}  // namespace

BENCHMARK_MAIN();
