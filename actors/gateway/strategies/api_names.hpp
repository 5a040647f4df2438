// Short names of the API's packages, and what reading repeated entries needs. Included by the .cpp files of strategies
// only.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class ObjectMeta;
class Time;
}  // namespace k8s::io::apimachinery::pkg::apis::meta::v1
namespace k8s::io::apimachinery::pkg::api::resource {
class Quantity;
}
namespace k8s::io::apimachinery::pkg::util::intstr {
class IntOrString;
}
namespace k8s::io::api::core::v1 {
class PodSpec;
}
namespace k8s::io::api::apps::v1 {}
namespace k8s::io::api::batch::v1 {}
namespace k8s::io::api::networking::v1 {}
namespace k8s::io::api::discovery::v1 {}
namespace k8s::io::api::rbac::v1 {}
namespace k8s::io::api::policy::v1 {}
namespace k8s::io::api::storage::v1 {}

namespace troupe::gateway {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
namespace core = k8s::io::api::core::v1;
namespace apps = k8s::io::api::apps::v1;
namespace batch = k8s::io::api::batch::v1;
namespace networking = k8s::io::api::networking::v1;
namespace discovery = k8s::io::api::discovery::v1;
namespace rbac = k8s::io::api::rbac::v1;
namespace policy = k8s::io::api::policy::v1;
namespace storage = k8s::io::api::storage::v1;
using k8s::io::apimachinery::pkg::api::resource::Quantity;
using k8s::io::apimachinery::pkg::util::intstr::IntOrString;

/// The entry of a map field (repeated entries in the messages); null: no such key.
template <class Entries>
auto find_entry(const Entries& entries, std::string_view key) -> decltype(&entries.Get(0)) {
  for (auto& entry : entries)
    if (entry.key() == key) return &entry;
  return nullptr;
}

/// The value under `key`, made at its sorted place where there is none yet.
template <class Entries>
auto entry_of(Entries* entries, std::string_view key) -> decltype(entries->Mutable(0)) {
  int at = 0;
  for (; at < entries->size() && entries->Get(at).key() <= key; ++at)
    if (entries->Get(at).key() == key) return entries->Mutable(at);
  entries->Add()->set_key(std::string(key));
  for (int from = entries->size() - 1; from > at; --from) entries->SwapElements(from, from - 1);
  return entries->Mutable(at);
}

/// Keeps what `keep` says yes to, in order.
template <class List, class Keep>
void keep_if(List* list, Keep&& keep) {
  int to = 0;
  for (int from = 0; from < list->size(); ++from)
    if (keep(list->Get(from))) list->SwapElements(from, to++);
  while (list->size() > to) list->RemoveLast();
}

}  // namespace troupe::gateway
