// The recorded calls of a real Tryton 6.0.29.
#ifndef FAIRLEAD_TESTS_CONNECTORS_TRYTON_CORPUS_H_
#define FAIRLEAD_TESTS_CONNECTORS_TRYTON_CORPUS_H_

#include <string>
#include <string_view>
#include <vector>

namespace fairlead_tryton_test {

struct Recorded {
  std::string file;     ///< "sales/one-quote.json".
  std::string request;  ///< Body as sent.
  std::string method;   ///< "model.sale.sale.quote"; empty for bodies that are not JSON.
  int status = 0;
  std::string answer;  ///< Body as received.
};

/// All of them, in the order of time.
const std::vector<Recorded>& Corpus();
/// One by its file.
const Recorded& Call(std::string_view file);
/// JSON without spaces between its parts, and with id 1: recordings were spaced and counted.
std::string Compact(std::string_view json);

}  // namespace fairlead_tryton_test

#endif  // FAIRLEAD_TESTS_CONNECTORS_TRYTON_CORPUS_H_
