#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_admission.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/pod_security.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

class pod_strategy final : public kind_strategy<core::Pod> {
public:
  void defaults(core::Pod& pod) const override {
    default_marked_fields(pod);
    default_pod(pod);
  }

  result<nothing> admit_object(verb_context& context, core::Pod& pod, const core::Pod* before) const override {
    return admit_pod(context, pod, before);
  }

  void prepare_create(verb_context& context, core::Pod& pod) const override {
    pod.clear_status();
    if (pod.spec().terminationgraceperiodseconds() < 0) pod.mutable_spec()->set_terminationgraceperiodseconds(1);
    pod.mutable_status()->set_phase("Pending");
    pod.mutable_status()->set_qosclass(std::string(qos_class(pod)));
    if (pod.spec().schedulinggates_size())
      set_pod_condition(pod, "PodScheduled", "False", "SchedulingGated",
                        "Scheduling is blocked due to non-empty scheduling gates", context.wall_ns);
  }

  void prepare_update(verb_context& context, core::Pod& pod, const core::Pod& before) const override {
    if (context.subresource == "status") {
      keep_fields(pod, before, {"spec"});
      pod.mutable_metadata()->clear_deletiontimestamp();
      if (before.metadata().has_deletiontimestamp())
        *pod.mutable_metadata()->mutable_deletiontimestamp() = before.metadata().deletiontimestamp();
      *pod.mutable_metadata()->mutable_ownerreferences() = before.metadata().ownerreferences();
      if (!before.status().qosclass().empty()) pod.mutable_status()->set_qosclass(before.status().qosclass());
    } else if (context.subresource == "ephemeralcontainers") {
      auto ephemeral = pod.spec().ephemeralcontainers();
      keep_fields(pod, before, {"spec", "status"});
      *pod.mutable_spec()->mutable_ephemeralcontainers() = ephemeral;
    } else if (context.subresource == "resize") {
      prepare_resize(pod, before);
    } else {
      keep_fields(pod, before, {"status"});
    }
  }

  void check(verb_context&, const core::Pod& pod, causes& found) const override {
    check_pod_spec(found, "spec", pod.spec());
    if (pod.spec().ephemeralcontainers_size())
      add_forbidden(found, field_path("spec") / "ephemeralContainers", "cannot be set on create");
    if (!pod.spec().nodename().empty() && pod.spec().schedulinggates_size())
      add_forbidden(found, field_path("spec") / "nodeName",
                    "cannot be set until all schedulingGates have been cleared");
  }

  /// What upstream's validating admission says, which it asks when the object is known to be valid.
  result<nothing> begin_create(verb_context& context, Message& message) const override {
    if (auto done = check_limit_ranges(context, as(message)); !done) return done;
    return enforce_security(context, as(message));
  }
  result<nothing> begin_update(verb_context& context, Message& message, const Message&) const override {
    if (context.subresource != "ephemeralcontainers") return nothing{};
    return enforce_security(context, as(message));
  }

  void check_update(verb_context& context, const core::Pod& pod, const core::Pod& before,
                    causes& found) const override {
    if (context.subresource == "status") return check_status(pod, found);
    check_pod_spec(found, "spec", pod.spec());
    if (context.subresource == "ephemeralcontainers") return check_ephemeral(pod, before, found);
    if (context.subresource == "resize") return;
    check_pod_update(found, pod, before);
  }

  void warn_about(verb_context& context, const core::Pod& pod, const core::Pod* before) const override {
    if (before) return;
    std::string wrong;
    for (auto& problem : dns_label_problems(pod.metadata().name()))
      wrong.append(wrong.empty() ? "" : " ").append(problem);
    if (!wrong.empty())
      context.warnings.push_back(
          "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a "
          "DNS label is recommended: [" +
          wrong + "]");
    warn_about_pod(context, "spec", pod.spec());
  }

