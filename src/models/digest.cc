#include "fairlead/models/digest.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "fairlead/models/currency.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/value.pb.h"
#include "google/protobuf/any.pb.h"
#include "src/models/internal/natural_key.h"
#include "src/models/internal/normalize_text.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Changing what is written below changes every stored digest: then this number changes, and mirrors are rebuilt.
constexpr char kEncodingVersion = 1;

// The encoding: a field is its number and a value, a value begins with one of these, a message ends with field number
// 0.
constexpr char kInteger = 'i';
constexpr char kUnsigned = 'u';
constexpr char kReal = 'd';
constexpr char kText = 't';
constexpr char kBytes = 'b';
constexpr char kMessage = 'm';
constexpr char kDecimal = 'D';
constexpr char kMoney = 'M';
constexpr char kSequence = 'r';
constexpr char kSet = 's';
constexpr char kAbsent = '-';

Digest Hash(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return Digest{hash.high64, hash.low64};
}

bool IsPiece(std::string_view uom) { return uom.empty() || uom == "C62"; }

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  void PutVarint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>((value & 0x7F) | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }

  void PutText(std::string_view text) {
    out_.push_back(kText);
    const std::string_view normal = internal::ToNfc(text, scratch_);
    PutVarint(normal.size());
    out_.append(normal);
  }

  void PutAbsent() { out_.push_back(kAbsent); }

  // The content of a message. `root`: the one that was asked for, whose header is left out as a whole.
  void PutMessage(const Message& message, bool root) {
    const auto* const type = message.GetDescriptor();
    if (type == v1::Decimal::descriptor()) {
      const auto& decimal = static_cast<const v1::Decimal&>(message);
      return PutDecimal(Dec{decimal.unscaled(), decimal.scale()});
    }
    if (type == v1::Money::descriptor()) {
      const auto& money = static_cast<const v1::Money&>(message);
      out_.push_back(kMoney);
      PutText(money.currency_code());
      return PutDecimal(Dec{money.minor_units(), money.exponent()});
    }
    if (type == v1::EntityHeader::descriptor()) return PutInnerHeader(static_cast<const v1::EntityHeader&>(message));
    if (type == google::protobuf::Any::descriptor() && PutAny(static_cast<const google::protobuf::Any&>(message)))
      return;
    out_.push_back(kMessage);
    std::vector<const FieldDescriptor*> fields;
    internal::ListFieldsByNumber(message, fields);
    for (const FieldDescriptor* field : fields) {
      if (root && field->message_type() == v1::EntityHeader::descriptor()) continue;
      if (IsSameAsAbsent(message, *field)) continue;
      PutVarint(static_cast<std::uint64_t>(field->number()));
      PutField(message, *field);
    }
    PutVarint(0);
  }

  // The value of a field: all of it.
  void PutField(const Message& message, const FieldDescriptor& field) {
    if (!field.is_repeated()) return PutValue(message, field, -1);
    const int size = message.GetReflection()->FieldSize(message, &field);
    if (field.message_type() != nullptr && HasNaturalKey(*field.message_type())) return PutSet(message, field, size);
    out_.push_back(kSequence);
    PutVarint(static_cast<std::uint64_t>(size));
    for (int i = 0; i < size; ++i) PutValue(message, field, i);
  }

  // A singular field (index -1) or one element.
  void PutValue(const Message& message, const FieldDescriptor& field, int index) {
    const auto& r = *message.GetReflection();
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return PutInteger(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index));
      case FieldDescriptor::CPPTYPE_INT64:
        return PutInteger(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index));
      case FieldDescriptor::CPPTYPE_ENUM:
        return PutInteger(one ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index));
      case FieldDescriptor::CPPTYPE_BOOL:
        return PutInteger((one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index)) ? 1 : 0);
      case FieldDescriptor::CPPTYPE_UINT32:
        return PutUnsigned(one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index));
      case FieldDescriptor::CPPTYPE_UINT64:
        return PutUnsigned(one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return PutReal(one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return PutReal(
            static_cast<double>(one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index)));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string holder;
        const std::string& text = one ? r.GetStringReference(message, &field, &holder)
                                      : r.GetRepeatedStringReference(message, &field, index, &holder);
        if (field.type() != FieldDescriptor::TYPE_BYTES) return PutText(text);
        out_.push_back(kBytes);
        PutVarint(text.size());
        out_.append(text);
        return;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return PutMessage(one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index), false);
    }
  }

  // Values that the model defines to mean the same as their absence.
  static bool IsSameAsAbsent(const Message& message, const FieldDescriptor& field) {
    const auto* const type = message.GetDescriptor();
    if (type == v1::DualMoney::descriptor()) {
      const auto& dual = static_cast<const v1::DualMoney&>(message);
      return field.number() == v1::DualMoney::kPresentmentFieldNumber && dual.has_ledger() &&
             Equal(dual.presentment(), dual.ledger());
    }
    if (type == v1::UnitPrice::descriptor() && field.number() == v1::UnitPrice::kPerQuantityFieldNumber) {
      const auto& per = static_cast<const v1::UnitPrice&>(message).per_quantity();
      return Compare(Dec{per.unscaled(), per.scale()}, Dec::Of(1)) == 0;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.is_repeated() &&
        internal::NameOf(field) == "uom") {
      std::string holder;
      return IsPiece(message.GetReflection()->GetStringReference(message, &field, &holder));
    }
    return false;
  }

 private:
  void PutInteger(std::int64_t value) {
    out_.push_back(kInteger);
    PutZigzag(value);
  }
  void PutUnsigned(std::uint64_t value) {
    out_.push_back(kUnsigned);
    PutVarint(value);
  }
  void PutZigzag(std::int64_t value) {
    PutVarint((static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  void PutReal(double value) {
    // Only free-form values of a source are doubles. Both zeros are one number, and so are all NaNs.
    std::uint64_t bits = 0;
    if (value != value) {
      bits = 0x7FF8000000000000ULL;
    } else if (value != 0) {
      std::memcpy(&bits, &value, sizeof(bits));
    }
    out_.push_back(kReal);
    for (int shift = 56; shift >= 0; shift -= 8) out_.push_back(static_cast<char>((bits >> shift) & 0xFF));
  }
  void PutDecimal(const Dec& value) {
    const Dec normal = value.scale <= kMaxScale ? Normalize(value) : value;
    out_.push_back(kDecimal);
    PutZigzag(normal.unscaled);
    PutVarint(normal.scale);
  }

  // Elements with a natural key: in the order of their digests, so that their order in the message does not matter.
  void PutSet(const Message& message, const FieldDescriptor& field, int size) {
    std::vector<Digest> elements;
    elements.reserve(static_cast<std::size_t>(size));
    // Each element is written behind what is there already, hashed, and taken away again: one buffer for all.
    const std::size_t start = out_.size();
    for (int i = 0; i < size; ++i) {
      PutMessage(message.GetReflection()->GetRepeatedMessage(message, &field, i), false);
      elements.push_back(Hash(std::string_view(out_).substr(start)));
      out_.resize(start);
    }
    std::sort(elements.begin(), elements.end());
    out_.push_back(kSet);
    PutVarint(static_cast<std::uint64_t>(size));
    for (const Digest& element : elements) out_.append(element.Bytes());
  }

  // Who a record inside of another one is, and whether it is gone; nothing of when and how it was read.
  void PutInnerHeader(const v1::EntityHeader& header) {
    std::vector<std::string> refs;
    refs.reserve(static_cast<std::size_t>(header.refs_size()));
    const std::size_t start = out_.size();
    for (const v1::ExternalRef& ref : header.refs()) {
      PutText(ref.system());
      PutText(ref.object_type());
      PutText(ref.id());
      refs.push_back(out_.substr(start));
      out_.resize(start);
    }
    std::sort(refs.begin(), refs.end());
    out_.push_back(kMessage);
    PutVarint(refs.size());
    for (const std::string& ref : refs) out_.append(ref);
    PutVarint(static_cast<std::uint64_t>(header.tombstone().kind()));
  }

  // By content where the type is known: its bytes are not the same for all writers.
  bool PutAny(const google::protobuf::Any& any) {
    const std::string& url = any.type_url();
    const Message* prototype = internal::FindPrototype(std::string_view(url).substr(url.find('/') + 1));
    if (prototype == nullptr) return false;
    const std::unique_ptr<Message> inner(prototype->New());
    if (!inner->ParseFromString(any.value())) return false;
    out_.push_back(kMessage);
    PutText(internal::FullNameOf(*inner->GetDescriptor()));
    PutMessage(*inner, false);
    return true;
  }

  std::string& out_;
  std::string scratch_;
};

std::string Begin() {
  std::string bytes;
  bytes.reserve(2048);
  bytes.push_back(kEncodingVersion);
  return bytes;
}

// A match that is there, and is not the same as if it were absent.
bool Counts(const FieldMatch& match) {
  return match.present && match.parent != nullptr && match.field != nullptr &&
         (match.index >= 0 || !Encoder::IsSameAsAbsent(*match.parent, *match.field));
}

void PutMatch(const FieldMatch& match, Encoder& encoder) {
  if (!Counts(match)) return encoder.PutAbsent();
  if (match.index >= 0) {
    encoder.PutValue(*match.parent, *match.field, match.index);
  } else {
    encoder.PutField(*match.parent, *match.field);
  }
}

}  // namespace

std::string Digest::Bytes() const {
  std::string bytes;
  bytes.reserve(16);
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((half >> shift) & 0xFF));
  }
  return bytes;
}

