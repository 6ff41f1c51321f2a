#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fairlead/core/error.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/writes.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

const v1::Party* PartyOfIntent(const WriteIntent& intent) {
  const google::protobuf::Message* message = intent.message.get();
  return message != nullptr && message->GetDescriptor() == v1::Party::descriptor()
             ? static_cast<const v1::Party*>(message)
             : nullptr;
}

std::string OneLine(std::string_view text) {
  std::string line = absl::AsciiStrToLower(ToAbsl(text));
  absl::RemoveExtraAsciiWhitespace(&line);
  return line;
}

std::string AddressFact(const AddressValues& values) {
  return absl::StrCat("address ",
                      OneLine(absl::StrCat(values.party_name, " | ", values.street, " | ", values.city, " | ",
                                           values.postal_code, " | ", values.country, " | ", values.subdivision)));
}

std::string ContactFact(std::string_view value) { return absl::StrCat("contact ", OneLine(value)); }

/// What a party holds, one fact a line, so that two states can be compared as sets.
struct PartyFacts {
  bool exists = false;
  std::string name;
  std::string timestamp;
  std::set<std::string> facts;
  std::vector<AddressValues> addresses;
};

absl::StatusOr<PartyFacts> ReadFacts(std::int64_t id, Rpc& rpc, const CallContext& context) {
  PartyFacts party;
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer rows,
                            rpc.Read("model.party.party.search_read",
                                     SearchRead(absl::StrCat(R"([["id","=",)", id, "]]"), R"(["name","_timestamp"])"),
                                     context, R"("active_test":false)"));
  const json::Value row = rows.result.At(0);
  party.exists = row.is_object();
  if (!party.exists) return party;
  party.name = std::string(row["name"].text());
  party.timestamp = std::string(row["_timestamp"].text());
  party.facts.insert(absl::StrCat("name ", party.name));
  FAIRLEAD_ASSIGN_OR_RETURN(party.addresses, ReadAddresses(id, rpc, context));
  for (const AddressValues& address : party.addresses) party.facts.insert(AddressFact(address));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer contacts,
      rpc.Read("model.party.contact_mechanism.search_read",
               SearchRead(absl::StrCat(R"([["party","=",)", id, "]]"), R"(["type","value"])"), context));
  for (const json::Value contact : contacts.result.Items()) party.facts.insert(ContactFact(contact["value"].text()));
  return party;
}

}  // namespace

absl::StatusOr<PreparedWrite> Writes::PartyCreate(const v1::Party& party, std::string_view link_key, const Memo& memo,
                                                  const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string params, PartyCreateParams(party, link_key, catalog_, context));
  return Frozen(op::kPartyCreate, Effect::kLookup, "model.party.party.create", params, link_key, memo, context);
}

absl::StatusOr<Preparation> Writes::PrepareParty(const WriteIntent& intent, const CallContext& context) {
  const v1::Party* party = PartyOfIntent(intent);
  if (party == nullptr)
    return Fail(ErrorKind::kInternal, Outcome::kNotSent, op::kPartyCreate, "the write carries no party");
  const v1::ExternalRef* source = SourceRef(party->header(), options_.system);
  if (source == nullptr) return FailMapping("the party has no ref of the system that it comes from");
  const std::string link_key = LinkKey(*source);
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::int64_t> known, FindParties(link_key, rpc_, context));
  Preparation preparation;
  if (known.size() > 1) {
    return Fail(ErrorKind::kConflict, Outcome::kRejected, op::kPartyCreate,
                absl::StrCat("parties ", absl::StrJoin(known, ", "), " all carry the identifier ", link_key,
                             ": merge them in Tryton"));
  }
  if (!known.empty()) {
    preparation.nothing_to_do = true;
    preparation.adopted_id = absl::StrCat(known.front());
    return preparation;
  }
  Memo memo = Memo::From(intent);
  memo.Set("link", link_key);
  FAIRLEAD_ASSIGN_OR_RETURN(preparation.write, PartyCreate(*party, link_key, memo, context));
  return preparation;
}

