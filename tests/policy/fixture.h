// What the tests of the policy room share.
#ifndef FAIRLEAD_TESTS_POLICY_FIXTURE_H_
#define FAIRLEAD_TESTS_POLICY_FIXTURE_H_

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/policy/builder.h"
#include "fairlead/policy/compiled_policy.h"
#include "gtest/gtest.h"

namespace policy_test {

namespace v1 = fairlead::v1;
namespace policy = fairlead::policy;

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline v1::EntityCapability& Reads(v1::ConnectorManifest& manifest, v1::EntityKind entity) {
  v1::EntityCapability* capability = manifest.add_entities();
  capability->set_entity(entity);
  capability->set_read_one(true);
  capability->set_list_all(true);
  return *capability;
}

inline v1::WriteOperation& Writes(v1::EntityCapability& capability, std::string_view name, v1::EffectClass effect,
                                  v1::WriteVerb verb, const std::vector<std::string>& fields = {}) {
  v1::WriteOperation* write = capability.add_writes();
  write->set_name(std::string(name));
  write->set_effect(effect);
  write->set_verb(verb);
  for (const std::string& field : fields) write->add_writes_fields(field);
  return *write;
}

// A storefront: sells, shows stock.
inline v1::ConnectorManifest Shop() {
  v1::ConnectorManifest manifest;
  manifest.set_system("shop");
  Reads(manifest, v1::ORDER);
  Reads(manifest, v1::PARTY);
  Writes(Reads(manifest, v1::INVENTORY_LEVEL), "stock.set", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_UPSERT,
         {"quantities[AVAILABLE]"});
  return manifest;
}

// An ERP: books orders and parties, counts stock.
inline v1::ConnectorManifest Books() {
  v1::ConnectorManifest manifest;
  manifest.set_system("books");
  Reads(manifest, v1::INVENTORY_LEVEL);
  v1::EntityCapability& orders = Reads(manifest, v1::ORDER);
  Writes(orders, "sale.create", v1::EFFECT_CLASS_LOOKUP, v1::WRITE_VERB_CREATE);
  Writes(orders, "sale.confirm", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_FOLLOW_UP);
  v1::EntityCapability& parties = Reads(manifest, v1::PARTY);
  Writes(parties, "party.create", v1::EFFECT_CLASS_LOOKUP, v1::WRITE_VERB_CREATE);
  Writes(parties, "party.update", v1::EFFECT_CLASS_CONDITIONAL, v1::WRITE_VERB_UPDATE);
  return manifest;
}

inline std::vector<policy::ManifestSource> Both() { return {{"web", Shop()}, {"erp", Books()}}; }

inline std::string AcmeText() { return ReadFile(std::string(FAIRLEAD_TESTDATA) + "/policy/acme.txtpb"); }

inline v1::PolicyBundle Acme() {
  auto source = policy::ReadBundle(AcmeText(), "acme.txtpb");
  EXPECT_TRUE(source.ok()) << source.status();
  return source.ok() ? source->bundle : v1::PolicyBundle();
}

inline std::shared_ptr<const policy::CompiledPolicy> MustCompile(const policy::PolicySource& source,
                                                                 const std::vector<policy::ManifestSource>& manifests) {
  auto compiled = policy::CompiledPolicy::Compile(source, manifests);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return compiled.ok() ? *compiled : nullptr;
}

inline std::shared_ptr<const policy::CompiledPolicy> AcmePolicy() {
  auto source = policy::ReadBundle(AcmeText(), "acme.txtpb");
  EXPECT_TRUE(source.ok()) << source.status();
  return MustCompile(*source, Both());
}

inline v1::PolicyRule* RuleOf(v1::PolicyBundle& bundle, std::string_view id) {
  for (v1::PolicyRule& rule : *bundle.mutable_rules()) {
    if (rule.id() == id) return &rule;
  }
  ADD_FAILURE() << "no rule " << id;
  return bundle.add_rules();
}

}  // namespace policy_test

#endif  // FAIRLEAD_TESTS_POLICY_FIXTURE_H_