  std::optional<int64_t> grace_seconds(const verb_context&, const Message& message,
                                       std::optional<int64_t> asked) const override {
    auto& pod = as(message);
    int64_t seconds = asked ? *asked : pod.spec().terminationgraceperiodseconds();
    if (pod.spec().nodename().empty() || is_finished(pod)) seconds = 0;
    return seconds < 0 ? 1 : seconds;
  }

  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    if (label == "status.podIPs") {
      auto pod = shown.as<core::Pod>();
      std::string all;
      for (auto& address : pod->status().podips()) all.append(all.empty() ? "" : ",").append(address.ip());
      return all;
    }
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    print_pod(*shown.as<core::Pod>(), wall_ns, row);
  }

private:
  /// Only amounts of resources change, of containers that exist.
  static void prepare_resize(core::Pod& pod, const core::Pod& before) {
    auto wanted = pod.spec();
    keep_fields(pod, before, {"spec", "status"});
    auto take = [](auto& from, auto* to) {
      for (auto& container : *to)
        for (auto& one : from)
          if (one.name() == container.name()) {
            *container.mutable_resources() = one.resources();
            *container.mutable_resizepolicy() = one.resizepolicy();
          }
    };
    take(wanted.containers(), pod.mutable_spec()->mutable_containers());
    take(wanted.initcontainers(), pod.mutable_spec()->mutable_initcontainers());
  }

  static void check_ephemeral(const core::Pod& pod, const core::Pod& before, causes& found) {
    field_path path = field_path("spec") / "ephemeralContainers";
    for (auto& old : before.spec().ephemeralcontainers()) {
      auto& name = old.ephemeralcontainercommon().name();
      const core::EphemeralContainer* now = nullptr;
      for (auto& one : pod.spec().ephemeralcontainers())
        if (one.ephemeralcontainercommon().name() == name) now = &one;
      if (!now)
        add_forbidden(found, path, "existing ephemeral containers " + quoted(name) + " may not be removed\n");
      else if (!same(*now, old))
        add_forbidden(found, path,
                      "existing ephemeral containers " + quoted(name) + " may not be changed\n" +
                          unified_diff(shown_indented(old), shown_indented(*now)));
    }
  }

  static void check_status(const core::Pod& pod, causes& found) {
    auto& nominated = pod.status().nominatednodename();
    if (!nominated.empty())
      add_problems(found, field_path("status") / "nominatedNodeName", nominated, dns_subdomain_problems(nominated));
    for (int i = 0; i < pod.status().podips_size(); ++i)
      add_problems(found, (field_path("status") / "podIPs")[i], pod.status().podips(i).ip(),
                   ip_problems(pod.status().podips(i).ip()));
  }

  field_labels_of labels_{"k8s.io.api.core.v1.Pod",
                          {{"spec.nodeName", {}},
                           {"spec.restartPolicy", {}},
                           {"spec.schedulerName", {}},
                           {"spec.serviceAccountName", {}},
                           {"spec.hostNetwork", {}},
                           {"status.phase", {}},
                           {"status.podIP", {}},
                           {"status.podIPs", {}},
                           {"status.nominatedNodeName", {}}}};
};

class pod_template_strategy final : public kind_strategy<core::PodTemplate> {
public:
  void defaults(core::PodTemplate& object) const override {
    default_marked_fields(object);
    default_template(*object.mutable_template_());
  }
  void check(verb_context&, const core::PodTemplate& object, causes& found) const override {
    check_template(found, "template", object.template_());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto object = shown.as<core::PodTemplate>();
    auto [names, images] = container_columns(object->template_().spec());
    row.cells = {object->metadata().name(), names, images, labels_text(object->template_().metadata().labels())};
    (void)wall_ns;
  }
};

}  // namespace

void add_pod_strategies(strategy_table& table) {
  enter<pod_strategy>(table, "k8s.io.api.core.v1.Pod");
  enter<pod_template_strategy>(table, "k8s.io.api.core.v1.PodTemplate");
}

}  // namespace troupe::gateway
