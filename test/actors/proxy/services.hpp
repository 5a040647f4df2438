// Small Services and EndpointSlices for tests.
#pragma once
#include "runtime/host/address.hpp"
#include "runtime/services/service_view.hpp"

namespace troupe::test {

inline uint32_t address(const std::string& text) { return parse_address(text).value(); }

inline service_view service(const std::string& name, const std::string& cluster_address, uint16_t port = 80) {
  service_view view;
  view.space = "default";
  view.name = name;
  view.cluster_addresses = {address(cluster_address)};
  view.ports = {{"", transport::tcp, port}};
  return view;
}

inline endpoint_slice_view slice(const std::string& name, const std::string& service, std::vector<std::string> addresses, uint16_t port = 8080) {
  endpoint_slice_view view;
  view.space = "default";
  view.name = name;
  view.service = service;
  view.ports = {{"", transport::tcp, port}};
  for (auto& text : addresses) view.endpoints.push_back({address(text)});
  return view;
}

} // namespace troupe::test
