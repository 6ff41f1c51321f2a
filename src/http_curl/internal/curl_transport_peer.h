// For tests alone: shows what the send budget is good for by taking it away.
#ifndef FAIRLEAD_SRC_HTTP_CURL_INTERNAL_CURL_TRANSPORT_PEER_H_
#define FAIRLEAD_SRC_HTTP_CURL_INTERNAL_CURL_TRANSPORT_PEER_H_

#include "fairlead/core/export.h"
#include "fairlead/http_curl/curl_transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

class FAIRLEAD_EXPORT CurlTransportPeer {
 public:
  // Lets libcurl send again by itself: the guard is asked before the first transmission only, and further ones are
  // let go. Call before the transport is shared between threads.
  static void DisableSendBudget(http::CurlTransport& transport);
  // The same for every transport made from now on. Call it before main().
  static void DisableSendBudgetByDefault();
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_HTTP_CURL_INTERNAL_CURL_TRANSPORT_PEER_H_
