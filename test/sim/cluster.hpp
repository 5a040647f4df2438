// A whole cluster in the world: one server machine (store, handler chain, scheduler, controllers, node ports) and agents
// with simulated nodes behind links; and a user who calls the API as kubectl would.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "messages/call.hpp"
#include "messages/txn.hpp"
#include "test/sim/world.hpp"

namespace troupe::sim {

struct store_disk;

struct cluster_options {
  std::vector<std::string> agents = {"beta", "gamma"};
  bool rival = false;             // two schedulers at once: the preconditions of bindings must keep them apart
  // Seeded bugs: each must be found by the checks.
  bool acknowledge_early = false; // the log says "durable" before it is
  bool gap = false;               // a list and the position to watch from are two steps
  bool double_bind = false;       // a binding does not look at what is there
};

class cluster {
public:
  cluster(world&, cluster_options);
  ~cluster();

  machine& server() { return *server_; }
  bool serves() const; // the server is up, and what a new cluster must hold is there

  struct answer {
    int code = 0; // 0: nobody answered
    std::string body;
  };
  /// As cluster-admin, JSON. `done` runs once, unless the server's machine crashes first; then code 0.
  void call(std::string method, std::string path, std::string body, std::function<void(answer)> done, std::string content_type = "application/json");
  /// The same until it succeeds (a create that finds its object there has succeeded).
  void insist(std::string method, std::string path, std::string body, std::function<void()> done, std::string content_type = "application/json");

  /// What the published state holds; nothing while the server is down.
  std::vector<object_ptr> list(std::string_view group, std::string_view version, std::string_view plural) const;
  object_ptr get(std::string_view group, std::string_view version, std::string_view plural, const std::string& space, const std::string& name) const;

  /// What is broken so far: an acknowledged write that is not there, a pod that was bound twice.
  std::string broken();

private:
  struct user;
  struct parts; // of one boot of the server
  std::vector<child_spec> server_role(machine&);
  std::vector<child_spec> agent_role(machine&);
  void bootstrap_soon(machine&);
  void look_at_bindings();
  void note_binding(const object&);
  std::string lost_write() const;

  world& world_;
  cluster_options options_;
  machine* server_ = nullptr;
  std::weak_ptr<parts> parts_;
  std::vector<std::shared_ptr<user>> users_;
  std::map<std::string, std::string> bound_; // pod's uid -> node
  std::string twice_;
  uint64_t looked_at_ = 0; // revision up to which bindings were looked at
};

} // namespace troupe::sim
