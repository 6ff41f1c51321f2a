// fairlead parse: vendor JSON to canonical JSON lines.
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "fairlead/connectors/tryton/parse.h"
#include "fairlead/connectors/woocommerce/parse.h"
#include "fairlead/models/json.h"
#include "src/cli/internal/args.h"
#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead parse SYSTEM KIND [FILE|-] [--system NAME] [--currency CODE] [--json]

Turns a vendor's JSON (one object or a page) into canonical JSON, one record a line, on standard output.
Findings (unknown values, residuals, unreadable records) go to standard error, as JSON lines with --json.

  SYSTEM   woocommerce, tryton
  KIND     order, product, customer, inventory, refund, shipment, invoice
  FILE     default - (standard input)

Exit: 0 clean, 1 with findings, 2 on unusable input.

  fairlead parse woocommerce order orders.json
)";

const std::map<std::string, v1::EntityKind>& Kinds() {
  static const auto* const kinds = new std::map<std::string, v1::EntityKind>{
      {"order", v1::ORDER},   {"product", v1::PRODUCT},   {"customer", v1::PARTY}, {"inventory", v1::INVENTORY_LEVEL},
      {"refund", v1::REFUND}, {"shipment", v1::SHIPMENT}, {"invoice", v1::INVOICE}};
  return *kinds;
}

}  // namespace

int Parse(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(arguments, {"system", "currency"}, {"json", "help"});
  if (!args.ok()) {
    io.err << "fairlead parse: " << args.status().message() << "\n";
    return kUnusable;
  }
  if (args->Has("help") || args->words().empty()) {
    (args->Has("help") ? io.out : io.err) << kHelp;
    return args->Has("help") ? kClean : kUnusable;
  }
  if (args->words().size() < 2 || args->words().size() > 3) {
    io.err << "fairlead parse: expected SYSTEM KIND [FILE|-]; see fairlead parse --help\n";
    return kUnusable;
  }
  const std::string& system = args->words()[0];
  const auto kind = Kinds().find(args->words()[1]);
  if (kind == Kinds().end()) {
    io.err << "fairlead parse: unknown kind '" << args->words()[1]
           << "': order, product, customer, inventory, refund, shipment or invoice\n";
    return kUnusable;
  }
  const std::string file = args->words().size() == 3 ? args->words()[2] : "-";
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(io.in), {});
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      io.err << "fairlead parse: cannot read " << file << "\n";
      return kUnusable;
    }
    text.assign(std::istreambuf_iterator<char>(in), {});
  }

  absl::StatusOr<Page> page = absl::InvalidArgumentError("");
  if (system == "woocommerce") {
    woocommerce::ParseOptions options;
    options.system = args->Get("system", "web");
    options.currency = args->Get("currency");
    page = woocommerce::Parse(kind->second, std::move(text), options);
  } else if (system == "tryton") {
    tryton::ParseOptions options;
    options.system = args->Get("system", "erp");
    page = tryton::Parse(kind->second, std::move(text), options);
  } else {
    io.err << "fairlead parse: unknown system '" << system << "': woocommerce or tryton\n";
    return kUnusable;
  }
  if (!page.ok()) {
    io.err << "fairlead parse: " << page.status().message() << "\n";
    return kUnusable;
  }

  bool findings = false;
  const auto say = [&](const std::string& id, const std::string& code, const std::string& path,
                       const std::string& message) {
    findings = true;
    if (args->Has("json")) {
      io.err << "{\"id\": " << Quote(id) << ", \"code\": " << Quote(code) << ", \"path\": " << Quote(path)
             << ", \"message\": " << Quote(message) << "}\n";
    } else {
      io.err << id << ": " << code << (path.empty() ? "" : " at ") << path << ": " << message << "\n";
    }
  };
  for (const Record& record : page->records) {
    if (record.message != nullptr) {
      const auto json = models::ToJson(*record.message);
      if (json.ok()) {
        io.out << *json << "\n";
      } else {
        say(record.external_id, "unprintable", "", std::string(json.status().message()));
      }
    }
    for (const MappingFinding& finding : record.findings)
      say(record.external_id, finding.code, finding.path, finding.message);
  }
  std::size_t number = 0;
  for (const UnreadableRecord& bad : page->unreadable) {
    say(absl::StrCat("unreadable #", ++number), "unreadable", "", std::string(bad.why.message()));
  }
  return findings ? kFindings : kClean;
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
