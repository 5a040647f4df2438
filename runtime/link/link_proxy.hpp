// A remote actor as a CAF actor: it is sent to, requested and monitored like a local one. Unlike CAF's own proxies it
// answers a request with an error as soon as it is known to be down.
#pragma once
#include <mutex>
#include <caf/actor.hpp>
#include <caf/actor_proxy.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/message_id.hpp>

namespace troupe {

/// INTERNAL, from a proxy to its link: what was sent to the remote actor `to`.
struct outbound {
  uint64_t to = 0;
  caf::strong_actor_ptr sender;
  caf::message_id message;
  caf::message content;
};

class link_proxy : public caf::actor_proxy {
public:
  link_proxy(caf::actor_config&, caf::actor link);
  void enqueue(caf::mailbox_element_ptr, caf::execution_unit*) override;
  void kill_proxy(caf::execution_unit*, caf::error why) override;

private:
  std::mutex mutex_;
  caf::actor link_; // null: down
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::outbound)
