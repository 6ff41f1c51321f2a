// Aggregates marked as frozen are stored by those who use Fairlead, and read again by later versions: these fixtures
// hold their encoding still. A field that is added has to be added to the fixture:
//   models_test --gtest_also_run_disabled_tests --gtest_filter=Golden.DISABLED_Rewrite
// and the change of tests/testdata/golden/*.txtpb has to show additions only.
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/digest.h"
#include "fairlead/models/json.h"
#include "fairlead/v1/error.pb.h"
#include "fairlead/v1/options.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/models/fill.h"

namespace fairlead::models {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string FileName(const Descriptor& type, const char* extension) {
  std::string name;
  for (const char c : std::string(type.name())) {
    if (c >= 'A' && c <= 'Z') {
      if (!name.empty()) name.push_back('_');
      name.push_back(static_cast<char>(c - 'A' + 'a'));
    } else {
      name.push_back(c);
    }
  }
  return absl::StrCat(FAIRLEAD_TESTDATA, "/golden/", name, extension);
}

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path << " is missing";
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

std::vector<const Descriptor*> Frozen() {
  std::vector<const Descriptor*> types;
  for (const Descriptor* type : testing::AllTypes()) {
    if (type->options().GetExtension(v1::frozen)) types.push_back(type);
  }
  return types;
}

// Fields below `type` that the fixture sets nowhere.
class Coverage {
 public:
  void See(const Message& message) {
    const auto& r = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    r.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      seen_.insert(field);
      if (field->message_type() == nullptr || field->is_map()) continue;
      const int size = field->is_repeated() ? r.FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i)
        See(field->is_repeated() ? r.GetRepeatedMessage(message, field, i) : r.GetMessage(message, field));
    }
  }
  void Want(const Descriptor& type, std::set<std::string>& missing) {
    if (!wanted_.insert(&type).second || std::string(type.file()->package()) != "fairlead.v1") return;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* field = type.field(i);
      if (seen_.count(field) == 0) missing.insert(std::string(field->full_name()));
      if (field->message_type() != nullptr) Want(*field->message_type(), missing);
    }
  }

 private:
  std::set<const FieldDescriptor*> seen_;
  std::set<const Descriptor*> wanted_;
};

TEST(Golden, FrozenAggregatesKeepTheirEncoding) {
  EXPECT_EQ(Frozen().size(), 10U);
  for (const Descriptor* type : Frozen()) {
    SCOPED_TRACE(type->full_name());
    const std::string wire = Read(FileName(*type, ".binpb"));
    const auto from_wire = testing::New(*type);
    ASSERT_TRUE(from_wire->ParseFromString(wire));
    const auto from_text = testing::New(*type);
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(Read(FileName(*type, ".txtpb")), from_text.get()));
    // The stored bytes mean what the text says, and are what we write today.
    EXPECT_TRUE(testing::Bytes(*from_wire) == testing::Bytes(*from_text)) << "a stored message now reads differently";
    EXPECT_TRUE(testing::Bytes(*from_text) == wire) << "a message is now written differently";
    EXPECT_EQ(DigestOf(*from_wire), DigestOf(*from_text));
    // The canonical JSON is stored, too.
    EXPECT_EQ(*ToJson(*from_wire) + "\n", Read(FileName(*type, ".json")));
  }
}

TEST(Golden, FixturesHoldEveryField) {
  for (const Descriptor* type : Frozen()) {
    const auto message = testing::New(*type);
    ASSERT_TRUE(message->ParseFromString(Read(FileName(*type, ".binpb"))));
    Coverage coverage;
    coverage.See(*message);
    std::set<std::string> missing;
    coverage.Want(*type, missing);
    EXPECT_TRUE(missing.empty()) << type->full_name()
                                 << " is frozen and has new fields (see the top of this file): " << *missing.begin()
                                 << (missing.size() > 1 ? " and others" : "");
  }
}

