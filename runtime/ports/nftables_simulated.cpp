#include "runtime/ports/nftables_simulated.hpp"
#include <sstream>

namespace troupe {

namespace {

std::string trimmed(const std::string& text) {
  auto first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
  return first == text.npos ? "" : text.substr(first, last - first + 1);
}

/// Calls `visit(element, value)` for "a : b, c : d".
template <class Visit>
void each_element(const std::string& text, Visit&& visit) {
  std::istringstream elements(text);
  for (std::string element; std::getline(elements, element, ',');) {
    auto colon = element.find(" : ");
    std::string name = trimmed(element.substr(0, colon));
    if (!name.empty()) visit(name, colon == element.npos ? "" : trimmed(element.substr(colon + 3)));
  }
}

/// What stands between the first brace behind `from` and the matching one.
std::string braced(const std::string& text, size_t from) {
  size_t open = text.find('{', from), depth = 0;
  if (open == text.npos) return "";
  for (size_t at = open; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return text.substr(open + 1, at - open - 1);
  }
  return "";
}

/// The maps and sets of "table ip troupe { ... }".
void read_table(const std::string& body, simulated_nftables::content& to) {
  for (const char* what : {"  map ", "  set "})
    for (size_t at = body.find(what); at != body.npos; at = body.find(what, at + 1)) {
      if (at && body[at - 1] != '\n') continue;
      std::string name = trimmed(body.substr(at + 6, body.find('{', at) - at - 6));
      std::string content = braced(body, at);
      auto& elements = to[name];
      if (size_t list = content.find("elements ="); list != content.npos)
        each_element(braced(content, list), [&](const std::string& element, const std::string& value) { elements[element] = value; });
    }
}

/// One "add|delete element ip troupe MAP { ... }".
std::string change_elements(const std::string& line, simulated_nftables::content& to) {
  std::istringstream words(line);
  std::string verb, element_word, family, table, map, why;
  words >> verb >> element_word >> family >> table >> map;
  if (element_word != "element" || family != "ip" || table != "troupe") return "syntax error: " + line;
  if (!to.count(map)) return "no such map: " + map;
  auto& elements = to[map];
  each_element(braced(line, 0), [&](const std::string& element, const std::string& value) {
    auto found = elements.find(element);
    if (verb == "delete" && found == elements.end()) why = "no such element: " + map + " " + element;
    else if (verb == "delete") elements.erase(found);
    else if (found != elements.end() && found->second != value) why = "element exists: " + map + " " + element;
    else elements[element] = value;
  });
  return why;
}

} // namespace

std::string simulated_nftables::apply(const std::string& commands) {
  std::lock_guard guard{mutex_};
  ++transactions_;
  if (failures_left_) {
    --failures_left_;
    return "told to fail";
  }
  if (commands.starts_with("list ")) return exists_ ? "" : "no such table";
  if (commands.starts_with("table ip troupe {}\ndelete table ip troupe\n")) {
    content fresh;
    read_table(braced(commands, commands.find("table ip troupe {\n")), fresh);
    elements_ = std::move(fresh);
    exists_ = true;
    return "";
  }
  if (!exists_) return "no such table";
  content next = elements_;
  std::istringstream lines(commands);
  for (std::string line; std::getline(lines, line);)
    if (auto why = change_elements(line, next); !why.empty()) return why;
  elements_ = std::move(next);
  return "";
}

simulated_nftables::content simulated_nftables::elements() const {
  std::lock_guard guard{mutex_};
  return elements_;
}

bool simulated_nftables::exists() const {
  std::lock_guard guard{mutex_};
  return exists_;
}

void simulated_nftables::flush() {
  std::lock_guard guard{mutex_};
  exists_ = false;
  elements_.clear();
}

size_t simulated_nftables::transactions() const {
  std::lock_guard guard{mutex_};
  return transactions_;
}

void simulated_nftables::fail(size_t count) {
  std::lock_guard guard{mutex_};
  failures_left_ = count;
}

} // namespace troupe
