// Policies: selection among few and many rules, one field, one party, one stock number, and compiling. Beside them a
// merge of the same fields written by hand.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "fairlead/models/digest.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/party.pb.h"

namespace {

namespace policy = fairlead::policy;
namespace v1 = fairlead::v1;

v1::PolicyBundle Bundle(int locations) {
  v1::PolicyBundle bundle;
  bundle.set_name("bench");
  bundle.set_version(1);
  for (const auto& [id, connector] : {std::pair("web", "shop"), std::pair("erp", "books")}) {
    v1::PolicySystem* system = bundle.add_systems();
    system->set_id(id);
    system->set_connector(connector);
  }
  v1::PolicyTeam* team = bundle.add_teams();
  team->set_id("ops");
  team->set_lead("Operations");
  team->set_notify("hook:ops");
  const auto rule = [&](const std::string& id, v1::EntityKind entity, const char* field, const char* owner) {
    v1::PolicyRule* added = bundle.add_rules();
    added->set_id(id);
    added->set_entity(entity);
    added->set_field(field);
    added->set_owner(owner);
    added->set_responsible("ops");
    added->set_runbook("r");
    added->set_rationale("because");
    return added;
  };
  rule("party", v1::PARTY, "*", "web");
  for (int i = 0; i < locations; ++i) {
    v1::PolicyScope* scope =
        rule("stock-" + std::to_string(i), v1::INVENTORY_LEVEL, "quantities[AVAILABLE]", "erp")->add_scope();
    scope->set_key("location");
    scope->add_value("WH-" + std::to_string(i));
  }
  return bundle;
}

std::vector<policy::ManifestSource> Manifests() {
  const auto reads = [](v1::ConnectorManifest& manifest, v1::EntityKind entity) -> v1::EntityCapability& {
    v1::EntityCapability* capability = manifest.add_entities();
    capability->set_entity(entity);
    capability->set_list_all(true);
    return *capability;
  };
  const auto writes = [](v1::EntityCapability& capability, const char* name) {
    v1::WriteOperation* write = capability.add_writes();
    write->set_name(name);
    write->set_effect(v1::EFFECT_CLASS_ABSOLUTE);
    write->set_verb(v1::WRITE_VERB_UPSERT);
    return write;
  };
  v1::ConnectorManifest web;
  web.set_system("shop");
  reads(web, v1::PARTY);
  writes(reads(web, v1::INVENTORY_LEVEL), "stock.set")->add_writes_fields("quantities[AVAILABLE]");
  v1::ConnectorManifest erp;
  erp.set_system("books");
  reads(erp, v1::INVENTORY_LEVEL);
  writes(reads(erp, v1::PARTY), "party.upsert");
  return {{"web", web}, {"erp", erp}};
}

std::shared_ptr<const policy::CompiledPolicy> Compiled(int locations) {
  auto compiled = policy::CompiledPolicy::Compile(Bundle(locations), Manifests());
  return compiled.ok() ? *compiled : nullptr;
}

void BM_SelectAmongRules(benchmark::State& state) {
  const auto compiled = Compiled(static_cast<int>(state.range(0)));
  const policy::Scope scope{{"location", "WH-7"}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(compiled->Select(v1::INVENTORY_LEVEL, "quantities[AVAILABLE]", scope));
  }
}
BENCHMARK(BM_SelectAmongRules)->Arg(10)->Arg(10'000);

void BM_CompileRules(benchmark::State& state) {
  const v1::PolicyBundle bundle = Bundle(static_cast<int>(state.range(0)));
  const auto manifests = Manifests();
  for (auto _ : state) {
    auto compiled = policy::CompiledPolicy::Compile(bundle, manifests);
    benchmark::DoNotOptimize(compiled);
  }
}
BENCHMARK(BM_CompileRules)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

v1::Party Party(const char* name) {
  v1::Party party;
  party.set_kind(v1::Party::KIND_PERSON);
  party.set_display_name(name);
  party.set_first_name("Ann");
  party.set_last_name("Lee");
  v1::IdentityKey* key = party.add_identity_keys();
  key->set_type(v1::IdentityKey::TYPE_EMAIL);
  key->set_normalized("ann@example.com");
  party.add_addresses()->mutable_address()->set_city("Bremen");
  return party;
}

void BM_EvaluateParty(benchmark::State& state) {
  const auto compiled = Compiled(10);
  const v1::Party web = Party("Ann Lee");
  const v1::Party erp = Party("A. Lee");
  policy::EntityCase entity;
  entity.entity = v1::PARTY;
  entity.records.push_back({"web", &web, "", {}});
  entity.records.push_back({"erp", &erp, "", {}});
  std::size_t fields = 0;
  for (auto _ : state) {
    auto evaluation = compiled->Evaluate(entity);
    fields += evaluation->decisions.size();
    benchmark::DoNotOptimize(evaluation);
  }
  state.counters["fields/s"] = benchmark::Counter(static_cast<double>(fields), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_EvaluateParty);

// The same merge without rules, states, decisions and reasons: what is not empty and differs is taken over.
void BM_MergePartyByHand(benchmark::State& state) {
  const v1::Party web = Party("Ann Lee");
  const v1::Party erp = Party("A. Lee");
  for (auto _ : state) {
    v1::Party desired = erp;
    if (web.kind() != v1::Party::KIND_UNSPECIFIED && web.kind() != erp.kind()) desired.set_kind(web.kind());
    const auto text = [](const std::string& from, const std::string& to, auto set) {
      if (!from.empty() && from != to) set(from);
    };
    text(web.display_name(), erp.display_name(), [&](const std::string& t) { desired.set_display_name(t); });
    text(web.first_name(), erp.first_name(), [&](const std::string& t) { desired.set_first_name(t); });
    text(web.last_name(), erp.last_name(), [&](const std::string& t) { desired.set_last_name(t); });
    text(web.source_group(), erp.source_group(), [&](const std::string& t) { desired.set_source_group(t); });
    text(web.language(), erp.language(), [&](const std::string& t) { desired.set_language(t); });
    if (web.identity_keys_size() > 0) {
      *desired.mutable_identity_keys() = web.identity_keys();
    }
    if (web.addresses_size() > 0) *desired.mutable_addresses() = web.addresses();
    benchmark::DoNotOptimize(fairlead::models::DigestOf(desired));
  }
}
BENCHMARK(BM_MergePartyByHand);

void BM_EvaluateStock(benchmark::State& state) {
  const auto compiled = Compiled(10);
  const auto level = [](const char* location, int units) {
    v1::InventoryLevel made;
    made.set_sku("SKU-1");
    made.set_location(location);
    v1::StateQuantity* quantity = made.add_quantities();
    quantity->set_state(v1::STOCK_STATE_AVAILABLE);
    quantity->mutable_quantity()->mutable_value()->set_unscaled(units);
    return made;
  };
  const v1::InventoryLevel east = level("WH-1", 70);
  const v1::InventoryLevel west = level("WH-2", 50);
  const v1::InventoryLevel web = level("", 117);
  policy::StockCase stock;
  stock.entity_id = "SKU-1";
  stock.levels = {&east, &west};
  stock.levels_system = "erp";
  stock.target = "web";
  stock.target_level = &web;
  for (auto _ : state) {
    auto decided = compiled->Evaluate(stock);
    benchmark::DoNotOptimize(decided);
  }
}
BENCHMARK(BM_EvaluateStock);

}  // namespace

BENCHMARK_MAIN();
