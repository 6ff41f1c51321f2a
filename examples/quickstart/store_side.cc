#include "examples/quickstart/store_side.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "examples/quickstart/json.h"

namespace quickstart {

bool IsEligible(const StoreOrder& order) { return order.status == "processing" || order.status == "completed"; }

std::string HeldOrder(std::int64_t id, std::int64_t product, const std::string& sku) {
  std::ostringstream json;
  json
      << R"({"id":)" << id
      << R"(,"parent_id":0,"status":"processing","currency":"USD","version":"10.6.2","prices_include_tax":false,)"
      << R"("date_created":"2026-11-23T01:00:00","date_modified":"2026-11-23T01:00:00","date_created_gmt":"2026-11-23T09:00:00",)"
      << R"("date_modified_gmt":"2026-11-23T09:00:00","date_paid_gmt":"2026-11-23T09:00:00","date_completed_gmt":null,)"
      << R"("discount_total":"0.00","discount_tax":"0.00","shipping_total":"0.00","shipping_tax":"0.00","cart_tax":"0.00",)"
      << R"("total":"13.50","total_tax":"0.00","customer_id":0,"order_key":"wc_order_held)" << id << R"(","number":")"
      << id << R"(",)"
      << R"("billing":{"first_name":"Mara","last_name":"Keller","company":"","address_1":"4 Mill Lane","address_2":"","city":"Salem",)"
      << R"("state":"OR","postcode":"97301","country":"US","email":"mara.keller@mail.example.com","phone":""},)"
      << R"("shipping":{"first_name":"Mara","last_name":"Keller","company":"","address_1":"4 Mill Lane","address_2":"","city":"Salem",)"
      << R"("state":"OR","postcode":"97301","country":"US","phone":""},"payment_method":"bacs","payment_method_title":"Bank transfer",)"
      << R"("transaction_id":"","created_via":"checkout","customer_note":"","cart_hash":"","meta_data":[],)"
      << R"("line_items":[{"id":)" << id * 10 << R"(,"name":"Explained difference","product_id":)" << product
      << R"(,"variation_id":0,"quantity":1,"tax_class":"","subtotal":"12.00","subtotal_tax":"0.00","total":"12.00","total_tax":"0.00",)"
      << R"("taxes":[],"meta_data":[],"sku":")" << sku
      << R"(","price":12}],"tax_lines":[],"shipping_lines":[],"fee_lines":[],)"
      << R"("coupon_lines":[],"refunds":[]})";
  return json.str();
}

// Number and total never change here once an order is placed.
std::vector<StoreOrder> StoreOrders(fairlead::testing::SandboxWoo& woo) {
  static auto* const placed = new std::map<std::string, StoreOrder>;
  std::vector<StoreOrder> orders;
  const quickstart::Json state = quickstart::Json::Parse(woo.StateJson())["orders"];
  for (const std::string& id : state.names()) {
    auto found = placed->find(id);
    if (found == placed->end()) {
      const std::int64_t number = std::strtoll(id.c_str(), nullptr, 10);
      const auto json = woo.Get("orders", number);
      if (!json.ok()) continue;
      const quickstart::Json order = quickstart::Json::Parse(*json);
      found = placed->emplace(id, StoreOrder{number, order["number"].text(), "", order["total"].text()}).first;
    }
    orders.push_back(found->second);
    orders.back().status = state[id.c_str()]["status"].text();
  }
  return orders;
}

std::vector<std::string> CapturedSkus(const std::string& data) {
  std::set<std::string> skus;
  for (const char* file : {"products-p1", "products-p2", "variations-p1"}) {
    std::ifstream in(data + "/woocommerce-10.6.2/lists/" + file + ".json");
    std::ostringstream text;
    text << in.rdbuf();
    const quickstart::Json page = quickstart::Json::Parse(text.str());
    for (const quickstart::Json& item : page.items()) {
      if (!item["sku"].text().empty()) skus.insert(item["sku"].text());
    }
  }
  return {skus.begin(), skus.end()};
}

}  // namespace quickstart
