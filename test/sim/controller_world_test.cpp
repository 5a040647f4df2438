// The generic controller and the API client under it: a toy controller that gives every namespace a ConfigMap, with lost
// answers, refusals, windows too short, and a kill at every message.
#include <catch2/catch_test_macros.hpp>
#include "messages/api/core/v1/config.pb.h"
#include "messages/codec.hpp"
#include "runtime/control/controller_actor.hpp"
#include "runtime/log.hpp"
#include "test/sim/toy_api.hpp"

using namespace troupe;
using namespace troupe::sim;

namespace {

const kind_row& namespaces() { return *find_kind("", "v1", "namespaces"); }
const kind_row& config_maps() { return *find_kind("", "v1", "configmaps"); }

reconciled reconcile(const std::string& key, const roots& state, const moment&) {
  reconciled to;
  bool wanted = state.get(namespaces(), "", key) != nullptr;
  auto there = state.get(config_maps(), key, "root-ca");
  action what;
  what.kind = &config_maps();
  what.space = key;
  what.name = "root-ca";
  if (wanted && !there) {
    k8s::io::api::core::v1::ConfigMap made;
    made.mutable_metadata()->set_name("root-ca");
    made.mutable_metadata()->set_namespace_(key);
    what.body = to_wire(made);
    to.actions.push_back(what);
  } else if (!wanted && there) {
    what.what = action::verb::remove;
    what.tolerate_missing = true;
    to.actions.push_back(what);
  }
  return to;
}

controller_spec root_ca_spec() {
  controller_spec spec;
  spec.name = "root-ca";
  spec.watches = {&namespaces(), &config_maps()};
  spec.keys_of = [](const event& change, const roots&, std::vector<std::string>& keys) {
    keys.emplace_back(&change.object->kind() == &namespaces() ? change.object->name() : change.object->space());
  };
  spec.reconcile = reconcile;
  return spec;
}

std::string expected() {
  std::string maps, spaces;
  for (auto* kind : {"early-", "late-"})
    for (int i = 0; i < (kind[0] == 'e' ? 4 : 8); ++i) {
      maps += object_key{&config_maps(), kind + std::to_string(i), "root-ca"}.text() + " ";
      spaces += object_key{&namespaces(), "", kind + std::to_string(i)}.text() + " ";
    }
  return maps + spaces;
}

struct toy_world {
  explicit toy_world(uint64_t seed) : all(seed) {
    set_log_sink({});
    on = &all.add("alpha", [this](machine& here) {
      api.attach(here);
      return std::vector<child_spec>{controller_child("root-ca", root_ca_spec)};
    });
  }
  /// Namespaces come and go while the controller works; at the end there are twelve with a map each.
  std::string play() {
    for (int i = 0; i < 4; ++i)
      api.put(namespaces(), "", "early-" + std::to_string(i));
    api.put(config_maps(), "gone-before", "root-ca");
    all.boot(*on);
    for (int i = 0; i < 8; ++i) {
      all.at((i + 1) * 3 * ms, [this, i] { api.put(namespaces(), "", "late-" + std::to_string(i)); });
      all.at((i + 1) * 3 * ms + 1 * ms, [this, i] { api.put(namespaces(), "", "short-" + std::to_string(i)); });
      all.at((i + 1) * 3 * ms + 7 * ms, [this, i] { api.remove(namespaces(), "", "short-" + std::to_string(i)); });
    }
    all.at(20 * ms, [this] { api.remove(config_maps(), "early-1", "root-ca"); });
    all.run_until([this] { return all.now > 60 * ms && whole(); }, 300 * sec);
    all.run_until(all.now + 500 * ms);
    return api.state();
  }
  bool whole() const { return api.state() == expected(); }

  toy_api api;
  world all;
  machine* on = nullptr;
};

} // namespace

TEST_CASE("a controller brings the world to what it should be") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    toy_world world{seed};
    REQUIRE(world.play() == expected());
    // It waits for its own writes to come round, so it never writes the same twice: 404 and 409 do not happen.
    REQUIRE(world.api.calls == world.api.commits - 4 - 1 - 8 - 8 - 8 - 1);
    REQUIRE(world.api.users.front() == "system:serviceaccount:kube-system:root-ca-controller");
  }
}

TEST_CASE("refused and lost calls are made again") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    toy_world world{seed};
    world.api.refuse = 0.3;
    world.api.forget = 0.2;
    REQUIRE(world.play() == expected());
  }
}

TEST_CASE("a controller that fell out of the window begins anew") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    toy_world world{seed};
    world.api.window = 2;
    REQUIRE(world.play() == expected());
  }
}

TEST_CASE("kill at every message, before and after: the end is the same") {
  toy_world undisturbed{1};
  REQUIRE(undisturbed.play() == expected());
  auto messages = undisturbed.all.messages;
  uint64_t kills = 0;
  for (uint64_t at = 1; at <= messages; ++at)
    for (bool after : {false, true}) {
      toy_world world{1};
      world.all.rule = {at, after};
      CAPTURE(at, after);
      REQUIRE(world.play() == expected());
      ++kills;
    }
  CHECK(kills > 100);
}

TEST_CASE("twin runs of a controller leave the same trace") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    toy_world one{seed}, other{seed};
    one.api.forget = other.api.forget = 0.1;
    one.play();
    other.play();
    REQUIRE(one.all.log.hash() == other.all.log.hash());
  }
}
