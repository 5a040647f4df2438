// A node port without a server behind it: collections of encoded objects that a test fills, listed and watched as the
// real one answers. What it holds outlives the actor.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <google/protobuf/message.h>
#include "runtime/supervision/child_spec.hpp"

namespace troupe::test {

class fake_collections {
public:
  /// Adds or replaces. `name`: "namespace/name". The object's resourceVersion is set here.
  void put(const std::string& path, const std::string& name, const google::protobuf::Message& object);
  void remove(const std::string& path, const std::string& name);

  struct change {
    uint64_t revision;
    std::string path, type, bytes;
  };
  uint64_t revision = 1;
  std::map<std::string, std::map<std::string, std::string>> objects; // path -> name -> bytes
  std::map<std::pair<std::string, uint64_t>, std::map<std::string, std::string>> pages; // lists that are being read
  std::vector<change> changes;
  bool unreachable = false;   // lists are answered with code 0
  uint64_t lost_before = 0;   // watches from earlier revisions get an ERROR
};

/// To be a child at the path that the options under test call port_path.
child_spec fake_node_port(const std::string& name, std::shared_ptr<fake_collections> collections);

} // namespace troupe::test
