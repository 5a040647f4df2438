#include "actors/node/pod_objects.hpp"
#include <algorithm>

namespace troupe {

std::string object_wish::key() const {
  switch (what) {
    case kind::config_map: return "configmap/" + name;
    case kind::secret: return "secret/" + name;
    case kind::token: return "token/" + name + "/" + audience + "/" + std::to_string(expiration_seconds);
    case kind::services: return "services";
    default: return "master";
  }
}

namespace {

using kind = object_wish::kind;

struct collector {
  const core::Pod& pod;
  std::vector<object_wish> wishes;

  void add(kind what, const std::string& name, const std::string& audience = {}, int64_t expiration = 0) {
    object_wish wish{what, name, audience, expiration};
    if (what != kind::services && what != kind::master_service && name.empty()) return;
    auto key = wish.key();
    if (std::none_of(wishes.begin(), wishes.end(), [&](auto& other) { return other.key() == key; })) wishes.push_back(wish);
  }
  void volume(const core::Volume& volume) {
    auto& source = volume.volumesource();
    if (source.has_configmap()) add(kind::config_map, source.configmap().localobjectreference().name());
    if (source.has_secret()) add(kind::secret, source.secret().secretname());
    for (auto& part : source.projected().sources()) {
      if (part.has_configmap()) add(kind::config_map, part.configmap().localobjectreference().name());
      if (part.has_secret()) add(kind::secret, part.secret().localobjectreference().name());
      if (part.has_serviceaccounttoken()) {
        auto& token = part.serviceaccounttoken();
        add(kind::token, pod.spec().serviceaccountname().empty() ? "default" : pod.spec().serviceaccountname(), token.audience(),
            token.has_expirationseconds() ? token.expirationseconds() : 3600);
      }
    }
  }
  void container(const core::Container& container) {
    for (auto& from : container.envfrom()) {
      if (from.has_configmapref()) add(kind::config_map, from.configmapref().localobjectreference().name());
      if (from.has_secretref()) add(kind::secret, from.secretref().localobjectreference().name());
    }
    for (auto& variable : container.env()) {
      auto& from = variable.valuefrom();
      if (from.has_configmapkeyref()) add(kind::config_map, from.configmapkeyref().localobjectreference().name());
      if (from.has_secretkeyref()) add(kind::secret, from.secretkeyref().localobjectreference().name());
    }
  }
};

} // namespace

std::vector<object_wish> wanted_objects(const core::Pod& pod) {
  collector c{pod, {}};
  for (auto& volume : pod.spec().volumes()) c.volume(volume);
  for (auto& container : pod.spec().initcontainers()) c.container(container);
  for (auto& container : pod.spec().containers()) c.container(container);
  c.add(kind::master_service, {});
  if (!pod.spec().has_enableservicelinks() || pod.spec().enableservicelinks()) c.add(kind::services, {});
  return std::move(c.wishes);
}

} // namespace troupe
