#include "fairlead/http_curl/send_once.h"

#include <curl/curl.h>

FAIRLEAD_NAMESPACE_BEGIN

SendOnce::SendOnce() = default;
SendOnce::~SendOnce() = default;

namespace internal {

static_assert(CURL_PREREQFUNC_OK == 0 && CURL_PREREQFUNC_ABORT == 1, "the hook's answers are written as numbers");

bool AttachPreRequestHook(void* curl_handle, PreRequestHook hook, void* guard) {
  if (curl_handle == nullptr) return false;
  auto* const handle = static_cast<CURL*>(curl_handle);
  // A libcurl without the hook answers with an error instead of ignoring the option.
  return curl_easy_setopt(handle, CURLOPT_PREREQDATA, guard) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, hook) == CURLE_OK;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