WriteResult Writes::PartyResult(std::string_view operation, std::int64_t id, const Memo& memo) const {
  WriteResult result;
  const std::string_view then = memo.Get("then");
  const bool address = operation == op::kAddressCreate;
  result.object_type = address ? "party.address" : "party.party";
  result.response = absl::StrCat("{\"", address ? "address" : "party", "\":", id, "}");
  if (then.empty()) {
    result.external_id = absl::StrCat(id);
    return result;
  }
  // Made on the way to another record: that one's id is not this one's.
  WriteIntent next = memo.Next(then, address ? "+address" : "+party");
  for (const char* name : {"then", "address", "party_id"}) next.args.erase(name);
  result.follow_ups.push_back(std::move(next));
  return result;
}

absl::StatusOr<LookupResult> Writes::LookupParty(const PreparedWrite& write, const Memo& memo,
                                                 const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::int64_t> hits, FindParties(write.reference, rpc_, context));
  LookupResult result;
  if (hits.empty()) {
    result.verdict = LookupResult::Verdict::kAbsent;
    result.evidence = absl::StrCat("no party carries the identifier ", write.reference);
  } else if (hits.size() > 1) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence = absl::StrCat("parties ", absl::StrJoin(hits, ", "), " carry the identifier ", write.reference);
  } else {
    result.verdict = LookupResult::Verdict::kFound;
    result.evidence = absl::StrCat("party ", hits.front(), " carries the identifier ", write.reference);
    result.result = PartyResult(op::kPartyCreate, hits.front(), memo);
  }
  return result;
}

absl::StatusOr<LookupResult> Writes::LookupAddress(const PreparedWrite&, const Memo& memo, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const json::Document document, json::Document::Parse(std::string(memo.Get("address"))));
  const json::Value record = document.root();
  AddressValues wanted;
  wanted.party_name = std::string(record["party_name"].text());
  wanted.street = std::string(record["street"].text());
  wanted.city = std::string(record["city"].text());
  wanted.postal_code = std::string(record["postal_code"].text());
  wanted.country = ReadId(record["country"]);
  wanted.subdivision = ReadId(record["subdivision"]);
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<AddressValues> known,
                            ReadAddresses(memo.GetId("party_id"), rpc_, context));
  LookupResult result;
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&wanted](const AddressValues& address) { return SameAddress(wanted, address); });
  if (same == known.end()) {
    result.verdict = LookupResult::Verdict::kAbsent;
    result.evidence = absl::StrCat("party ", memo.GetId("party_id"), " has no such address");
    return result;
  }
  // The same address twice is one address: equal content is all that anyone can tell.
  result.verdict = LookupResult::Verdict::kFound;
  result.evidence = absl::StrCat("address ", same->id, " of party ", memo.GetId("party_id"), " is equal");
  result.result = PartyResult(op::kAddressCreate, same->id, memo);
  return result;
}

