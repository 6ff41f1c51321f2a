#include "fairlead/idempotency/operation.h"

FAIRLEAD_NAMESPACE_BEGIN

Operation::Operation(std::string_view name, Effect effect, SendFunction send, FindFunction find)
    : name_(name),
      effect_(effect),
      send_(std::move(send)),
      find_(std::move(find)),
      connector_(name.substr(0, name.find('.'))) {}

Operation Operation::NativeKey(std::string_view name, SendFunction send, std::chrono::milliseconds retention,
                               FindFunction find) {
  Operation operation(name, Effect::kNativeKey, std::move(send), std::move(find));
  operation.retention_ = retention;
  return operation;
}

Operation Operation::Conditional(std::string_view name, SendFunction send, FindFunction find) {
  return Operation(name, Effect::kConditional, std::move(send), std::move(find));
}

Operation Operation::Absolute(std::string_view name, SendFunction send, std::chrono::milliseconds settle) {
  Operation operation(name, Effect::kAbsolute, std::move(send), nullptr);
  operation.settle_ = settle;
  return operation;
}

Operation Operation::Lookup(std::string_view name, SendFunction send, FindFunction find,
                            std::chrono::milliseconds settle) {
  Operation operation(name, Effect::kLookup, std::move(send), std::move(find));
  operation.settle_ = settle;
  return operation;
}

Operation Operation::Blind(std::string_view name, SendFunction send) {
  return Operation(name, Effect::kBlind, std::move(send), nullptr);
}

Operation Operation::Read(std::string_view name, SendFunction send) {
  return Operation(name, Effect::kRead, std::move(send), nullptr);
}

Operation& Operation::At(std::string_view tenant, std::string_view connector, std::string_view account) {
  tenant_ = std::string(tenant);
  connector_ = std::string(connector);
  account_ = std::string(account);
  return *this;
}

Operation& Operation::Owner(std::string_view owner, std::string_view runbook) {
  owner_ = std::string(owner);
  runbook_ = std::string(runbook);
  return *this;
}

FAIRLEAD_NAMESPACE_END
