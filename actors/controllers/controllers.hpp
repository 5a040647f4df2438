// The controllers of a cluster as children of the leader's supervisor: /M/leader/controllers/NAME.
#pragma once
#include <string>
#include <vector>
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

struct controllers_options {
  std::string root_certificate;               // PEM; published in every namespace
  std::string cluster_range = "10.244.0.0/16"; // of pod addresses; a /24 a node
};

std::vector<child_spec> controllers_children(controllers_options);

} // namespace troupe
