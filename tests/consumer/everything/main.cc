// A shop's own message around a canonical one, across the wire and back.
#include <cstdio>
#include <string>

#include "fairlead/v1/order.pb.h"
#include "shop/v1/loyalty_order.pb.h"

int main() {
  shop::v1::LoyaltyOrder sent;
  sent.mutable_order()->set_order_number("1001");
  sent.mutable_order()->set_currency_code("EUR");
  sent.set_points(42);
  shop::v1::LoyaltyOrder received;
  if (!received.ParseFromString(sent.SerializeAsString())) return 1;
  std::printf("order %s in %s\n", received.order().order_number().c_str(), received.order().currency_code().c_str());
  return received.order().order_number() == "1001" && received.points() == 42 ? 0 : 1;
}
