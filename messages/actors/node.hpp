// Between a node and its server. A node may do to the API only what its node may: everything it asks goes through its
// node port actor on a server ("/alpha/nodes/beta"), as user system:node:NAME, through the handler chain. Within one
// process too; between machines the link carries the same messages (runtime/link has their codec).
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "messages/actors/control.hpp"

namespace troupe {

/// One API request: bodies are protobuf with upstream's envelope (or JSON for patches, by content_type).
struct node_request {
  std::string method, path, query, content_type, body;
};
struct node_response {
  int code = 0;        // HTTP status; 0: the server could not be asked
  std::string body;    // protobuf envelope of the object, list or Status
};

/// Start a watch; news comes to the sender as node_watch_news with the same id, until node_watch_end.
struct node_watch {
  uint64_t id = 0;     // chosen by the node, unique per incarnation
  std::string path, query; // the query without `watch`
};
struct node_unwatch {
  uint64_t id = 0;
};
/// Whole protobuf watch frames (4-byte big-endian length, metav1.WatchEvent), one or more.
struct node_watch_news {
  uint64_t id = 0;
  std::string frames;
};
struct node_watch_end {
  uint64_t id = 0;
};

using node_port_actor = caf::typed_actor<
    caf::replies_to<node_request>::with<node_response>, // Through the chain, as system:node:NAME.
    caf::reacts_to<node_watch>,                         // Through the chain; news to the sender.
    caf::reacts_to<node_unwatch>,
    caf::reacts_to<table_news>, caf::reacts_to<call_home>, caf::reacts_to<posted>,
    caf::reacts_to<tick_atom>, caf::reacts_to<stop_atom>>;

/// The receiving half, part of every node-side actor that watches.
using node_client_actor = caf::typed_actor<
    caf::reacts_to<node_watch_news>, // Events of a watch of ours.
    caf::reacts_to<node_watch_end>,  // It is over: list again.
    caf::reacts_to<tick_atom>, caf::reacts_to<stop_atom>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_watch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_unwatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_watch_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::node_watch_end)
