#include "actors/gateway/format/yaml_format.hpp"
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>
#include "messages/json_text.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway {
namespace {

using nlohmann::json;

bool plain_number(const std::string& text) {
  char* end = nullptr;
  (void)std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

bool is_word(const std::string& text) {
  for (std::string_view word : {"null", "Null", "NULL", "~", "true", "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "no", "No",
                                "NO", "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N"})
    if (text == word) return true;
  return false;
}

/// A string that would be read as something that is no string.
bool ambiguous(const std::string& text) {
  bool date = text.size() >= 10 && text[4] == '-' && text[7] == '-' && std::string_view("0123456789").find(text[0]) != std::string_view::npos;
  return text.empty() || plain_number(text) || is_word(text) || date;
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

/// A string that has YAML's own signs where they would count.
bool has_signs(const std::string& text) {
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return true;
  bool dash = (text.front() == '-' || text.front() == '?' || text.front() == ':') && (text.size() == 1 || text[1] == ' ');
  if (dash || std::string_view("!&*|>%@`\"'#,[]{}").find(text.front()) != std::string_view::npos) return true;
  return text.find(": ") != std::string::npos || text.find(" #") != std::string::npos;
}

/// Appends a text that may be folded: at the first blank behind the line's width a new line begins.
void append_folded(std::string& out, std::string_view text, size_t indent) {
  constexpr size_t width = 80;
  size_t column = out.size() - (out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n') + 1);
  for (size_t at = 0; at < text.size(); ++at) {
    bool inside = at > 0 && at + 1 < text.size() && text[at + 1] != ' ' && text[at - 1] != ' ';
    if (text[at] == ' ' && column > width && inside) {
      out += "\n" + std::string(indent + 2, ' ');
      column = indent + 2;
      continue;
    }
    out += text[at];
    ++column;
  }
}

void write_block(std::string& out, const json& value, size_t indent);

void write_text(std::string& out, const std::string& text, size_t indent) {
  bool literal = text.find('\n') != std::string::npos && text.find('\r') == std::string::npos && text.front() != ' ' && text.front() != '\n';
  if (!literal) {
    if (ambiguous(text) || has_control(text)) return append_json_string(out, text);
    if (!has_signs(text)) return append_folded(out, text, indent);
    std::string quoted = "'";
    for (char letter : text) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    return append_folded(out, quoted + "'", indent);
  }
  bool ends = text.back() == '\n';
  out += ends ? "|" : "|-";
  if (ends && text.size() > 1 && text[text.size() - 2] == '\n') out += "+";
  size_t stop = ends ? text.size() - 1 : text.size();
  for (size_t at = 0; at <= stop;) {
    size_t end = std::min(text.find('\n', at), stop);
    out += "\n";
    if (end > at) out += std::string(indent + 2, ' ') + text.substr(at, end - at);
    at = end + 1;
  }
}

void write_scalar(std::string& out, const json& value, size_t indent) {
  if (value.is_string()) write_text(out, value.get_ref<const std::string&>(), indent);
  else if (value.is_object()) out += "{}";
  else if (value.is_array()) out += "[]";
  else out += value.dump();
}

void write_member(std::string& out, const json& value, size_t indent) {
  bool nested = (value.is_object() || value.is_array()) && !value.empty();
  if (!nested) {
    out += " ";
    write_scalar(out, value, indent);
    out += "\n";
    return;
  }
  out += "\n";
  write_block(out, value, value.is_array() ? indent : indent + 2);
}

void write_block(std::string& out, const json& value, size_t indent) {
  std::string blanks(indent, ' ');
  if (value.is_object()) {
    for (auto& [key, member] : value.items()) {
      out += blanks;
      write_text(out, key, indent);
      out += ":";
      write_member(out, member, indent);
    }
    return;
  }
  for (auto& item : value) {
    out += blanks + "-";
    bool nested = (item.is_object() || item.is_array()) && !item.empty();
    if (!nested) {
      out += " ";
      write_scalar(out, item, indent);
      out += "\n";
      continue;
    }
    std::string inner;
    write_block(inner, item, indent + 2);
    out += " " + inner.substr(indent + 2);
  }
}

json scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text; // quoted
  if (text == "null" || text == "~" || text.empty() || text == "Null" || text == "NULL") return nullptr;
  for (std::string_view word : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
    if (text == word) return true;
  for (std::string_view word : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
    if (text == word) return false;
  int64_t whole = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc{} && at == text.data() + text.size()) return whole;
  if (plain_number(text) && text.find_first_not_of("0123456789+-.eE") == std::string::npos) return std::strtod(text.c_str(), nullptr);
  return text;
}

json json_tree(const YAML::Node& node, int depth) {
  if (depth > value_depth_max) throw YAML::RepresentationException(YAML::Mark::null_mark(), "exceeded max depth");
  switch (node.Type()) {
  case YAML::NodeType::Scalar: return scalar_of(node);
  case YAML::NodeType::Sequence: {
    json list = json::array();
    for (auto& item : node) list.push_back(json_tree(item, depth + 1));
    return list;
  }
  case YAML::NodeType::Map: {
    json object = json::object();
    for (auto& member : node) object[member.first.Scalar()] = json_tree(member.second, depth + 1);
    return object;
  }
  default: return nullptr;
  }
}

} // namespace

std::string yaml_of(std::string_view text) {
  auto tree = json::parse(text, nullptr, false);
  std::string out;
  if ((tree.is_object() || tree.is_array()) && !tree.empty()) write_block(out, tree, 0);
  else out = tree.dump() + "\n";
  return out;
}

result<std::string> json_of(std::string_view yaml) {
  size_t start = yaml.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && yaml[start] == '{' && json::accept(yaml)) return std::string(yaml);
  try { // yaml-cpp has no other way to say that a text is malformed
    return json_tree(YAML::Load(std::string(yaml)), 0).dump();
  } catch (const YAML::Exception& error) {
    return bad_request("error converting YAML to JSON: yaml: line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  } catch (const json::exception& error) {
    return bad_request(std::string("error converting YAML to JSON: ") + error.what());
  }
}

std::string pretty_json(std::string_view text) {
  std::string out;
  size_t depth = 0;
  bool quoted = false;
  auto line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (size_t at = 0; at < text.size(); ++at) {
    char byte = text[at];
    if (quoted) {
      out += byte;
      if (byte == '\\' && at + 1 < text.size()) out += text[++at];
      else if (byte == '"') quoted = false;
      continue;
    }
    bool empty = (byte == '{' || byte == '[') && at + 1 < text.size() && (text[at + 1] == '}' || text[at + 1] == ']');
    if (empty) {
      out += byte;
      out += text[++at];
    } else if (byte == '{' || byte == '[') {
      out += byte;
      ++depth;
      line();
    } else if (byte == '}' || byte == ']') {
      --depth;
      line();
      out += byte;
    } else if (byte == ',') {
      out += byte;
      line();
    } else {
      out += byte;
      if (byte == ':') out += ' ';
      if (byte == '"') quoted = true;
    }
  }
  return out;
}

} // namespace troupe::gateway
