// Kinds of troupe.dev: actors, node ports.
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/troupe/v1.pb.h"

namespace troupe::gateway {
namespace {

class actor_strategy final : public kind_strategy<api::v1::Actor> {
public:
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto actor = shown.as<api::v1::Actor>();
    auto& status = actor->status();
    std::string age = status.has_started() ? age_of(status.started(), wall_ns) : age_of(*actor, wall_ns);
    row.cells = {actor->metadata().name(), actor->spec().kind(), status.state(), status.restarts(), status.mailbox(), age,
                 actor->spec().machine(), status.lastfailure()};
  }
};

class node_port_strategy final : public kind_strategy<api::v1::NodePort> {
public:
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto port = shown.as<api::v1::NodePort>();
    row.cells = {port->metadata().name(), port->spec().servicenamespace(), port->spec().servicename(),
                 age_of(*port, wall_ns)};
  }
};

}  // namespace

void add_own_strategies(strategy_table& table) {
  enter<actor_strategy>(table, "troupe.api.v1.Actor");
  enter<node_port_strategy>(table, "troupe.api.v1.NodePort");
}

}  // namespace troupe::gateway
