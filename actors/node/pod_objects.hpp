// Objects of the API that a pod needs beside itself: for its volumes and its environment.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "actors/node/types.hpp"

namespace troupe {

/// One object to fetch. `key` names it in pod_objects.
struct object_wish {
  enum class kind : uint8_t { config_map, secret, token, services, master_service } what = kind::config_map;
  std::string name;             // token: the service account
  std::string audience;         // token
  int64_t expiration_seconds = 0;
  std::string key() const;
};

/// What was fetched; a missing entry: the object is not there (404), the error of anything else is in `failures`.
struct pod_objects {
  std::map<std::string, std::shared_ptr<const core::ConfigMap>> config_maps;
  std::map<std::string, std::shared_ptr<const core::Secret>> secrets;
  std::map<std::string, std::string> tokens;      // by wish key
  std::map<std::string, int64_t> token_ends_ns;   // calendar time from which a new one is wanted
  std::vector<core::Service> services;            // of the pod's namespace, and the master service
  std::map<std::string, std::string> failures;    // by wish key
};

/// Everything that the pod's volumes and containers refer to, in order, each once.
std::vector<object_wish> wanted_objects(const core::Pod& pod);

} // namespace troupe
