#include "runtime/link/link_proxy.hpp"
#include <caf/mailbox_element.hpp>

namespace troupe {

link_proxy::link_proxy(caf::actor_config& config, caf::actor link) : actor_proxy(config), link_(std::move(link)) {}

void link_proxy::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* unit) {
  caf::actor link;
  {
    std::lock_guard guard{mutex_};
    link = link_;
  }
  if (!link) {
    bounce(what);
    return;
  }
  auto message = what->mid;
  auto sender = what->sender;
  outbound out{id(), std::move(sender), message, what->move_content_to_message()};
  link->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::move(out)), unit);
}

void link_proxy::kill_proxy(caf::execution_unit* unit, caf::error why) {
  {
    std::lock_guard guard{mutex_};
    link_ = nullptr;
  }
  cleanup(std::move(why), unit); // tells who monitors it
}

} // namespace troupe