absl::StatusOr<Preparation> Writes::PreparePartyUpdate(const WriteIntent& intent, const CallContext& context) {
  const v1::Party* party = PartyOfIntent(intent);
  if (party == nullptr)
    return Fail(ErrorKind::kInternal, Outcome::kNotSent, op::kPartyUpdate, "the write carries no party");
  Memo memo = Memo::From(intent);
  std::int64_t id = memo.GetId("_target");
  if (id == 0) {
    const v1::ExternalRef* source = SourceRef(party->header(), options_.system);
    if (source == nullptr)
      return FailMapping("the party has neither a target id nor a ref of the system that it comes from");
    FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::int64_t> known, FindParties(LinkKey(*source), rpc_, context));
    if (known.size() != 1) {
      return FailMapping(absl::StrCat(known.size(), " parties carry the identifier ", LinkKey(*source)));
    }
    id = known.front();
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const PartyFacts facts, ReadFacts(id, rpc_, context));
  if (!facts.exists) {
    return Fail(ErrorKind::kNotFound, Outcome::kRejected, op::kPartyUpdate,
                absl::StrCat("party ", id, " does not exist any more"));
  }

  // Adds and renames; never deletes: what staff have added is not the store's to remove.
  json::Writer values;
  values.BeginObject();
  std::set<std::string> wanted;
  if (!party->display_name().empty() && party->display_name() != facts.name) {
    values.Member("name", std::string_view(party->display_name()));
    wanted.insert(absl::StrCat("name ", party->display_name()));
  }
  std::vector<AddressValues> addresses;
  for (const v1::PartyAddress& entry : party->addresses()) {
    FAIRLEAD_ASSIGN_OR_RETURN(AddressValues address, ToAddress(entry.address(), catalog_, context));
    const auto same = [&address](const AddressValues& other) { return SameAddress(address, other); };
    if (address.Blank() || std::any_of(facts.addresses.begin(), facts.addresses.end(), same) ||
        std::any_of(addresses.begin(), addresses.end(), same)) {
      continue;
    }
    address.delivery = entry.key() != "billing";
    address.invoice = entry.key() != "shipping";
    wanted.insert(AddressFact(address));
    addresses.push_back(std::move(address));
  }
  if (!addresses.empty()) {
    values.Key("addresses").BeginArray().BeginArray().String("create").BeginArray();
    for (const AddressValues& address : addresses) WriteAddress(values, address);
    values.EndArray().EndArray().EndArray();
  }
  bool contacts = false;
  for (const v1::IdentityKey& key : party->identity_keys()) {
    const bool email = key.type() == v1::IdentityKey::TYPE_EMAIL;
    const std::string& value = key.source_text().empty() ? key.normalized() : key.source_text();
    if (value.empty() || (!email && key.type() != v1::IdentityKey::TYPE_PHONE)) continue;
    if (facts.facts.count(ContactFact(value)) != 0 || !wanted.insert(ContactFact(value)).second) continue;
    if (!contacts) values.Key("contact_mechanisms").BeginArray().BeginArray().String("create").BeginArray();
    contacts = true;
    WriteContactMechanism(values, email, value);
  }
  if (contacts) values.EndArray().EndArray().EndArray();
  values.EndObject();

  Preparation preparation;
  if (wanted.empty()) {
    preparation.nothing_to_do = true;
    preparation.adopted_id = absl::StrCat(id);
    return preparation;
  }
  memo.SetId("party_id", id);
  memo.Set("timestamp", facts.timestamp);
  memo.Set("wanted", absl::StrJoin(wanted, "\n"));
  json::Writer lock;
  lock.Key("_timestamp")
      .BeginObject()
      .Member(absl::StrCat("party.party,", id), std::string_view(facts.timestamp))
      .EndObject();
  FAIRLEAD_ASSIGN_OR_RETURN(preparation.write, Frozen(op::kPartyUpdate, Effect::kConditional, "model.party.party.write",
                                                      absl::StrCat("[", id, "],", values.text()),
                                                      absl::StrCat("party,", id), memo, context, lock.text()));
  return preparation;
}

absl::StatusOr<LookupResult> Writes::LookupPartyUpdate(const PreparedWrite&, const Memo& memo,
                                                       const CallContext& context) {
  const std::int64_t id = memo.GetId("party_id");
  FAIRLEAD_ASSIGN_OR_RETURN(const PartyFacts facts, ReadFacts(id, rpc_, context));
  LookupResult result;
  if (!facts.exists) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence = absl::StrCat("party ", id, " does not exist any more");
    return result;
  }
  const std::string wanted_text(memo.Get("wanted"));
  const std::set<std::string> wanted = absl::StrSplit(wanted_text, '\n', absl::SkipEmpty());
  const bool all = std::includes(facts.facts.begin(), facts.facts.end(), wanted.begin(), wanted.end());
  if (facts.timestamp != memo.Get("timestamp") && all) {
    result.verdict = LookupResult::Verdict::kFound;
    result.evidence = absl::StrCat("party ", id, " was changed since and holds what was sent");
    result.result = PartyResult(op::kPartyUpdate, id, memo);
    return result;
  }
  // If somebody else changed it, the frozen bytes carry the older stamp and will be refused: nothing is overwritten.
  result.verdict = LookupResult::Verdict::kAbsent;
  result.evidence = absl::StrCat("party ", id, " does not hold what was sent");
  return result;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
