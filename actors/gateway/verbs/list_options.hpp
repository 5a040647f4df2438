// metav1.ListOptions of lists, watches and collection deletes (apimachinery/pkg/apis/meta/internalversion/validation).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include "actors/gateway/exchange.hpp"
#include "actors/gateway/verbs/selection.hpp"

namespace troupe::gateway {

struct list_options {
  selection wanted;
  int64_t limit = 0;                         // <= 0: all
  std::string continuation;
  std::optional<uint64_t> resource_version;  // nullopt: not given
  std::string match;                         // resourceVersionMatch
  bool watch = false, bookmarks = false;
  std::optional<bool> initial_events;        // sendInitialEvents
  std::optional<int64_t> timeout_seconds;
};

/// 400 for what is malformed, 422 for what does not go together.
result<list_options> read_list_options(const exchange&, bool watch);
/// A resourceVersion as a number: "" is 0. The error's message is that of strconv.ParseUint.
result<uint64_t> parse_version(std::string_view text);

/// Where a paged list goes on: opaque to clients, readable to people (base64 of {"v","rv","start"}, as upstream's).
struct list_position {
  int64_t revision = 0;  // -1: now
  std::string after;     // "/NAME" or "/NAMESPACE/NAME", relative to what is listed
  int64_t seen = 0;      // objects given before
};
std::string write_position(const list_position&);
result<list_position> read_position(std::string_view token);

} // namespace troupe::gateway
