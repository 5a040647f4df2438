// metav1.DeleteOptions, from the body or, where there is none, from the query.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include "actors/gateway/exchange.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::gateway {

struct delete_options {
  std::optional<int64_t> grace_seconds;
  std::string uid, resource_version; // preconditions; empty: none
  std::string propagation;           // "Foreground", "Background", "Orphan"; empty: the kind's default
  bool dry_run = false;
};

/// 400 for what is malformed, 422 for what does not go together.
result<delete_options> read_delete_options(const exchange&);
/// From a decoded meta.v1 DeleteOptions (an Eviction carries one).
result<delete_options> delete_options_of(const google::protobuf::Message&);

} // namespace troupe::gateway
