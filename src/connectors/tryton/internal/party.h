// Parties and their addresses at Tryton.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_PARTY_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_PARTY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/address.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "src/connectors/tryton/internal/catalog.h"
#include "src/connectors/tryton/internal/rpc.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// An address in Tryton's fields.
struct AddressValues {
  std::int64_t id = 0;
  std::string party_name;  ///< The recipient.
  std::string street;      ///< Lines with \n between them.
  std::string city;
  std::string postal_code;
  std::int64_t country = 0;
  std::int64_t subdivision = 0;
  bool invoice = false;
  bool delivery = false;

  /// Nothing that could be sent to.
  bool Blank() const { return street.empty() && city.empty() && postal_code.empty() && party_name.empty(); }
};

/// The same place and recipient, whatever spaces and capitals.
bool SameAddress(const AddressValues& left, const AddressValues& right);
/// Nothing gets lost: a country or state that Tryton does not have becomes a line of the street.
absl::StatusOr<AddressValues> ToAddress(const v1::Address& address, Catalog& catalog, const CallContext& context);
void WriteAddress(json::Writer& out, const AddressValues& values);
/// A telephone number without country code goes in as "other": with a number checker installed Tryton refuses it as
/// "phone".
void WriteContactMechanism(json::Writer& out, bool email, std::string_view value);
/// Active addresses of a party, by id.
absl::StatusOr<std::vector<AddressValues>> ReadAddresses(std::int64_t party, Rpc& rpc, const CallContext& context);

/// How a record of another system is found again: "web/customer/14". Kept as an identifier of the party, and in the
/// description of sales and payments.
std::string LinkKey(const v1::ExternalRef& ref);
/// The first ref of a header that is not of `own_system`; nullptr where there is none.
const v1::ExternalRef* SourceRef(const v1::EntityHeader& header, std::string_view own_system);
/// The ref of a guest: the same e-mail address (or, without one, the same name, postal code and street) is the same
/// guest. Holds a digest, no personal data.
v1::ExternalRef GuestRef(const v1::Order& order, std::string_view source_system);
/// A party from what an order says about its guest.
v1::Party GuestParty(const v1::Order& order, const v1::ExternalRef& ref);

/// Ids of the parties with this link key, merged ones replaced by what they were merged into. In ascending order.
absl::StatusOr<std::vector<std::int64_t>> FindParties(std::string_view link_key, Rpc& rpc, const CallContext& context);
/// Parameters of party.party.create.
absl::StatusOr<std::string> PartyCreateParams(const v1::Party& party, std::string_view link_key, Catalog& catalog,
                                              const CallContext& context);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_PARTY_H_
