// A container's environment: literals with $(VAR) expansion, references, whole ConfigMaps and Secrets, and the variables
// of Services ("WEB_SERVICE_HOST", and Docker's links), as the kubelet makes them. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "actors/node/pod_objects.hpp"
#include "actors/node/types.hpp"
#include "messages/result.hpp"

namespace troupe {

struct environment_facts {
  std::string host_address;
  std::vector<std::string> pod_addresses;
  int64_t node_cpu_milli = 0, node_memory_bytes = 0;
};

using environment = std::vector<std::pair<std::string, std::string>>;

/// In order. Errors: a status whose message is the reason of CreateContainerConfigError.
result<environment> environment_of(const core::Pod& pod, const core::Container& container, const pod_objects& objects,
                                   const environment_facts& facts);

/// Value of a fieldRef ("metadata.labels['app']", "status.podIP", ...); false: not known.
bool field_value(const core::Pod& pod, const std::string& path, const environment_facts& facts, std::string& value);

/// $(NAME) from `known`, $$(NAME) literally; what is not known stays as it is.
std::string expand(std::string_view text, const std::map<std::string, std::string>& known);

} // namespace troupe
