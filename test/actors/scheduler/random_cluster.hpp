// A random cluster in which every plugin has something to say.
#pragma once
#include "actors/scheduler/snapshot.hpp"

#include <algorithm>
#include <random>
#include <string>

namespace troupe::scheduling {

struct random_cluster {
  dictionary words;
  snapshot snap{words};
  std::mt19937_64 rng;
  std::vector<word> zones, racks, disks, apps, tiers, namespaces, images, taint_keys;
  word k_rack, k_disk, k_app, k_tier;
  std::vector<std::pair<uint32_t, uint32_t>> live, dying;
  explicit random_cluster(uint64_t seed) : rng(seed) {
    auto fill = [&](std::vector<word>& v, const char* stem, int n) { for (int i = 0; i < n; ++i) v.push_back(words.intern(stem + std::to_string(i))); };
    fill(zones, "z", 3); fill(racks, "r", 5); fill(disks, "", 3); fill(apps, "app", 4); fill(tiers, "tier", 2);
    fill(namespaces, "space", 2); fill(images, "img", 3); fill(taint_keys, "taint", 2);
    k_rack = words.intern("rack"); k_disk = words.intern("disk"); k_app = words.intern("app"); k_tier = words.intern("tier");
  }
  int below(int n) { return static_cast<int>(rng() % static_cast<uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  word any(const std::vector<word>& v) { return v[rng() % v.size()]; }
  node_facts node(size_t i, bool twin) {
    node_facts d;
    d.name = words.intern("node" + std::to_string(i));
    if (!one_in(15)) d.labels.push_back({snap.hostname, twin ? words.intern("node0") : d.name});
    if (!one_in(8)) d.labels.push_back({snap.zone, any(zones)});
    if (!one_in(4)) d.labels.push_back({k_rack, any(racks)});
    if (!one_in(3)) d.labels.push_back({k_disk, any(disks)});
    std::sort(d.labels.begin(), d.labels.end());
    while (one_in(4)) d.taints.push_back({any(taint_keys), one_in(2) ? any(zones) : 0, static_cast<effect>(1 + below(3))});
    d.unschedulable = one_in(15);
    d.cpu_milli = one_in(20) ? 0 : 1000 * (1 + below(8)); d.memory_bytes = (1ll + below(8)) << 30; d.ephemeral_bytes = 10ll << 30;
    d.max_pods = one_in(5) ? 3 : 20;
    if (one_in(3)) d.scalars.push_back({k_disk, 2});
    while (one_in(3)) { word im = any(images); if (std::none_of(d.images.begin(), d.images.end(), [&](auto& a) { return a.resource == im; })) d.images.push_back({im, (10ll + below(900)) << 20}); }
    return d;
  }
  pod_selector selects() {
    pod_selector s;
    if (one_in(25)) { s.nothing = true; return s; }
    if (one_in(25)) return s;
    if (!one_in(4)) s.all.push_back({k_app, one_in(5) ? comparison::not_in : comparison::in, {any(apps), any(apps)}, 0});
    if (one_in(4)) s.all.push_back({k_tier, static_cast<comparison>(2 + below(2)), {}, 0});
    return s;
  }
  word key() { int r = below(6); return r < 2 ? snap.hostname : r < 4 ? snap.zone : r == 4 ? k_rack : k_disk; }
  pod_term term() { pod_term t{key(), selects(), {any(namespaces)}}; if (one_in(3)) t.spaces = namespaces; return t; }
  requirement on_node() {
    requirement r{one_in(2) ? k_disk : snap.zone, static_cast<comparison>(below(6)), {any(disks), any(zones)}, 1};
    if (r.how == comparison::greater || r.how == comparison::less) r.key = k_disk;
    return r;
  }
  pod_class pod() {
    pod_class c;
    c.space = any(namespaces);
    if (!one_in(10)) c.labels.push_back({k_app, any(apps)});
    if (one_in(3)) c.labels.push_back({k_tier, any(tiers)});
    std::sort(c.labels.begin(), c.labels.end());
    if (!one_in(3)) { c.cpu_milli = 100 * (1 + below(15)); c.nonzero_cpu_milli = c.cpu_milli; }
    if (!one_in(3)) { c.memory_bytes = (64ll << 20) * (1 + below(20)); c.nonzero_memory_bytes = c.memory_bytes; }
    if (one_in(10)) c.ephemeral_bytes = 3ll << 30;
    if (one_in(10)) c.scalars.push_back({k_disk, 1});
    while (one_in(3)) c.tolerations.push_back({one_in(6) ? 0 : any(taint_keys), one_in(2) ? any(zones) : 0, one_in(2), static_cast<effect>(below(4))});
    if (one_in(10)) c.tolerations.push_back({0, 0, true, effect::any});
    if (one_in(40)) c.node_name = words.intern("node" + std::to_string(below(5)));
    if (one_in(12)) c.node_selector.push_back({k_disk, comparison::in, {any(disks)}, 0});
    if (one_in(8)) {
      c.has_required = true;
      do { node_term t; if (!one_in(8)) t.labels.push_back(on_node()); if (one_in(6)) t.fields.push_back({0, one_in(2) ? comparison::in : comparison::not_in, {words.intern("node1")}, 0}); c.required.push_back(t); } while (one_in(2));
    }
    while (one_in(4)) c.preferred.push_back({1 + below(100), {{on_node()}, {}}});
    if (one_in(8)) c.ports.push_back({one_in(2) ? 0 : any(zones), static_cast<uint8_t>(below(2)), static_cast<uint16_t>(80 + below(2))});
    while (one_in(3)) c.images.push_back(any(images));
    auto limit = [&](bool) { spread s{1 + below(3), key(), selects(), one_in(4) ? 2 + below(3) : 1, !one_in(4), one_in(4)}; return s; };
    int mode = below(4);
    if (mode == 0) { c.default_spread = true; auto s = selects(); if (!s.empty() && !s.nothing) c.soft = {{3, snap.hostname, s, 1, true, false}, {5, snap.zone, s, 1, true, false}}; }
    if (mode == 1) while (one_in(2)) c.soft.push_back(limit(false));
    if (mode <= 2 && mode > 0) while (one_in(3)) c.hard.push_back(limit(true));
    while (one_in(8)) c.affinity.push_back(term());
    while (one_in(6)) c.anti_affinity.push_back(term());
    // an absent request counts as 100m and 200Mi in each container, not in the pod
    auto more = static_cast<int64_t>(c.images.size() > 1 ? c.images.size() - 1 : 0);
    c.nonzero_cpu_milli += 100 * more;
    c.nonzero_memory_bytes += (200ll << 20) * more;
    while (one_in(4)) c.preferences.push_back({(one_in(3) ? -1 : 1) * (1 + below(100)), term()});
    return c;
  }
};

} // namespace troupe::scheduling
