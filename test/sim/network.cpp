#include "test/sim/network.hpp"
#include <algorithm>
#include <caf/mailbox_element.hpp>
#include "test/sim/world.hpp"

namespace troupe::sim {
namespace {
void deliver(const caf::strong_actor_ptr& to, caf::message content) {
  to->enqueue(nullptr, caf::make_message_id(), std::move(content), nullptr);
}
} // namespace

std::string link_path(const std::string& machine, const std::string& peer) { return "/" + machine + "/links/" + peer; }

connection::connection(world& of, uint64_t its_number) : in(of), number(its_number) {
  for (int side = 0; side < 2; ++side) {
    ends[side].of = this;
    ends[side].side = side;
  }
}

bool connection::cut() const { return in.is_cut(on[0]->index, on[1]->index); }
bool connection::alive(int side) const { return open[side] && on[side]->up && on[side]->boots == boot[side]; }

void connection::tell(int side, caf::message content) {
  if (auto actor = link[side].lock())
    deliver(actor, std::move(content));
}

void connection::later(int to, std::function<void()> work) {
  auto go = [self = shared_from_this(), to, work = std::move(work)] {
    auto& in = self->in;
    self->last_[to] = std::max(self->last_[to], in.now + in.random.between(in.delay_min, in.delay_max));
    in.at(self->last_[to], [self, to, work] {
      if (self->cut())
        self->held_[to].push_back(work);
      else
        work();
    });
  };
  if (cut() || !held_[to].empty())
    held_[to].push_back(go);
  else
    go();
}

void connection::heal() {
  for (auto& held : held_)
    for (auto& work : std::exchange(held, {}))
      work();
}

void connection::post(int from, std::string frame) {
  if (!open[from])
    return;
  int to = 1 - from;
  later(to, [self = shared_from_this(), to, frame = std::move(frame)] {
    if (!self->alive(to))
      return;
    self->in.log.add(self->number * 2 + static_cast<uint64_t>(to));
    self->in.log.add(frame);
    self->tell(to, caf::make_message(wire_frame{&self->ends[to], frame}));
  });
}

void connection::shut(int from, std::string why) {
  if (!open[from])
    return;
  open[from] = false;
  int to = 1 - from;
  later(to, [self = shared_from_this(), to, why = std::move(why)] {
    if (!self->alive(to))
      return;
    self->open[to] = false;
    self->tell(to, caf::make_message(wire_down{&self->ends[to], why}));
  });
}

void machine::dial(const caf::actor& link, const std::string& peer) {
  auto* to = in->find(peer);
  auto boot = boots;
  auto me = caf::actor_cast<caf::weak_actor_ptr>(link);
  in->after(in->random.between(in->delay_min, in->delay_max), [this, to, me, boot] {
    auto dialing = me.lock();
    if (!dialing || !up || boots != boot)
      return;
    bool reachable = to && to->up && !in->is_cut(index, to->index);
    auto answering = reachable ? to->env->actors.get<caf::actor>(link_path(to->name, name)) : caf::actor{};
    if (!answering)
      return deliver(dialing, caf::make_message(wire_down{nullptr, "unreachable"}));
    auto made = std::make_shared<connection>(*in, in->connections.size());
    made->on[0] = this;
    made->on[1] = to;
    made->boot[0] = boots;
    made->boot[1] = to->boots;
    made->link[0] = me;
    made->link[1] = caf::actor_cast<caf::weak_actor_ptr>(answering);
    in->connections.push_back(made);
    made->tell(1, caf::make_message(wire_up{made->wire_of(1)}));
    made->tell(0, caf::make_message(wire_up{made->wire_of(0)}));
  });
}

} // namespace troupe::sim
