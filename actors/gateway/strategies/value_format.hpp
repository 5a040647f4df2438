// How a value is shown in an error: upstream prints its internal types as JSON under their Go names (without any
// omission), API-machinery types as the API writes them, and long changes as a unified diff.
#pragma once
#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace troupe::gateway {

/// `{"Name":"","Protocol":"TCP",...}`; metav1 types, quantities and times as in the API. Compact.
std::string shown(const google::protobuf::Message&);
/// The same, one member a line, indented by one space a level.
std::string shown_indented(const google::protobuf::Message&);
/// A list of strings as JSON, `null` when empty.
template <class List>
std::string shown_list(const List& list);
std::string json_quoted(std::string_view);
/// Unified diff of two texts with three lines of context, without file names; empty if equal.
std::string unified_diff(std::string_view before, std::string_view after);

template <class List>
std::string shown_list(const List& list) {
  if (list.begin() == list.end()) return "null";
  std::string out = "[";
  for (auto& item : list) out.append(out.size() > 1 ? "," : "").append(json_quoted(item));
  return out + "]";
}

/// Entries of a map as JSON, `null` when empty.
template <class Entries>
std::string shown_entries(const Entries& entries) {
  if (entries.begin() == entries.end()) return "null";
  std::string out = "{";
  for (auto& entry : entries)
    out.append(out.size() > 1 ? "," : "")
        .append(json_quoted(entry.key()))
        .append(":")
        .append(json_quoted(entry.value()));
  return out + "}";
}

}  // namespace troupe::gateway
