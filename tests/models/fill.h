// Messages with every field set: from a seed, so that a failure can be repeated.
#ifndef FAIRLEAD_TESTS_MODELS_FILL_H_
#define FAIRLEAD_TESTS_MODELS_FILL_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fairlead/core/export.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::testing {

struct FillOptions {
  // Of a hundred fields, so many are set.
  unsigned percent = 100;
  // Whether Any fields are set.
  bool any_messages = true;
  // Strings from this alphabet: plain ASCII, or everything that UTF-8 can hold.
  bool any_unicode = true;
};

// Sets fields of `message` at random. Messages nest up to `depth`.
void Fill(google::protobuf::Message& message, std::mt19937_64& random, const FillOptions& options, int depth = 6);

// Sets every field, the same way in every run: the content of golden fixtures.
void FillPlainly(google::protobuf::Message& message, int depth = 8);

// Every message type of package fairlead.v1, nested ones included.
std::vector<const google::protobuf::Descriptor*> AllTypes();
std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor& type);

// Equal as messages, byte for byte once serialised.
std::string Bytes(const google::protobuf::Message& message);

}  // namespace models::testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTS_MODELS_FILL_H_
