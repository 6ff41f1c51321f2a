// The report as one page without any outside reference.
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/drift/audit.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace drift {
namespace {

using ::fairlead::internal::ToAbsl;

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '&':
        out.append("&amp;");
        break;
      case '"':
        out.append("&quot;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace

absl::Status AuditReport::WriteHtml(std::string_view path) const {
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Audit</title><style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 "
      "1rem}"
      "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid "
      "#ccc;padding:.4rem;text-align:left;vertical-align:top}"
      ".DRIFT,.UNKNOWN{color:#a00;font-weight:600}.EXPLAINED{color:#06c}.warn{background:#fff3cd;padding:.6rem}</"
      "style>";
  absl::StrAppend(&page, "<h1>Stock: ", Escaped(request.owner), " and ", Escaped(request.target), "</h1>");
  if (!complete)
    page.append("<p class=\"warn\">This audit is <b>incomplete</b>: it does not say that there is no drift.</p>");
  absl::StrAppend(&page, "<p>", population, " items, ", compared, " compared, ", agreeing, " agree.</p>");
  if (!not_checked.empty()) {
    page.append("<h2>Not checked</h2><ul>");
    for (const std::string& line : not_checked) absl::StrAppend(&page, "<li>", Escaped(line), "</li>");
    page.append("</ul>");
  }
  std::map<std::string, int> classes;
  for (const AuditFinding& finding : findings) ++classes[std::string(policy::FindingClassName(finding.finding_class))];
  page.append("<h2>Findings</h2><p>");
  for (const auto& [name, count] : classes) absl::StrAppend(&page, count, " ", name, " &nbsp; ");
  page.append("</p><table><tr><th>SKU<th>Class<th>What<th>Unexplained<th>Owner<th>Runbook</tr>");
  for (const AuditFinding& finding : findings) {
    const std::string name(policy::FindingClassName(finding.finding_class));
    absl::StrAppend(&page, "<tr><td>", Escaped(finding.key), "<td class=\"", name, "\">", name, "<td>",
                    Escaped(finding.text), "<td>", Escaped(finding.residual));
    absl::StrAppend(&page, "<td>", Escaped(finding.responsible), "<td>", Escaped(finding.runbook), "</tr>");
  }
  absl::StrAppend(&page, "</table><p>Policy ", Escaped(policy_hash), "</p></html>\n");

  const std::string final_path(path);
  const std::string fresh = final_path + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << page;
  out.close();
  if (!out || std::rename(fresh.c_str(), final_path.c_str()) != 0) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, absl::StrCat("cannot write ", ToAbsl(path)));
  }
  return absl::OkStatus();
}

}  // namespace drift
FAIRLEAD_NAMESPACE_END
