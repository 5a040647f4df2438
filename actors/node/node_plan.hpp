// What the Node object should say. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "actors/node/node.hpp"
#include "actors/node/types.hpp"
#include "messages/actors/pod.hpp"

namespace troupe {

struct node_image {
  std::vector<std::string> names;
  int64_t size_bytes = 0;
};

struct node_facts {
  machine_description machine;
  bool runtime_ready = false;
  std::string runtime_problem;          // why not, for people
  std::string runtime_version;          // "containerd://1.6.20"
  std::vector<node_image> images;
};

/// Labels, podCIDR and taints that registration wants; true: `node` was changed.
bool plan_node(core::Node& node, const node_options& options, const node_facts& facts);

/// Status: capacity, conditions, addresses, nodeInfo, images. Times of conditions that did not change stay.
void plan_node_status(core::Node& node, const node_options& options, const node_facts& facts, int64_t wall_ns);

constexpr const char* kubelet_version = "v1.37.2+troupe";
constexpr size_t node_images_max = 50;

} // namespace troupe
