// Linked into the storefront-and-ERP service, this breaks one promise of its ledger, named by FAIRLEAD_TEST_BREAK, and
// holds up many creations of a sale for longer than its lease. The service's own source is the one that users
// copy.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "src/http_curl/internal/curl_transport_peer.h"
#include "src/idempotency/internal/ledger_faults.h"

namespace {

std::atomic<int> held_up{0};

// The first worker is held up until its successor, who took over when the lease of 1.5 s had ended, is about to send:
// if it may write its result now, a third one starts beside the successor. Both addresses of the buyer are there by
// this link of the chain: it is the one that creates the sale. Half of the workers are left to take over.
void HoldUpSome(const fairlead::Intent& sending) {
  if (sending.parts.operation != "sale.create" || sending.parts.purpose != "create+address+address") return;
  if (sending.epoch > 1) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return;
  }
  if (++held_up <= 6) std::this_thread::sleep_for(std::chrono::milliseconds(1900));
  --held_up;
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
