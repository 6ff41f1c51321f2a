#include "tests/models/fill.h"

#include <algorithm>

#include "fairlead/v1/error.pb.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/manifest.pb.h"
#include "fairlead/v1/marketing.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/policy.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/return.pb.h"
#include "fairlead/v1/tax.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/models/internal/protobuf_compat.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

template <typename T>
T* As(Message& message) {
  return message.GetDescriptor() == T::descriptor() ? static_cast<T*>(&message) : nullptr;
}

// Where the values come from.
class Source {
 public:
  virtual ~Source() = default;
  virtual bool Skips() = 0;
  virtual int Elements(const FieldDescriptor& field) = 0;
  virtual std::uint64_t Number(const FieldDescriptor& field) = 0;
  virtual std::string Text(const FieldDescriptor& field) = 0;
  virtual bool SetsAny() const = 0;
};

void FillValue(google::protobuf::Value& value, Source& source, const FieldDescriptor& field, int depth) {
  switch (depth <= 0 ? 0 : source.Number(field) % 6) {
    case 0:
      value.set_string_value(source.Text(field));
      break;
    case 1:
      value.set_number_value(static_cast<double>(static_cast<std::int64_t>(source.Number(field))) / 1024);
      break;
    case 2:
      value.set_bool_value(source.Number(field) % 2 == 0);
      break;
    case 3:
      value.set_null_value(google::protobuf::NULL_VALUE);
      break;
    case 4:
      FillValue(*value.mutable_list_value()->add_values(), source, field, depth - 1);
      break;
    default:
      FillValue((*value.mutable_struct_value()->mutable_fields())[source.Text(field)], source, field, depth - 1);
  }
}

// `choice`: which member of a oneof is set.
void FillFrom(Message& message, Source& source, int depth, int choice);

// Types whose JSON is not an object of their fields; true where `message` is one and is filled.
bool FillSpecial(Message& message, const FieldDescriptor& field, Source& source, int depth) {
  if (auto* time = As<google::protobuf::Timestamp>(message); time != nullptr) {
    time->set_seconds(static_cast<std::int64_t>(source.Number(field) % 253402300799));
    static constexpr std::int32_t kNanos[] = {0, 500000000, 123456000, 123456789};
    time->set_nanos(kNanos[source.Number(field) % 4]);
    return true;
  }
  if (auto* span = As<google::protobuf::Duration>(message); span != nullptr) {
    span->set_seconds(static_cast<std::int64_t>(source.Number(field) % 315576000000));
    span->set_nanos(static_cast<std::int32_t>(source.Number(field) % 1000) * 1000000);
    return true;
  }
  if (auto* object = As<google::protobuf::Struct>(message); object != nullptr) {
    for (int i = 0; i < 3; ++i) FillValue((*object->mutable_fields())[source.Text(field)], source, field, depth - 1);
    return true;
  }
  if (auto* any = As<google::protobuf::Any>(message); any != nullptr) {
    v1::Money money;
    money.set_currency_code("EUR");
    money.set_minor_units(static_cast<std::int64_t>(source.Number(field) % 100000));
    google::protobuf::Timestamp time;
    time.set_seconds(1);
    if (source.Number(field) % 2 == 0) {
      any->PackFrom(money);
    } else {
      any->PackFrom(time);
    }
    return true;
  }
  return false;
}

