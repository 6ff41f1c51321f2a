// The store's side of the count: what the store itself says about its orders, and the orders that the demonstration
// adds.
#ifndef FAIRLEAD_EXAMPLES_QUICKSTART_STORE_SIDE_H_
#define FAIRLEAD_EXAMPLES_QUICKSTART_STORE_SIDE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fairlead/testing/sandbox_woo.h"

namespace quickstart {

struct StoreOrder {
  std::int64_t id = 0;
  std::string number;
  std::string status;
  std::string total;
};

// Paid, and not cancelled: somebody waits for these goods.
bool IsEligible(const StoreOrder& order);
// Every order of the store as the store itself counts it.
std::vector<StoreOrder> StoreOrders(fairlead::testing::SandboxWoo& woo);
// An order that is paid and sold, but whose stated total does not follow from its lines: the posting gate must hold it.
std::string HeldOrder(std::int64_t id, std::int64_t product, const std::string& sku);
// The SKUs of the captured catalogue, variations included.
std::vector<std::string> CapturedSkus(const std::string& data);

}  // namespace quickstart

#endif  // FAIRLEAD_EXAMPLES_QUICKSTART_STORE_SIDE_H_
