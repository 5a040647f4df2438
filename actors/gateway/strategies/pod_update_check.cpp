// What an update may change in a pod: images, the deadline (down), tolerations (more), gates (fewer).
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

constexpr std::string_view changeable =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

/// False: nothing more can be compared.
template <class Containers>
bool same_count(causes& found, const field_path& path, const Containers& now, const Containers& before) {
  if (now.size() == before.size()) return true;
  add_forbidden(found, path, "pod updates may not add or remove containers");
  return false;
}

/// False: the rest need not be looked at.
bool check_deadline(causes& found, const field_path& path, const core::PodSpec& now, const core::PodSpec& before) {
  if (now.has_activedeadlineseconds()) {
    int64_t seconds = now.activedeadlineseconds();
    if (seconds < 0 || seconds > 2147483647) {
      add_invalid(found, path, seconds, "must be between 0 and 2147483647, inclusive");
      return false;
    }
    if (before.has_activedeadlineseconds() && before.activedeadlineseconds() < seconds) {
      add_invalid(found, path, seconds, "must be less than or equal to previous value");
      return false;
    }
  } else if (before.has_activedeadlineseconds()) {
    add_invalid_json(found, path, "null", "must not update from a positive integer to nil value");
  }
  return true;
}

void check_added_tolerations(causes& found, const field_path& path, const core::PodSpec& now,
                             const core::PodSpec& before) {
  for (auto& old : before.tolerations()) {
    bool kept = false;
    for (auto& one : now.tolerations()) {
      core::Toleration as_before = one;
      if (old.has_tolerationseconds())
        as_before.set_tolerationseconds(old.tolerationseconds());
      else
        as_before.clear_tolerationseconds();
      kept = kept || same(as_before, old);
    }
    if (!kept)
      return add_forbidden(found, path, "existing toleration can not be modified except its tolerationSeconds");
  }
}

/// The new spec with all that may change taken from the old one: what still differs may not.
core::PodSpec munged(const core::PodSpec& now, const core::PodSpec& before) {
  core::PodSpec spec = now;
  for (int i = 0; i < spec.containers_size(); ++i) spec.mutable_containers(i)->set_image(before.containers(i).image());
  for (int i = 0; i < spec.initcontainers_size(); ++i)
    spec.mutable_initcontainers(i)->set_image(before.initcontainers(i).image());
  spec.clear_activedeadlineseconds();
  if (before.has_activedeadlineseconds()) spec.set_activedeadlineseconds(before.activedeadlineseconds());
  *spec.mutable_schedulinggates() = before.schedulinggates();
  *spec.mutable_tolerations() = before.tolerations();
  if (before.terminationgraceperiodseconds() < 0 && now.terminationgraceperiodseconds() == 1)
    spec.set_terminationgraceperiodseconds(before.terminationgraceperiodseconds());
  if (before.schedulinggates_size()) {  // a gated pod's placement may still be narrowed
    *spec.mutable_nodeselector() = before.nodeselector();
    if (before.has_affinity()) *spec.mutable_affinity() = before.affinity();
  }
  return spec;
}

}  // namespace

void check_pod_update(causes& found, const core::Pod& pod, const core::Pod& old) {
  auto &now = pod.spec(), &before = old.spec();
  field_path path = "spec";
  if (!same_count(found, path / "containers", now.containers(), before.containers())) return;
  if (!same_count(found, path / "initContainers", now.initcontainers(), before.initcontainers())) return;
  if (!check_deadline(found, path / "activeDeadlineSeconds", now, before)) return;
  for (int i = 0; i < now.schedulinggates_size(); ++i) {
    bool known = false;
    for (auto& gate : before.schedulinggates()) known = known || gate.name() == now.schedulinggates(i).name();
    if (!known)
      add_forbidden(found, (path / "schedulingGates")[i],
                    "only deletion is allowed, but found new scheduling gate '" + now.schedulinggates(i).name() + "'");
  }
  check_added_tolerations(found, path / "tolerations", now, before);
  core::PodSpec rest = munged(now, before);
  if (!same(rest, before))
    add_forbidden(found, path, std::string(changeable) + unified_diff(shown_indented(before), shown_indented(rest)));
}

}  // namespace troupe::gateway
