#include "actors/gateway/discovery/health.hpp"
#include <algorithm>
#include "actors/gateway/discovery/documents.hpp"
#include "actors/gateway/format/answers.hpp"

namespace troupe::gateway {
namespace {

constexpr std::string_view text_type = "text/plain; charset=utf-8";

std::vector<health_check> checks_of(const gateway_options& options, bool live_only) {
  std::vector<health_check> checks{{"ping", [] { return std::string{}; }, true}};
  for (auto& check : options.checks)
    if (check.live || !live_only) checks.push_back(check);
  return checks;
}

step answer_plain(exchange& run, int code, std::string text) {
  return answer_text(run, code, text_type, std::make_shared<const std::string>(std::move(text)));
}

/// All checks: "ok", or with ?verbose a line each. The reasons of failures are not for everybody.
step answer_all(exchange& run, const std::string& which, const std::vector<health_check>& checks) {
  auto excluded = run.query.all("exclude");
  std::string lines;
  bool good = true;
  for (auto& check : checks) {
    if (std::find(excluded.begin(), excluded.end(), check.name) != excluded.end()) {
      lines += "[+]" + check.name + " excluded: ok\n";
      continue;
    }
    bool well = check.test().empty();
    good = good && well;
    lines += well ? "[+]" + check.name + " ok\n" : "[-]" + check.name + " failed: reason withheld\n";
  }
  if (!good) return answer_plain(run, 500, lines + which + " check failed\n");
  return run.query.has("verbose") ? answer_plain(run, 200, lines + which + " check passed\n") : answer_plain(run, 200, "ok");
}

} // namespace

bool serve_health(exchange& run) {
  for (std::string which : {"livez", "readyz", "healthz"}) {
    std::string root = "/" + which;
    auto& path = run.info.path;
    if (path != root && path != root + "/" && !path.starts_with(root + "/")) continue;
    auto checks = checks_of(run.shared.options, which != "readyz");
    std::string name = path.size() > root.size() + 1 ? path.substr(root.size() + 1) : "";
    if (name.empty()) {
      answer_all(run, which, checks);
      return true;
    }
    auto found = std::find_if(checks.begin(), checks.end(), [&](auto& check) { return check.name == name; });
    if (found == checks.end()) {
      no_such_page(run);
      return true;
    }
    auto why = found->test();
    if (why.empty()) answer_plain(run, 200, "ok");
    else answer_plain(run, 500, "internal server error: " + name + " failed\n");
    return true;
  }
  return false;
}

} // namespace troupe::gateway