std::string Digest::Hex() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(32);
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text.push_back(kHex[(half >> shift) & 15]);
  }
  return text;
}

Digest Digest::FromBytes(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != 16) return digest;
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint64_t& half = i < 8 ? digest.high : digest.low;
    half = (half << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return digest;
}

Digest DigestOf(const Message& message) {
  std::string bytes = Begin();
  Encoder(bytes).PutMessage(message, true);
  return Hash(bytes);
}

absl::StatusOr<Digest> DigestOf(const Message& message, const std::vector<FieldPath>& paths) {
  std::vector<FieldMatch> matches;
  for (const FieldPath& path : paths) {
    auto found = FindFields(message, path);
    if (!found.ok()) return found.status();
    std::move(found->begin(), found->end(), std::back_inserter(matches));
  }
  std::sort(matches.begin(), matches.end(), [](const FieldMatch& a, const FieldMatch& b) { return a.path < b.path; });
  matches.erase(std::unique(matches.begin(), matches.end(),
                            [](const FieldMatch& a, const FieldMatch& b) { return a.path == b.path; }),
                matches.end());
  std::string bytes = Begin();
  Encoder encoder(bytes);
  for (const FieldMatch& match : matches) {
    encoder.PutText(match.path);
    PutMatch(match, encoder);
  }
  return Hash(bytes);
}

absl::StatusOr<Digest> DigestOf(const Message& message, const std::vector<std::string>& paths) {
  std::vector<FieldPath> parsed;
  parsed.reserve(paths.size());
  for (const std::string& path : paths) {
    auto one = FieldPath::Parse(path);
    if (!one.ok()) return one.status();
    parsed.push_back(*std::move(one));
  }
  return DigestOf(message, parsed);
}

Digest DigestOf(const FieldMatch& match) {
  std::string bytes = Begin();
  Encoder encoder(bytes);
  PutMatch(match, encoder);
  return Hash(bytes);
}

bool SameValue(const FieldMatch& a, const FieldMatch& b) { return DigestOf(a) == DigestOf(b); }

Digest DigestOfBytes(std::string_view bytes) { return Hash(bytes); }

}  // namespace models
FAIRLEAD_NAMESPACE_END
