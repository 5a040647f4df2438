#include "cli/arguments.hpp"
#include <algorithm>

namespace troupe::cli {

result<arguments> parse(const command& of, const std::vector<std::string>& words) {
  arguments out;
  bool options_over = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (options_over || word.size() < 2 || word[0] != '-') {
      out.operands.push_back(word);
      continue;
    }
    if (word == "--") {
      options_over = true;
      continue;
    }
    auto equals = word.find('=');
    auto name = word.substr(0, equals);
    if (name == "-h") name = "--help";
    auto found = std::find_if(of.options.begin(), of.options.end(), [&](const option& each) { return each.name == name; });
    if (name == "--help") {
      out.values[name] = "true";
    } else if (found == of.options.end()) {
      return bad_request("unknown option " + name + " (troupe " + of.name + " --help lists them)");
    } else if (found->value.empty()) {
      if (equals != std::string::npos) return bad_request("option " + name + " takes no value");
      out.values[name] = "true";
    } else if (equals != std::string::npos) {
      out.values[name] = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      out.values[name] = words[++i];
    } else {
      return bad_request("option " + name + " needs a value: " + name + " " + found->value);
    }
  }
  if (out.has("--help")) return out;
  if (out.operands.size() < of.operands_min) return bad_request("troupe " + of.name + " needs " + of.operands);
  if (out.operands.size() > of.operands_max) return bad_request("unexpected argument " + out.operands[of.operands_max]);
  return out;
}

std::string help(const command& of) {
  std::string text = "usage: troupe " + of.name + (of.options.empty() ? "" : " [options]") + (of.operands.empty() ? "" : " " + of.operands) + "\n\n" + of.summary + "\n";
  if (of.options.empty()) return text;
  size_t width = 0;
  auto shown = [](const option& each) { return each.name + (each.value.empty() ? "" : " " + each.value); };
  for (const auto& each : of.options) width = std::max(width, shown(each).size());
  text += "\n";
  for (const auto& each : of.options) {
    auto left = shown(each);
    text += "  " + left + std::string(width - left.size() + 2, ' ') + each.help + "\n";
  }
  return text;
}

} // namespace troupe::cli
