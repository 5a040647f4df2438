#include "actors/gateway/strategies/pod_admission.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/node/v1.pb.h"
#include "messages/api/scheduling/v1.pb.h"

namespace troupe::gateway {
namespace {

constexpr std::string_view token_path = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr int64_t token_seconds = 3607;
constexpr int64_t toleration_seconds = 300;

std::shared_ptr<const core::ServiceAccount> account_of(const verb_context& context, const core::Pod& pod) {
  auto found =
      context.state.get(*find_kind("", "v1", "serviceaccounts"), context.space, pod.spec().serviceaccountname());
  return found ? found->as<core::ServiceAccount>() : nullptr;
}

std::string random_suffix(random_stream& random) {
  static constexpr std::string_view letters = "bcdfghjklmnpqrstvwxz2456789";  // no vowels: no words
  std::string text;
  for (int i = 0; i < 5; ++i) text += letters[random.below(letters.size())];
  return text;
}

void add_token_volume(core::Volume& volume, const std::string& name) {
  volume.set_name(name);
  auto& projected = *volume.mutable_volumesource()->mutable_projected();
  projected.set_defaultmode(0644);
  auto& token = *projected.add_sources()->mutable_serviceaccounttoken();
  token.set_expirationseconds(token_seconds);
  token.set_path("token");
  auto& authority = *projected.add_sources()->mutable_configmap();
  authority.mutable_localobjectreference()->set_name("kube-root-ca.crt");
  auto& certificate = *authority.add_items();
  certificate.set_key("ca.crt");
  certificate.set_path("ca.crt");
  auto& space = *projected.add_sources()->mutable_downwardapi()->add_items();
  space.set_path("namespace");
  space.mutable_fieldref()->set_apiversion("v1");
  space.mutable_fieldref()->set_fieldpath("metadata.namespace");
}

/// A container that mounts something at the token's path keeps that.
template <class Containers>
bool mount_token(Containers* containers, const std::string& volume) {
  bool used = false;
  for (auto& container : *containers) {
    bool taken = false;
    for (auto& mount : container.volumemounts()) taken = taken || mount.mountpath() == token_path;
    if (taken) continue;
    auto& mount = *container.add_volumemounts();
    mount.set_name(volume);
    mount.set_readonly(true);
    mount.set_mountpath(std::string(token_path));
    used = true;
  }
  return used;
}

result<nothing> admit_account(verb_context& context, core::Pod& pod) {
  if (find_entry(pod.metadata().annotations(), "kubernetes.io/config.mirror")) return nothing{};
  auto& spec = *pod.mutable_spec();
  if (spec.serviceaccountname().empty()) spec.set_serviceaccountname("default");
  spec.set_serviceaccount(spec.serviceaccountname());
  auto account = account_of(context, pod);
  if (!account)
    return forbidden_here(context, "error looking up service account " + std::string(context.space) + "/" +
                                       spec.serviceaccountname() + ": serviceaccount \"" + spec.serviceaccountname() +
                                       "\" not found");
  bool automount = !account->has_automountserviceaccounttoken() || account->automountserviceaccounttoken();
  if (spec.has_automountserviceaccounttoken()) automount = spec.automountserviceaccounttoken();
  if (automount) {
    std::string name;
    for (auto& volume : spec.volumes())
      if (volume.name().starts_with("kube-api-access-")) name = volume.name();
    bool made = name.empty();
    if (made) name = "kube-api-access-" + random_suffix(context.random);
    bool used = mount_token(spec.mutable_initcontainers(), name);
    used = mount_token(spec.mutable_containers(), name) || used;
    if (made && used) add_token_volume(*spec.add_volumes(), name);
  }
  if (spec.imagepullsecrets().empty()) *spec.mutable_imagepullsecrets() = account->imagepullsecrets();
  return nothing{};
}

/// The class that pods without one get; of several the least valuable.
std::shared_ptr<const k8s::io::api::scheduling::v1::PriorityClass> default_class(const verb_context& context,
                                                                                 const kind_row& kind) {
  std::vector<object_ptr> all;
  bool more = false;
  std::shared_ptr<const k8s::io::api::scheduling::v1::PriorityClass> chosen;
  if (!context.state.list({&kind, {}, {}, 0, 0}, all, more)) return nullptr;
  for (auto& one : all) {
    auto found = one->as<k8s::io::api::scheduling::v1::PriorityClass>();
    if (found->globaldefault() && (!chosen || found->value() < chosen->value())) chosen = found;
  }
  return chosen;
}

result<nothing> admit_priority(verb_context& context, core::Pod& pod) {
  using k8s::io::api::scheduling::v1::PriorityClass;
  auto& spec = *pod.mutable_spec();
  auto& kind = *find_kind("scheduling.k8s.io", "v1", "priorityclasses");
  std::shared_ptr<const PriorityClass> chosen;
  if (spec.priorityclassname().empty()) {
    chosen = default_class(context, kind);
    if (chosen) spec.set_priorityclassname(chosen->metadata().name());
  } else {
    auto found = context.state.get(kind, {}, spec.priorityclassname());
    if (!found) return forbidden_here(context, "no PriorityClass with name " + spec.priorityclassname() + " was found");
    chosen = found->as<PriorityClass>();
  }
  int32_t value = chosen ? chosen->value() : 0;
  std::string policy = chosen && chosen->has_preemptionpolicy() ? chosen->preemptionpolicy() : "PreemptLowerPriority";
  constexpr std::string_view tail = " from the given PriorityClass name";
  if (spec.has_priority() && spec.priority() != value)
    return forbidden_here(context, "the integer value of priority (" + std::to_string(spec.priority()) +
                                       ") must not be provided in pod spec; priority admission controller computed " +
                                       std::to_string(value) + std::string(tail));
  spec.set_priority(value);
  if (spec.has_preemptionpolicy() && spec.preemptionpolicy() != policy)
    return forbidden_here(context, "the string value of PreemptionPolicy (" + spec.preemptionpolicy() +
                                       ") must not be provided in pod spec; priority admission controller computed " +
                                       policy + std::string(tail));
  spec.set_preemptionpolicy(policy);
  return nothing{};
}

void add_tolerations(core::Pod& pod) {
  for (std::string_view key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    bool tolerated = false;
    for (auto& one : pod.spec().tolerations())
      tolerated = tolerated ||
                  ((one.key() == key || one.key().empty()) && (one.effect() == "NoExecute" || one.effect().empty()));
    if (tolerated) continue;
    auto& added = *pod.mutable_spec()->add_tolerations();
    added.set_key(std::string(key));
    added.set_operator_("Exists");
    added.set_effect("NoExecute");
    added.set_tolerationseconds(toleration_seconds);
  }
}

result<nothing> admit_runtime(verb_context& context, core::Pod& pod) {
  using k8s::io::api::node::v1::RuntimeClass;
  auto& spec = *pod.mutable_spec();
  std::shared_ptr<const RuntimeClass> runtime;
  if (spec.has_runtimeclassname()) {
    auto found = context.state.get(*find_kind("node.k8s.io", "v1", "runtimeclasses"), {}, spec.runtimeclassname());
    if (!found)
      return forbidden_here(context, "pod rejected: RuntimeClass \"" + spec.runtimeclassname() + "\" not found");
    runtime = found->as<RuntimeClass>();
  }
  if (!runtime || !runtime->has_overhead()) {
    if (spec.overhead_size())
      return forbidden_here(context,
                            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
  } else {
    bool differs = spec.overhead_size() > 0 && spec.overhead_size() != runtime->overhead().podfixed_size();
    for (auto& entry : spec.overhead()) {
      auto* wanted = find_entry(runtime->overhead().podfixed(), entry.key());
      differs = differs || !wanted || wanted->value().string() != entry.value().string();
    }
    if (differs)
      return forbidden_here(context, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    *spec.mutable_overhead() = runtime->overhead().podfixed();
  }
  if (!runtime || !runtime->has_scheduling()) return nothing{};
  for (auto& label : runtime->scheduling().nodeselector()) {
    auto* own = find_entry(spec.nodeselector(), label.key());
    if (own && own->value() != label.value())
      return forbidden_here(context, "pod rejected: conflict: runtimeClass.scheduling.nodeSelector[" + label.key() +
                                         "] = " + label.value() + ", but pod.nodeSelector[" + label.key() +
                                         "] = " + own->value());
    entry_of(spec.mutable_nodeselector(), label.key())->set_value(label.value());
  }
  for (auto& toleration : runtime->scheduling().tolerations()) {
    bool there = false;
    for (auto& one : spec.tolerations()) there = there || same(one, toleration);
    if (!there) *spec.add_tolerations() = toleration;
  }
  return nothing{};
}

}  // namespace

status forbidden_here(const verb_context& context, std::string_view why) {
  return forbidden(context.kind.group, context.kind.plural, context.name, why);
}

result<nothing> admit_pod(verb_context& context, core::Pod& pod, const core::Pod* before) {
  if (!context.subresource.empty()) return nothing{};
  if (before) {  // what an update left out of what was computed at creation stays
    auto& spec = *pod.mutable_spec();
    if (!spec.has_priority() && before->spec().has_priority()) spec.set_priority(before->spec().priority());
    if (!spec.has_preemptionpolicy() && before->spec().has_preemptionpolicy())
      spec.set_preemptionpolicy(before->spec().preemptionpolicy());
    add_tolerations(pod);
    return nothing{};
  }
  apply_limit_ranges(context, pod);
  if (auto done = admit_account(context, pod); !done) return done;
  if (auto done = admit_priority(context, pod); !done) return done;
  add_tolerations(pod);
  if (auto done = admit_runtime(context, pod); !done) return done;
  return nothing{};
}

}  // namespace troupe::gateway
