// The world's network: connections between link actors, FIFO in each direction, each with its own random delays; a
// partition holds frames until it heals.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <caf/message.hpp>
#include "runtime/link/wire_port.hpp"
#include "test/sim/random.hpp"

namespace troupe::sim {

class world;
struct machine;

struct connection : std::enable_shared_from_this<connection> {
  struct end : wire {
    connection* of = nullptr;
    int side = 0;
    void send(std::string frame) override { of->post(side, std::move(frame)); }
    void close() override { of->shut(side, "closed by the peer"); }
  };
  connection(world& in, uint64_t number);
  wire_ptr wire_of(int side) { return {shared_from_this(), &ends[side]}; }
  void tell(int side, caf::message);
  void post(int from, std::string frame);
  void shut(int from, std::string why);
  void heal();
  bool alive(int side) const;

  world& in;
  uint64_t number;
  machine* on[2] = {nullptr, nullptr};
  uint64_t boot[2] = {0, 0};
  caf::weak_actor_ptr link[2];
  end ends[2];
  bool open[2] = {true, true};

private:
  void later(int to, std::function<void()> work);
  bool cut() const;
  nanoseconds last_[2] = {0, 0};
  std::vector<std::function<void()>> held_[2]; // sent into a partition
};

/// Path of a machine's link actor to a peer.
std::string link_path(const std::string& machine, const std::string& peer);

} // namespace troupe::sim
