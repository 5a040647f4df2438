#include "actors/gateway/discovery/documents.hpp"
#include <algorithm>
#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>
#include "actors/gateway/discovery/discovery_format.hpp"
#include "actors/gateway/discovery/health.hpp"
#include "actors/gateway/discovery/openapi_format.hpp"
#include "actors/gateway/filters/token_format.hpp"
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/yaml_format.hpp"
#include "messages/codec.hpp"
#include "messages/envelope.hpp"

namespace troupe::gateway {
namespace {

using json = nlohmann::ordered_json;

/// "v1.37.2+troupe" -> 37.
std::string minor_of(const std::string& version) {
  size_t first = version.find('.');
  if (first == std::string::npos) return "";
  return version.substr(first + 1, version.find('.', first + 1) - first - 1);
}

std::string version_json(const gateway_options& options) {
  auto minor = minor_of(options.version);
  json document;
  document["major"] = "1";
  document["minor"] = minor;
  document["emulationMajor"] = "1";
  document["emulationMinor"] = minor;
  document["minCompatibilityMajor"] = "1";
  document["minCompatibilityMinor"] = minor;
  document["gitVersion"] = options.version;
  document["gitCommit"] = "";
  document["gitTreeState"] = "clean";
  document["buildDate"] = options.build_date;
  document["goVersion"] = "";
  document["compiler"] = "g++";
  document["platform"] = "linux/amd64";
  return document.dump();
}

std::string issuer_json(const gateway_options& options) {
  json document;
  document["issuer"] = options.issuer;
  document["jwks_uri"] = "https://" + options.api_address + ":" + std::to_string(options.api_port) + "/openid/v1/jwks";
  document["response_types_supported"] = {"id_token"};
  document["subject_types_supported"] = {"public"};
  document["id_token_signing_alg_values_supported"] = {"ES256"};
  return document.dump();
}

struct discovery_form {
  encoding form = encoding::json;
  std::string aggregated; // "v2"; empty: the legacy documents
};

/// The first accepted form that there is; false: none.
bool choose_form(std::string_view accept, discovery_form& to) {
  if (accept.empty()) return true;
  while (!accept.empty()) {
    size_t end = accept.find(',');
    auto piece = accept.substr(0, end);
    accept = end == std::string_view::npos ? std::string_view{} : accept.substr(end + 1);
    while (piece.starts_with(' ')) piece.remove_prefix(1);
    bool aggregated = piece.find("as=APIGroupDiscoveryList") != std::string_view::npos;
    bool current = (std::string(piece) + ";").find("v=v2;") != std::string::npos;
    if (aggregated && !current) continue;
    auto type = piece.substr(0, piece.find(';'));
    if (type == "application/json" || type == "*/*" || type == "application/*") to.form = encoding::json;
    else if (type == "application/vnd.kubernetes.protobuf") to.form = encoding::protobuf;
    else if (type == "application/yaml") to.form = encoding::yaml;
    else continue;
    if (aggregated) to.aggregated = "v2";
    return true;
  }
  return false;
}

/// A discovery document in protobuf, by way of its message.
std::string protobuf_of(const std::string& text) {
  auto document = json::parse(text);
  std::string version = document.value("apiVersion", "v1"), kind = document["kind"];
  size_t slash = version.find('/');
  auto* table = slash == std::string::npos ? find_table("", version, kind) : find_table(version.substr(0, slash), version.substr(slash + 1), kind);
  if (!table) return {};
  auto message = new_message(*table);
  (void)from_json(text, *message);
  return wrap_protobuf(version, kind, to_wire(*message));
}

step answer_discovery(exchange& run, const std::string& name, bool may_aggregate) {
  discovery_form wanted;
  if (!choose_form(run.request.in.header("accept"), wanted))
    return fail(run, not_acceptable("only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"));
  bool aggregated = may_aggregate && !wanted.aggregated.empty();
  auto text = run.shared.texts->get(aggregated ? name + "?" + wanted.aggregated : name);
  if (!text) return fail(run, [] {
      status error;
      error.code = 404;
      error.reason = "NotFound";
      error.message = "the server could not find the requested resource";
      error.bare_details = true;
      return error;
    }());
  std::string type = wanted.form == encoding::json ? "application/json" : wanted.form == encoding::yaml ? "application/yaml" : "application/vnd.kubernetes.protobuf";
  if (aggregated) type += ";g=apidiscovery.k8s.io;v=" + wanted.aggregated + ";as=APIGroupDiscoveryList";
  if (wanted.form == encoding::yaml) text = std::make_shared<const std::string>(yaml_of(*text));
  if (wanted.form == encoding::protobuf) text = std::make_shared<const std::string>(protobuf_of(*text));
  return answer_text(run, 200, type, text);
}

step answer_named(exchange& run, const std::string& name, std::string_view type) {
  auto text = run.shared.texts->get(name);
  return text ? answer_text(run, 200, type, text) : no_such_page(run);
}

size_t segments_in(const std::string& path) { return static_cast<size_t>(std::count(path.begin(), path.end(), '/')); }

} // namespace

bool known_group(std::string_view group) {
  auto all = kinds();
  return std::any_of(all.begin(), all.end(), [&](auto& row) { return row.group == group; });
}

text_ptr documents::get(const std::string& name) {
  std::lock_guard guard{mutex_};
  auto& known = made_[name];
  if (known) return known;
  auto text = make(name);
  if (text.empty()) {
    made_.erase(name);
    return nullptr;
  }
  return known = std::make_shared<const std::string>(std::move(text));
}

std::string documents::make(const std::string& name) const {
  auto address = options_.api_address + ":" + std::to_string(options_.api_port);
  if (name == "api") return versions_json(address);
  if (name == "api?v2") return aggregated_json(true, "v2");
  if (name == "apis") return groups_json();
  if (name == "apis?v2") return aggregated_json(false, "v2");
  if (name == "version") return version_json(options_);
  if (name == "openapi/v3") return openapi_index();
  if (name == "issuer") return issuer_json(options_);
  if (name == "/") return root_json({});
  if (name.starts_with("openapi/v3/")) return openapi_document(std::string_view(name).substr(11));
  if (name.starts_with("api/")) return resources_json("", std::string_view(name).substr(4));
  if (!name.starts_with("apis/")) return {};
  std::string_view rest = std::string_view(name).substr(5);
  size_t slash = rest.find('/');
  return slash == std::string_view::npos ? group_json(rest) : resources_json(rest.substr(0, slash), rest.substr(slash + 1));
}

step no_such_page(exchange& run) {
  return answer_text(run, 404, "text/plain; charset=utf-8", std::make_shared<const std::string>("404 page not found\n"));
}

step serve_document(exchange& run) {
  std::string path = run.info.path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (serve_health(run)) return step::ready;
  bool reads = run.request.in.method == "GET" || run.request.in.method == "HEAD";
  bool core = path == "/api" || path.starts_with("/api/"), grouped = path == "/apis" || path.starts_with("/apis/");
  bool known = core || grouped || path == "/version" || path == "/" || path == "/metrics" || path.starts_with("/openapi/v3") ||
               path == "/openid/v1/jwks" || path == "/.well-known/openid-configuration";
  if (!known) return no_such_page(run);
  if (!reads) return fail(run, method_not_allowed("", "", run.info.verb));
  if (grouped && segments_in(path) >= 2) {
    auto group = path.substr(6, path.find('/', 6) - 6);
    if (group.empty() || !known_group(group)) return no_such_page(run);
  }
  if (core || grouped) return answer_discovery(run, path.substr(1), path == "/api" || path == "/apis");
  if (path == "/version") return answer_named(run, "version", "application/json");
  if (path == "/") return answer_named(run, "/", "application/json");
  if (path == "/metrics") {
    auto& text = run.shared.options.metrics_text;
    return answer_text(run, 200, "text/plain; version=0.0.4; charset=utf-8", std::make_shared<const std::string>(text ? text() : ""));
  }
  if (path == "/openid/v1/jwks") return answer_text(run, 200, "application/jwk-set+json", std::make_shared<const std::string>(run.shared.keys->key_set()));
  if (path == "/.well-known/openid-configuration") return answer_named(run, "issuer", "application/json");
  return answer_named(run, path.substr(1), "application/json");
}

} // namespace troupe::gateway
