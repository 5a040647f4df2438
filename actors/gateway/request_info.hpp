// What a request asks for, read from its method and path alone (apiserver/pkg/endpoints/request RequestInfo).
#pragma once
#include <string>
#include <vector>
#include "actors/gateway/query.hpp"

namespace troupe::gateway {

struct request_info {
  bool resource = false;     // false: a non-resource path (/healthz, /apis, ...)
  std::string path;          // decoded
  std::string verb;          // "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection";
                             // a non-resource request: the method in lower case
  std::string group, version;
  std::string plural;        // "pods"
  std::string subresource;   // "status"; what follows it stands in `rest`
  std::string space, name;   // namespace and name; name also from fieldSelector metadata.name of list and watch
  bool named = false;        // the path itself has a name
  bool malformed = false;    // an empty segment in the path: never found
  std::vector<std::string> rest; // path segments behind the subresource (proxy)
};

request_info read_request(const std::string& method, const std::string& path, const query_values& query);

/// True for what may last: watches and streams. They have no deadline and no place among the requests in flight.
bool lasts_long(const request_info&);

} // namespace troupe::gateway
