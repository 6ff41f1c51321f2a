#include "fairlead/models/validate.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/field_path.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/inventory.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/checker.h"
#include "src/models/internal/natural_key.h"
#include "src/models/internal/protobuf_compat.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace internal {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Lists whose elements are told apart by their key alone: two with one key, or one without, cannot be addressed.
bool NeedsKeys(const google::protobuf::Descriptor& type) {
  return &type == v1::OrderLine::descriptor() || &type == v1::StateQuantity::descriptor() ||
         &type == v1::OrderTax::descriptor() || &type == v1::DiscountApplication::descriptor();
}

}  // namespace

void Checker::Report(Severity severity, std::string_view code, std::string_view below, std::string_view what) {
  std::string path;
  for (const Frame& frame : frames_) {
    if (!path.empty()) path.push_back('.');
    path.append(NameOf(*frame.field));
    if (frame.index >= 0) {
      path.push_back('[');
      path.append(Selectors(*frame.parent, *frame.field)[static_cast<std::size_t>(frame.index)]);
      path.push_back(']');
    }
  }
  if (!path.empty() && !below.empty()) path.push_back('.');
  path.append(below);
  violations.push_back(Violation{std::move(path), std::string(what), severity, std::string(code)});
}

void Checker::Check(const Message& message) {
  // Made at first use and never destroyed: a check may run while the process ends.
  static const CheckTable* const table = [] {
    auto* checks = new CheckTable();
    AddValueChecks(*checks);
    AddHeaderChecks(*checks);
    AddOrderChecks(*checks);
    AddDocumentChecks(*checks);
    AddMasterChecks(*checks);
    return checks;
  }();
  if (AtRoot()) CheckIdentity(message);
  if (const auto check = table->find(message.GetDescriptor()); check != table->end()) check->second(message, *this);
  CheckFields(message);
}

// An aggregate on its own that no system knows can neither be stored nor matched.
void Checker::CheckIdentity(const Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != v1::EntityHeader::descriptor()) return;
  const auto& header = static_cast<const v1::EntityHeader&>(message.GetReflection()->GetMessage(message, field));
  if (header.id().empty() && header.refs().empty()) {
    Finding("NO_IDENTITY", "header.refs", "no system's id and no canonical one: the record cannot be found again");
  }
}

void Checker::CheckFields(const Message& message) {
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  ListFieldsByNumber(message, fields);
  std::string holder;
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? r.FieldSize(message, field) : -1;
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      for (int i = std::min(size, 0); i < std::max(size, 0); ++i) {
        const std::string& text = i < 0 ? r.GetStringReference(message, field, &holder)
                                        : r.GetRepeatedStringReference(message, field, i, &holder);
        if (const std::size_t bad = FindInvalidUtf8(text); bad != kValidUtf8) {
          Invalid("NOT_UTF8", NameOf(*field),
                  absl::StrCat("the text is not UTF-8 from its byte ", bad,
                               " on: decode it with the source's character set"));
        }
      }
    } else if (field->enum_type() != nullptr) {
      for (int i = std::min(size, 0); i < std::max(size, 0); ++i) {
        const int number = i < 0 ? r.GetEnumValue(message, field) : r.GetRepeatedEnumValue(message, field, i);
        if (field->enum_type()->FindValueByNumber(number) == nullptr) {
          Note("UNKNOWN_ENUM", NameOf(*field),
               absl::StrCat(number, " is not a value of ", ToAbsl(FullNameOf(*field->enum_type())),
                            ": the message comes from a newer model"));
        }
      }
    } else if (field->message_type() != nullptr) {
      if (size >= 0 && NeedsKeys(*field->message_type())) CheckKeys(message, *field);
      for (int i = std::min(size, 0); i < std::max(size, 0); ++i) {
        frames_.push_back(Frame{&message, field, i});
        Check(i < 0 ? r.GetMessage(message, field) : r.GetRepeatedMessage(message, field, i));
        frames_.pop_back();
      }
    }
  }
}

void Checker::CheckKeys(const Message& message, const FieldDescriptor& field) {
  const KeyFields keys = KeyFieldsOf(*field.message_type());
  const auto& r = *message.GetReflection();
  std::set<std::string> seen;
  for (int i = 0; i < r.FieldSize(message, &field); ++i) {
    const std::string key = KeyText(r.GetRepeatedMessage(message, &field, i), keys);
    const std::string place = absl::StrCat(ToAbsl(NameOf(field)), "[#", i, "]");
    if (key.empty() || key == "UNSPECIFIED" || key == "STOCK_STATE_UNSPECIFIED") {
      Invalid("NO_KEY", place,
              absl::StrCat("the element has no ", ToAbsl(NameOf(*keys.back())), ": nothing can refer to it"));
    } else if (!seen.insert(key).second) {
      Invalid("DOUBLE_KEY", place,
              absl::StrCat("'", key, "' is there twice: make the keys unique, by place if nothing else"));
    }
  }
}

void Sum::Plus(const Dec& other) {
  const auto sum = Add(value, other);
  ok = ok && sum.ok();
  if (sum.ok()) value = *sum;
}

void Sum::Minus(const Dec& other) {
  const auto difference = Sub(value, other);
  ok = ok && difference.ok();
  if (difference.ok()) value = *difference;
}

void OneCurrency::See(const v1::DualMoney& amount, std::string_view below) {
  if (!amount.has_ledger() || amount.ledger().currency_code() == expected_) return;
  if (expected_.empty()) {
    expected_ = amount.ledger().currency_code();
    return;
  }
  out_.Finding("TWO_CURRENCIES", below,
               absl::StrCat("the ledger amount is in ", amount.ledger().currency_code(), ", the others are in ",
                            expected_, ": put what the buyer saw into presentment"));
}

}  // namespace internal

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInvalid:
      return "invalid";
    case Severity::kFinding:
      return "finding";
    case Severity::kNote:
      return "note";
  }
  return "invalid";
}

std::string Violation::ToString() const {
  using ::fairlead::internal::ToAbsl;
  return absl::StrCat(ToAbsl(SeverityName(severity)), " ", code, path.empty() ? "" : " at ", path, ": ", message);
}

std::vector<Violation> Validate(const google::protobuf::Message& message) {
  internal::Checker checker;
  checker.Check(message);
  return std::move(checker.violations);
}

absl::Status ValidateToSend(const google::protobuf::Message& message) {
  // Findings that the receiver would book wrongly. All others are the source's own affair and travel with the record.
  static constexpr std::string_view kBlocking[] = {"NEGATIVE_QUANTITY", "TWO_CURRENCIES", "NEGATIVE_AMOUNT",
                                                   "NO_VARIANT"};
  std::string list;
  int count = 0;
  for (const Violation& violation : Validate(message)) {
    const bool blocks = violation.severity == Severity::kInvalid ||
                        std::find(std::begin(kBlocking), std::end(kBlocking), violation.code) != std::end(kBlocking);
    if (!blocks) continue;
    absl::StrAppend(&list, count++ == 0 ? "" : "; ", violation.ToString());
  }
  if (count == 0) return absl::OkStatus();
  return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                   absl::StrCat(::fairlead::internal::ToAbsl(internal::FullNameOf(*message.GetDescriptor())),
                                " cannot be sent: ", list));
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