void FillOne(Message& message, const FieldDescriptor& field, Source& source, int depth, int choice) {
  const auto& r = *message.GetReflection();
  const bool add = field.is_repeated();
  const std::uint64_t number = source.Number(field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = static_cast<std::int32_t>(number);
      add ? r.AddInt32(&message, &field, value) : r.SetInt32(&message, &field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const auto value = static_cast<std::int64_t>(number);
      add ? r.AddInt64(&message, &field, value) : r.SetInt64(&message, &field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<std::uint32_t>(number);
      add ? r.AddUInt32(&message, &field, value) : r.SetUInt32(&message, &field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT64:
      add ? r.AddUInt64(&message, &field, number) : r.SetUInt64(&message, &field, number);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      add ? r.AddBool(&message, &field, number % 2 != 0) : r.SetBool(&message, &field, number % 2 != 0);
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      const int value = type.value(static_cast<int>(number % static_cast<std::uint64_t>(type.value_count())))->number();
      add ? r.AddEnumValue(&message, &field, value) : r.SetEnumValue(&message, &field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      add ? r.AddString(&message, &field, source.Text(field)) : r.SetString(&message, &field, source.Text(field));
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message& inner = add ? *r.AddMessage(&message, &field) : *r.MutableMessage(&message, &field);
      if (!FillSpecial(inner, field, source, depth)) FillFrom(inner, source, depth - 1, choice);
      break;
    }
    default:
      break;
  }
}

void FillFrom(Message& message, Source& source, int depth, int choice) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (source.Skips() || (field.message_type() != nullptr && depth <= 0)) continue;
    if (!source.SetsAny() && field.message_type() == google::protobuf::Any::descriptor()) continue;
    if (const auto* oneof = field.real_containing_oneof();
        oneof != nullptr && field.index_in_oneof() != choice % oneof->field_count()) {
      continue;
    }
    // Two entries of a map could get one key.
    const int elements = field.is_map() ? 1 : (field.is_repeated() ? source.Elements(field) : 1);
    for (int e = 0; e < elements; ++e) FillOne(message, field, source, depth, e + choice);
  }
}

class RandomSource : public Source {
 public:
  RandomSource(std::mt19937_64& random, const FillOptions& options) : random_(random), options_(options) {}
  bool Skips() override { return random_() % 100 >= options_.percent; }
  int Elements(const FieldDescriptor&) override { return static_cast<int>(random_() % 4); }
  std::uint64_t Number(const FieldDescriptor& field) override {
    // A scale outside of the model would not survive a round trip by value.
    const auto name = internal::NameOf(field);
    if (name == "scale" || name == "exponent") return random_() % 19;
    const std::uint64_t mask = ~std::uint64_t{0} >> (random_() % 64);
    return random_() & mask;
  }
  std::string Text(const FieldDescriptor& field) override {
    std::string text;
    const auto size = random_() % 12;
    for (std::uint64_t i = 0; i < size; ++i) {
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        text.push_back(static_cast<char>(random_()));
      } else if (!options_.any_unicode || random_() % 3 != 0) {
        text.push_back(static_cast<char>(' ' + random_() % 95));
      } else {
        auto code = static_cast<std::uint32_t>(random_() % 0x110000);
        if (random_() % 2 == 0) code %= 0x20;
        if (code >= 0xD800 && code <= 0xDFFF) code = 0x2028;
        internal::AppendUtf8(code, text);
      }
    }
    return text;
  }
  bool SetsAny() const override { return options_.any_messages; }

 private:
  std::mt19937_64& random_;
  const FillOptions& options_;
};

class PlainSource : public Source {
 public:
  bool Skips() override { return false; }
  // One of each, but one for each member of a oneof (real ones come before those of optional fields).
  int Elements(const FieldDescriptor& field) override {
    const Descriptor* type = field.message_type();
    return type == nullptr || type->real_oneof_decl_count() == 0 ? 1 : type->oneof_decl(0)->field_count();
  }
  std::uint64_t Number(const FieldDescriptor& field) override {
    const auto name = internal::NameOf(field);
    if (name == "scale" || name == "exponent") return 2;
    if (name == "year") return 2024;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return 1;
    // Follows from the field alone, so that a new field changes nothing of the others; enums stay off their zero value.
    if (field.enum_type() != nullptr) {
      return 1 + static_cast<std::uint64_t>(field.number()) %
                     static_cast<std::uint64_t>(std::max(1, field.enum_type()->value_count() - 1));
    }
    return static_cast<std::uint64_t>(field.number()) % 12 + 1;
  }
  std::string Text(const FieldDescriptor& field) override {
    const auto name = internal::NameOf(field);
    if (name == "currency_code") return "EUR";
    if (name == "country_code") return "DE";
    if (name == "uom") return "KGM";
    if (name == "path") return "lines";
    return std::string(name) + " " + std::to_string(field.number());
  }
  bool SetsAny() const override { return true; }
};

void AddTypes(const Descriptor& type, std::vector<const Descriptor*>& out) {
  if (type.options().map_entry()) return;
  out.push_back(&type);
  for (int i = 0; i < type.nested_type_count(); ++i) AddTypes(*type.nested_type(i), out);
}

}  // namespace

void Fill(Message& message, std::mt19937_64& random, const FillOptions& options, int depth) {
  RandomSource source(random, options);
  FillFrom(message, source, depth, static_cast<int>(random() % 8));
}

void FillPlainly(Message& message, int depth) {
  PlainSource source;
  FillFrom(message, source, depth, 0);
}

std::vector<const Descriptor*> AllTypes() {
  std::vector<const Descriptor*> types;
  for (const Descriptor* any_of_file :
       {v1::Order::descriptor(), v1::ErrorDetail::descriptor(), v1::Invoice::descriptor(),
        v1::ConnectorManifest::descriptor(), v1::Consent::descriptor(), v1::Payment::descriptor(),
        v1::PolicyBundle::descriptor(), v1::PriceList::descriptor(), v1::Refund::descriptor(), v1::Return::descriptor(),
        v1::TaxCalculation::descriptor(), v1::Shipment::descriptor(), v1::Party::descriptor(),
        v1::Product::descriptor(), v1::InventoryLevel::descriptor(), v1::EntityHeader::descriptor(),
        v1::Money::descriptor(), v1::Address::descriptor()}) {
    const auto* file = any_of_file->file();
    for (int i = 0; i < file->message_type_count(); ++i) AddTypes(*file->message_type(i), types);
  }
  return types;
}

std::unique_ptr<Message> New(const Descriptor& type) {
  return std::unique_ptr<Message>(internal::FindPrototype(internal::FullNameOf(type))->New());
}

std::string Bytes(const Message& message) { return internal::SerializeDeterministic(message); }

}  // namespace models::testing
FAIRLEAD_NAMESPACE_END
