// Collects violations while a message is walked. Paths are made only where something is wrong.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_CHECKER_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_CHECKER_H_

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/validate.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

class Checker {
 public:
  // Walks a message and everything in it.
  void Check(const google::protobuf::Message& message);

  // Reports at `below` (a path inside of the message that is being checked; empty: the message itself).
  void Invalid(std::string_view code, std::string_view below, std::string_view what) {
    Report(Severity::kInvalid, code, below, what);
  }
  void Finding(std::string_view code, std::string_view below, std::string_view what) {
    Report(Severity::kFinding, code, below, what);
  }
  void Note(std::string_view code, std::string_view below, std::string_view what) {
    Report(Severity::kNote, code, below, what);
  }

  // Whether the message that is being checked is the one that was asked for.
  bool AtRoot() const { return frames_.empty(); }
  // The message that holds the one that is being checked; nullptr at the root.
  const google::protobuf::Message* Parent() const { return frames_.empty() ? nullptr : frames_.back().parent; }

  std::vector<Violation> violations;

 private:
  struct Frame {
    const google::protobuf::Message* parent;
    const google::protobuf::FieldDescriptor* field;
    int index;
  };
  void Report(Severity severity, std::string_view code, std::string_view below, std::string_view what);
  void CheckIdentity(const google::protobuf::Message& message);
  void CheckFields(const google::protobuf::Message& message);
  void CheckKeys(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

  std::vector<Frame> frames_;
};

// The checks of one kind of message: it sees the message alone, the walk brings it to those inside.
using Check = void (*)(const google::protobuf::Message&, Checker&);
using CheckTable = std::unordered_map<const google::protobuf::Descriptor*, Check>;
void AddValueChecks(CheckTable& table);     // value.proto, address, times
void AddHeaderChecks(CheckTable& table);    // header.proto
void AddOrderChecks(CheckTable& table);     // order.proto
void AddDocumentChecks(CheckTable& table);  // shipments, invoices, payments, refunds, returns, tax
void AddMasterChecks(CheckTable& table);    // products, prices, parties, stock, marketing

// Registers a function over T.
template <typename T, void (*kCheck)(const T&, Checker&)>
void AddCheck(CheckTable& table) {
  table[T::descriptor()] = [](const google::protobuf::Message& message, Checker& out) {
    kCheck(static_cast<const T&>(message), out);
  };
}

// A number of a message, as far as it is one: a scale above the limit is reported elsewhere.
inline Dec Number(const v1::Decimal& value) {
  return value.scale() <= kMaxScale ? Dec{value.unscaled(), value.scale()} : Dec{};
}
inline Dec Number(const v1::Quantity& quantity) { return Number(quantity.value()); }
inline Dec Number(const v1::Money& money) {
  return money.exponent() <= kMaxScale ? Dec{money.minor_units(), money.exponent()} : Dec{};
}

// A sum that remembers whether it still means something.
struct Sum {
  Dec value;
  bool ok = true;
  void Plus(const Dec& other);
  void Minus(const Dec& other);
};

// "EUR" of every ledger amount of a message; reports the first that is another.
class OneCurrency {
 public:
  OneCurrency(std::string expected, Checker& out) : expected_(std::move(expected)), out_(out) {}
  void See(const v1::DualMoney& amount, std::string_view below);

 private:
  std::string expected_;
  Checker& out_;
};

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_CHECKER_H_
