// One machine with one node under a root supervisor, its API played by fake_api. Real threads and time.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include "actors/node/node.hpp"
#include "runtime/metrics.hpp"
#include "runtime/supervision/actor_machine.hpp"
#include "runtime/supervision/actor_tree.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/actors/node/fake_api.hpp"

namespace troupe::test {

class node_machine {
public:
  explicit node_machine(node_options options, std::shared_ptr<fake_api> api = std::make_shared<fake_api>())
      : api(std::move(api)), options(std::move(options)), machine_({"alpha", 2}), tree_("alpha", 1) {
    world = std::make_shared<env>();
    world->machine = "alpha";
    world->wall_ns = [] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    };
    world->random = [source = std::make_shared<std::mt19937_64>(std::random_device{}()), lock = std::make_shared<std::mutex>()] {
      std::lock_guard guard{*lock};
      return (*source)();
    };
    world->measures = &metrics_;
    world->tree = &tree_;
    std::vector<child_spec> children;
    children.push_back(supervisor_spec("nodes", {fake_api::port(this->options.name, this->api)}));
    children.push_back(supervisor_spec("node", node_children(this->options)));
    root_ = spawn_root(machine_.system(), world, std::move(children));
  }
  ~node_machine() {
    stop_root(machine_.system(), root_, 10'000);
    root_ = {};
    world->actors.clear();
  }
  /// Waits until it holds; false after `seconds`.
  static bool until(const std::function<bool()>& holds, int seconds = 20) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2)); // polls
    }
    return true;
  }
  bool kill(const std::string& path) { return kill_actor(*world, path).ok(); }

  std::shared_ptr<fake_api> api;
  node_options options;
  env_ptr world;
  caf::actor_system& system() { return machine_.system(); }

private:
  metrics metrics_;
  actor_machine machine_;
  actor_tree tree_;
  caf::actor root_;
};

inline core::Pod simple_pod(const std::string& node, const std::string& name, const std::string& image = "localhost/troupe/hello:1") {
  core::Pod pod;
  pod.mutable_metadata()->set_namespace_("default");
  pod.mutable_metadata()->set_name(name);
  auto& spec = *pod.mutable_spec();
  spec.set_nodename(node);
  spec.set_restartpolicy("Always");
  spec.set_terminationgraceperiodseconds(5);
  auto* container = spec.add_containers();
  container->set_name("c");
  container->set_image(image);
  container->set_imagepullpolicy("Never");
  pod.mutable_status()->set_phase("Pending");
  return pod;
}

inline std::string phase_of(const core::Pod& pod) { return pod.status().phase(); }

inline bool is_ready(const core::Pod& pod) {
  for (auto& condition : pod.status().conditions())
    if (condition.type() == "Ready") return condition.status() == "True";
  return false;
}

} // namespace troupe::test
