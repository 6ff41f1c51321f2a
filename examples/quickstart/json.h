// A forgiving reader of JSON for counting: what is missing is empty.
#ifndef FAIRLEAD_EXAMPLES_QUICKSTART_JSON_H_
#define FAIRLEAD_EXAMPLES_QUICKSTART_JSON_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

namespace quickstart {

class Json {
 public:
  static Json Parse(std::string_view text) {
    auto document = std::make_shared<rapidjson::Document>();
    document->Parse<rapidjson::kParseNumbersAsStringsFlag>(text.data(), text.size());
    const rapidjson::Value* root = document->HasParseError() ? nullptr : document.get();
    return Json(std::move(document), root);
  }

  Json operator[](const char* name) const {
    if (value_ == nullptr || !value_->IsObject()) return Json(document_, nullptr);
    const auto found = value_->FindMember(name);
    return Json(document_, found == value_->MemberEnd() ? nullptr : &found->value);
  }
  // Elements of an array, or the values of an object.
  std::vector<Json> items() const {
    std::vector<Json> all;
    if (value_ != nullptr && value_->IsArray()) {
      for (const auto& item : value_->GetArray()) all.push_back(Json(document_, &item));
    } else if (value_ != nullptr && value_->IsObject()) {
      for (const auto& member : value_->GetObject()) all.push_back(Json(document_, &member.value));
    }
    return all;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    if (value_ != nullptr && value_->IsObject()) {
      for (const auto& member : value_->GetObject())
        all.emplace_back(member.name.GetString(), member.name.GetStringLength());
    }
    return all;
  }
  // Strings and the text of numbers.
  std::string text() const {
    return value_ != nullptr && value_->IsString() ? std::string(value_->GetString(), value_->GetStringLength())
                                                   : std::string();
  }
  std::int64_t integer() const { return std::strtoll(text().c_str(), nullptr, 10); }
  bool is_true() const { return value_ != nullptr && value_->IsTrue(); }
  explicit operator bool() const { return value_ != nullptr; }

 private:
  Json(std::shared_ptr<rapidjson::Document> document, const rapidjson::Value* value)
      : document_(std::move(document)), value_(value) {}

  std::shared_ptr<rapidjson::Document> document_;
  const rapidjson::Value* value_;
};

}  // namespace quickstart

#endif  // FAIRLEAD_EXAMPLES_QUICKSTART_JSON_H_
