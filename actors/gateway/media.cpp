#include "actors/gateway/media.hpp"
#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

namespace troupe::gateway {
namespace {

struct clause {
  std::string type; // "application/json"
  std::map<std::string, std::string> parameters;
  double quality = 1;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& letter : out) letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
  return out;
}

/// Calls `visit` for each piece between separators.
template <class Visit>
void each_piece(std::string_view text, char separator, Visit&& visit) {
  for (;;) {
    size_t end = text.find(separator);
    visit(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

clause read_clause(std::string_view text) {
  clause read;
  bool first = true;
  each_piece(text, ';', [&](std::string_view piece) {
    if (std::exchange(first, false)) {
      read.type = lower(piece);
      return;
    }
    size_t equal = piece.find('=');
    if (equal == std::string_view::npos) return;
    auto name = lower(trimmed(piece.substr(0, equal)));
    std::string value(trimmed(piece.substr(equal + 1)));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (name == "q") read.quality = std::strtod(value.c_str(), nullptr);
    else read.parameters[name] = value;
  });
  return read;
}

/// The clauses of an Accept header, best first.
std::vector<clause> read_accept(std::string_view header) {
  std::vector<clause> clauses;
  each_piece(header, ',', [&](std::string_view piece) {
    if (!piece.empty()) clauses.push_back(read_clause(piece));
  });
  std::stable_sort(clauses.begin(), clauses.end(), [](auto& a, auto& b) { return a.quality > b.quality; });
  return clauses;
}

bool read_type(std::string_view type, encoding& to) {
  if (type == "application/json" || type == "*/*") to = encoding::json;
  else if (type == "application/yaml") to = encoding::yaml;
  else if (type == "application/vnd.kubernetes.protobuf") to = encoding::protobuf;
  else return false;
  return true;
}

/// False: this server does not make such a view. A view needs the group meta.k8s.io.
bool read_view(const clause& from, media& to) {
  auto as = from.parameters.find("as");
  if (as == from.parameters.end()) return true;
  auto parameter = [&](const char* name) {
    auto found = from.parameters.find(name);
    return found == from.parameters.end() ? std::string{} : found->second;
  };
  if (parameter("g") != "meta.k8s.io") return false;
  auto version = parameter("v");
  if (version != "v1" && version != "v1beta1") return false;
  to.view_version = version == "v1" ? "v1" : "v1beta1";
  if (as->second == "Table") to.shape = view::table;
  else if (as->second == "PartialObjectMetadata") to.shape = view::partial;
  else if (as->second == "PartialObjectMetadataList") to.shape = view::partial_list;
  else return false;
  return to.shape != view::table || to.form != encoding::protobuf;
}

} // namespace

result<media> negotiate(const request& from, bool pretty_asked) {
  auto header = from.header("accept");
  media best;
  best.pretty = pretty_asked;
  if (header.empty()) return best;
  bool known = false;
  for (auto& clause : read_accept(header)) {
    media candidate;
    if (!read_type(clause.type, candidate.form)) continue;
    known = true;
    candidate.pretty = pretty_asked || (clause.parameters.contains("pretty") && clause.parameters.at("pretty") != "0");
    if (read_view(clause, candidate)) return candidate;
  }
  if (known)
    return not_acceptable("only the following media types are accepted: application/json, application/yaml, "
                          "application/vnd.kubernetes.protobuf");
  auto error = not_acceptable("406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
                              "application/vnd.kubernetes.protobuf");
  error.bare_details = true;
  return error;
}

media error_media(const request& from) {
  media to;
  for (auto& clause : read_accept(from.header("accept")))
    if (read_type(clause.type, to.form)) return to;
  to.form = encoding::json;
  return to;
}

result<encoding> body_encoding(std::string_view content_type) {
  auto type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  encoding form = encoding::json;
  if (type.empty() || (type != "*/*" && read_type(type, form))) return form;
  return unsupported_media_type("the body of the request was in an unknown format - accepted media types include: "
                                "application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

std::string content_type_of(const media& of, bool stream) {
  switch (of.form) {
  case encoding::json: return "application/json";
  case encoding::yaml: return "application/yaml";
  case encoding::protobuf: return stream ? "application/vnd.kubernetes.protobuf;stream=watch" : "application/vnd.kubernetes.protobuf";
  }
  return {};
}

result<nothing> check_shape(const media& wanted, const kind_row& kind, bool list) {
  std::string group(kind.group.empty() ? "core" : kind.group.substr(0, kind.group.find('.')));
  std::string type = "*" + group + "." + std::string(kind.kind) + (list ? "List" : "");
  if (list && wanted.shape == view::partial)
    return not_acceptable("you requested PartialObjectMetadata, but the requested object is a list (" + type + ")");
  if (!list && wanted.shape == view::partial_list)
    return not_acceptable("you requested PartialObjectMetadataList, but the requested object is not a list (" + type + ")");
  return nothing{};
}

} // namespace troupe::gateway
