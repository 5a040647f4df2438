// resolv.conf(5), as far as the host's upstream servers go. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

constexpr size_t upstream_servers_max = 3; // as resolv.conf(5)'s MAXNS

/// The servers that names outside of the cluster are asked of, numeric addresses in order. systemd-resolved's stub
/// (127.0.0.53) is not one: where it stands, its own file with the real ones is read.
std::vector<std::string> upstream_servers(std::string_view resolv_conf, std::string_view systemd_resolv_conf);

} // namespace troupe
