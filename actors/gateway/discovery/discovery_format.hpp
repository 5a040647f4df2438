// Discovery documents from the kind rows, compact JSON (meta.k8s.io/v1 APIGroupList and so on; apidiscovery.k8s.io/v2).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::gateway {

/// The groups in order of discovery, without the core group.
std::vector<std::string_view> served_groups();
/// The versions of a group, preferred first.
std::vector<std::string_view> served_versions(std::string_view group);

std::string versions_json(const std::string& server_address);             // /api
std::string groups_json();                                                // /apis
std::string group_json(std::string_view group);                           // /apis/GROUP; "" where it is not served
std::string resources_json(std::string_view group, std::string_view version); // /api/v1, /apis/GROUP/VERSION; ""
/// The aggregated form: of /api (core) or /apis. `version`: "v2" or "v2beta1".
std::string aggregated_json(bool core, std::string_view version);
/// The paths of "/".
std::string root_json(const std::vector<std::string>& more);

} // namespace troupe::gateway
