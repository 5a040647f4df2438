#include "runtime/supervision/actor_machine.hpp"
#include <algorithm>
#include <thread>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/uri.hpp>
#include "messages/actors/atoms.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

/// An explicit instantiation may name a private member: the only way to actor_system::node_ without CAF's network module.
template <class Tag, typename Tag::type Member> struct member_access {
  friend typename Tag::type member_of(Tag) { return Member; }
};
struct node_member {
  using type = caf::node_id caf::actor_system::*;
  friend type member_of(node_member);
};
template struct member_access<node_member, &caf::actor_system::node_>;

constexpr size_t max_throughput = 50; // messages an actor may handle before others get their turn

} // namespace

void set_node_id(caf::actor_system& system, const std::string& name) {
  auto address = caf::make_uri("troupe:" + name);
  if (address)
    system.*member_of(node_member{}) = caf::make_node_id(std::move(*address));
}

struct actor_machine::parts {
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  size_t threads = 0;
};

actor_machine::actor_machine(const actor_machine_options& options) : parts_(std::make_unique<parts>()) {
  parts_->threads = options.threads ? options.threads : std::max<size_t>(2, std::thread::hardware_concurrency());
  auto& config = parts_->config;
  config.set("scheduler.policy", caf::atom("sharing")); // a string here would be ignored without a word
  config.set("scheduler.max-threads", parts_->threads);
  config.set("scheduler.max-throughput", max_throughput);
  parts_->system = std::make_unique<caf::actor_system>(config);
  set_node_id(*parts_->system, options.name);
}

actor_machine::~actor_machine() = default;

caf::actor_system& actor_machine::system() { return *parts_->system; }

std::string actor_machine::check() const {
  auto& scheduler = parts_->system->scheduler();
  auto policy = caf::get_or(parts_->config, "scheduler.policy", caf::atom("unset"));
  if (policy != caf::atom("sharing"))
    return "scheduler.policy is " + to_string(policy);
  if (scheduler.max_throughput() != max_throughput)
    return "scheduler.max-throughput is " + std::to_string(scheduler.max_throughput());
  if (scheduler.num_workers() != parts_->threads)
    return "scheduler.max-threads is " + std::to_string(scheduler.num_workers());
  if (!parts_->system->node())
    return "the actor system has no node id";
  return {};
}

bool stop_root(caf::actor_system& system, const caf::actor& root, int64_t deadline_ms) {
  caf::scoped_actor waiting{system};
  waiting->monitor(root);
  caf::anon_send(root, stop_atom::value);
  bool in_order = true;
  auto wait = [&](int64_t how_long_ms) {
    bool ended = false;
    waiting->receive([&](const caf::down_msg&) { ended = true; },
                     caf::after(std::chrono::milliseconds{how_long_ms}) >> [] {});
    return ended;
  };
  if (!wait(deadline_ms)) {
    in_order = false;
    caf::anon_send(root, kill_atom::value);
    if (!wait(1'000))
      caf::anon_send_exit(root, caf::exit_reason::kill);
  }
  return in_order;
}

void on_root_end(caf::actor_system&, const caf::actor& root, std::function<void(std::string)> ended) {
  root->attach_functor([ended = std::move(ended)](const caf::error& reason) { ended(failure_text(reason)); });
}

} // namespace troupe
