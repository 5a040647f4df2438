#include "persist/keyspace.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <thread>

#include "test/persist/store_test_tools.hpp"
#include "test/sim/random.hpp"

using namespace troupe;
using namespace troupe::store_test;

namespace {

object_ptr config_map(const std::string& space, const std::string& name, uint64_t revision) {
  return object::make(config_maps(), revision, config_map_bytes(space, name, std::to_string(revision)));
}
key_view at(std::string_view space, std::string_view name) {
  return {config_maps().storage, space, name};
}

/// Everything a view shows, as text.
std::string shown(const keyspace& space) {
  std::string text;
  keyspace::view view{space};
  view.each({0, "", ""}, false, [&](const object& look, const object_ptr&) {
    text += look.key().text() + "@" + std::to_string(look.revision()) + " ";
    return true;
  });
  return text;
}

using model = std::map<std::string, uint64_t>;  // key text -> revision; its order is the API's

std::string shown(const model& expected) {
  std::string text;
  for (auto& [key, revision] : expected) text += key + "@" + std::to_string(revision) + " ";
  return text;
}

}  // namespace

TEST_CASE("keys are ordered as their text is") {
  std::vector<std::string> spaces{"", "a", "a-b", "a0", "ab", "b", "kube", "kube-system", "kube0"};
  std::vector<std::string> names{"", "a", "a.b", "a-b", "a:b", "b"};
  for (auto& space : spaces)
    for (auto& other_space : spaces)
      for (auto& name : names)
        for (auto& other_name : names) {
          int by_text = (space + "/" + name).compare(other_space + "/" + other_name);
          int order = compare(at(space, name), at(other_space, other_name));
          CHECK((by_text < 0) == (order < 0));
          CHECK((by_text == 0) == (order == 0));
        }
  CHECK(compare({1, "z", "z"}, {2, "a", "a"}) < 0);
}

TEST_CASE("a keyspace is what a map is, whatever is done to it") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    sim::random_stream random{seed};
    keyspace space;
    model expected, published;
    uint64_t revision = 0;
    size_t keys = 50 + random.below(3000);
    for (int step = 0; step < 4000; ++step) {
      auto place = "space-" + std::to_string(random.below(4));
      auto name = "name-" + std::to_string(random.below(keys));
      auto text = "configmaps/" + place + "/" + name;
      bool shrinking = step % 2000 > 1200;
      if (random.chance(shrinking ? 0.2 : 0.8)) {
        space.put(config_map(place, name, ++revision));
        expected[text] = revision;
      } else if (expected.erase(text) != 0) {
        space.erase(at(place, name));
        ++revision;
      }
      auto head = space.head(at(place, name));
      REQUIRE((head ? head->revision() : 0) == (expected.contains(text) ? expected[text] : 0));
      if (random.chance(0.05)) {
        space.publish(revision);
        published = expected;
        REQUIRE(space.size() == expected.size());
      } else if (random.chance(0.01)) {
        space.discard();
        expected = published;
      }
    }
    CHECK(shown(space) == shown(published));
    keyspace::view view{space};
    for (int i = 0; i < 4; ++i) {
      auto place = "space-" + std::to_string(i);
      size_t count = 0;
      for (auto& [key, at_revision] : published) count += key.starts_with("configmaps/" + place + "/");
      CHECK(view.count(at(place, ""), at(place, "\xff")) == count);
    }
    CHECK(view.count({config_maps().storage, "", ""}, {static_cast<uint16_t>(config_maps().storage + 1), "", ""}) ==
          published.size());
  }
}

TEST_CASE("one keyspace takes over the content of another") {
  keyspace loaded, space;
  model expected;
  for (uint64_t i = 1; i <= 1000; ++i) {
    auto name = "name-" + std::to_string(i);
    loaded.put(config_map("default", name, i));
    expected["configmaps/default/" + name] = i;
    if (i % 100 == 0) loaded.publish(i);
  }
  space.put(config_map("default", "old", 1));
  space.publish(1);
  space.adopt(loaded);
  CHECK(space.revision() == 1000);
  CHECK(shown(space) == shown(expected));
  space.put(config_map("default", "name-7", 2000));
  space.publish(2000);
  expected["configmaps/default/name-7"] = 2000;
  CHECK(shown(space) == shown(expected));
  CHECK(loaded.size() == 0);
}

TEST_CASE("readers see whole groups while the writer goes on") {
  keyspace space;
  std::atomic<bool> over{false};
  std::atomic<uint64_t> reads{0}, torn{0};
  // Each group writes every name at one revision: a reader must never see two revisions at once.
  auto read = [&] {
    while (!over) {
      uint64_t first = 0, count = 0;
      keyspace::view view{space};
      view.each({0, "", ""}, false, [&](const object& look, const object_ptr& held) {
        if (count++ == 0) first = look.revision();
        if (look.revision() != first || held.get() != &look) ++torn;
        return true;
      });
      if (count != 0 && (count != 300 || first != view.revision())) ++torn;
      ++reads;
    }
  };
  std::thread one{read}, other{read};
  for (uint64_t revision = 1; revision <= 400 || reads < 50; ++revision) {
    for (int i = 0; i < 300; ++i) space.put(config_map("default", "name-" + std::to_string(i), revision));
    space.publish(revision);
  }
  over = true;
  one.join();
  other.join();
  CHECK(torn == 0);
}