// Digests are stored in mirrors and posting proofs: one file for all, so that a change of the encoding is seen as a
// whole.
std::string Digests() {
  std::string text;
  for (const Descriptor* type : Frozen()) {
    const auto message = testing::New(*type);
    EXPECT_TRUE(message->ParseFromString(Read(FileName(*type, ".binpb"))));
    absl::StrAppend(&text, DigestOf(*message).Hex(), "  ", std::string(type->name()), "\n");
  }
  return text;
}

TEST(Golden, DigestsOfStoredMessagesStay) {
  EXPECT_EQ(Digests(), Read(absl::StrCat(FAIRLEAD_TESTDATA, "/golden/digests.txt")));
}

TEST(Golden, DISABLED_Rewrite) {
  const auto write = [](const std::string& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary);
    out << bytes;
    ASSERT_TRUE(out.good()) << path;
  };
  for (const Descriptor* type : Frozen()) {
    const auto message = testing::New(*type);
    testing::FillPlainly(*message);
    std::string text;
    google::protobuf::TextFormat::Printer printer;
    printer.SetExpandAny(false);
    ASSERT_TRUE(printer.PrintToString(*message, &text));
    write(FileName(*type, ".txtpb"), text);
    write(FileName(*type, ".binpb"), testing::Bytes(*message));
    write(FileName(*type, ".json"), *ToJson(*message) + "\n");
  }
  write(absl::StrCat(FAIRLEAD_TESTDATA, "/golden/digests.txt"), Digests());
}

// core writes its payload without protobuf; whoever has protobuf reads it as a message.
TEST(ErrorPayload, IsTheMessageThatTheModelDeclares) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kUnknownOutcome;
  detail.outcome = Outcome::kUnknown;
  detail.attempts = 3;
  detail.elapsed = std::chrono::milliseconds(5000000000);
  detail.operation = "erp.order.create";
  detail.system = "erp";
  detail.vendor_code = "E\xC3\xA9";
  detail.http_status = 504;
  detail.retry_after = std::chrono::milliseconds(0);
  detail.stopped_because = "no budget";
  const absl::Status status = MakeError(absl::StatusCode::kUnavailable, "lost", detail);
  const auto payload = status.GetPayload("type.googleapis.com/fairlead.v1.ErrorDetail");
  ASSERT_TRUE(payload.has_value());
  v1::ErrorDetail message;
  ASSERT_TRUE(message.ParseFromString(std::string(*payload)));
  EXPECT_EQ(message.kind(), static_cast<std::uint32_t>(detail.kind));
  EXPECT_EQ(message.outcome(), 4U);
  EXPECT_EQ(message.attempts(), 3U);
  EXPECT_EQ(message.elapsed_ms(), 5000000000U);
  EXPECT_EQ(message.operation(), detail.operation);
  EXPECT_EQ(message.system(), detail.system);
  EXPECT_EQ(message.vendor_code(), detail.vendor_code);
  EXPECT_EQ(message.http_status(), 504U);
  EXPECT_TRUE(message.has_retry_after_ms());
  EXPECT_EQ(message.retry_after_ms(), 0U);
  EXPECT_EQ(message.stopped_because(), "no budget");
  // Every field of the message is one of the payload's, and the bytes are the same.
  EXPECT_EQ(v1::ErrorDetail::descriptor()->field_count(), 10);
  EXPECT_EQ(message.SerializeAsString(), std::string(*payload));

  absl::Status written(absl::StatusCode::kUnavailable, "lost");
  written.SetPayload("type.googleapis.com/fairlead.v1.ErrorDetail", absl::Cord(message.SerializeAsString()));
  const auto back = GetErrorDetail(written);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->vendor_code, detail.vendor_code);
  EXPECT_EQ(back->elapsed, detail.elapsed);
  EXPECT_EQ(back->retry_after, detail.retry_after);
}

}  // namespace
}  // namespace fairlead::models
