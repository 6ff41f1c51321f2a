// Linked into the storefront-and-ERP service, this breaks one promise of its ledger, named by FAIRLEAD_TEST_BREAK, and
// holds up every fourth creation of a sale for longer than its lease. The service's own source is the one that users
// copy.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include "src/http_curl/internal/curl_transport_peer.h"
#include "src/idempotency/internal/ledger_faults.h"

namespace {

std::atomic<int> sales{0};
std::mutex one_at_a_time;

// Twice the lease: somebody else has taken over and is done by then. Both addresses of the buyer are there by this link
// of the chain: it is the one that creates the sale. One worker at a time, so that somebody is left to take over.
void HoldUpSome(const fairlead::Intent& sending) {
  if (sending.parts.operation != "sale.create" || sending.parts.purpose != "create+address+address") return;
  if (++sales % 4 != 0) return;
  const std::unique_lock<std::mutex> lock(one_at_a_time, std::try_to_lock);
  if (lock.owns_lock()) std::this_thread::sleep_for(std::chrono::seconds(3));
}

__attribute__((constructor)) void Break() {
  const char* name = std::getenv("FAIRLEAD_TEST_BREAK");
  if (name == nullptr) return;
  fairlead::internal::LedgerFaults faults;
  faults.before_last_check = HoldUpSome;
  if (std::string_view(name) == "send_budget") {
    // It is kept twice: by the ledger's permit and by the transport.
    faults.no_send_budget = true;
    fairlead::internal::CurlTransportPeer::DisableSendBudgetByDefault();
  }
  faults.no_fence = std::string_view(name) == "fence";
  fairlead::internal::LedgerTestAccess::SetDefaultFaults(faults);
}

}  // namespace
