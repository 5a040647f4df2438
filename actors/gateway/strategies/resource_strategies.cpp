// Devices (resource.k8s.io): DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice, DeviceTaintRule.
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/resource/v1.pb.h"

namespace troupe::gateway {
namespace {

namespace v1 = k8s::io::api::resource::v1;
const field_path spec_path = "spec";

/// ExactDeviceRequest and DeviceSubRequest have these in common.
template <class Request>
void default_request(Request& request) {
  if (request.allocationmode().empty()) request.set_allocationmode("ExactCount");
  if (request.allocationmode() == "ExactCount" && request.count() == 0) request.set_count(1);
  for (auto& toleration : *request.mutable_tolerations())
    if (toleration.operator_().empty()) toleration.set_operator_("Equal");
}

void default_claim_spec(v1::ResourceClaimSpec& spec) {
  for (auto& request : *spec.mutable_devices()->mutable_requests()) {
    if (request.has_exactly()) default_request(*request.mutable_exactly());
    for (auto& one : *request.mutable_firstavailable()) default_request(one);
  }
}

template <class Request>
void check_request(causes& found, const field_path& path, const Request& request) {
  if (request.deviceclassname().empty())
    add_required(found, path / "deviceClassName");
  else
    add_problems(found, path / "deviceClassName", request.deviceclassname(),
                 dns_subdomain_problems(request.deviceclassname()));
  if (!is_one_of(request.allocationmode(), {"All", "ExactCount"}))
    add_not_supported(found, path / "allocationMode", request.allocationmode(), {"All", "ExactCount"});
  else if (request.allocationmode() == "All" && request.count() != 0)
    add_invalid(found, path / "count", request.count(), "must not be specified when allocationMode is 'All'");
  else if (request.allocationmode() == "ExactCount" && request.count() <= 0)
    add_invalid(found, path / "count", request.count(), "must be greater than zero");
}

void check_claim_spec(causes& found, const field_path& spec_at, const v1::ResourceClaimSpec& spec) {
  field_path path = spec_at / "devices" / "requests";
  for (int i = 0; i < spec.devices().requests_size(); ++i) {
    auto& request = spec.devices().requests(i);
    if (request.name().empty())
      add_required(found, path[i] / "name");
    else
      add_problems(found, path[i] / "name", request.name(), dns_label_problems(request.name()));
    for (int j = 0; j < i; ++j)
      if (spec.devices().requests(j).name() == request.name()) add_duplicate(found, path[i] / "name", request.name());
    bool several = request.firstavailable_size() > 0;
    if (request.has_exactly() && several)
      add_invalid_json(found, path[i], shown(request), "exactly one of `exactly` or `firstAvailable` is required");
    else if (!request.has_exactly() && !several)
      add_required(found, path[i], "exactly one of `exactly` or `firstAvailable` is required");
    if (request.has_exactly()) check_request(found, path[i] / "exactly", request.exactly());
    for (int j = 0; j < request.firstavailable_size(); ++j)
      check_request(found, (path[i] / "firstAvailable")[j], request.firstavailable(j));
  }
}

class claim_strategy final : public kind_strategy<v1::ResourceClaim> {
public:
  void defaults(v1::ResourceClaim& claim) const override {
    default_marked_fields(claim);
    default_claim_spec(*claim.mutable_spec());
  }
  void prepare_create(verb_context&, v1::ResourceClaim& claim) const override { claim.clear_status(); }
  void check(verb_context&, const v1::ResourceClaim& claim, causes& found) const override {
    check_claim_spec(found, spec_path, claim.spec());
  }
  void check_update(verb_context& context, const v1::ResourceClaim& now, const v1::ResourceClaim& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    if (!same(now.spec(), before.spec())) add_invalid_json(found, spec_path, shown(now.spec()), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto claim = shown.as<v1::ResourceClaim>();
    std::string state;
    auto add = [&](const char* text) { state.append(state.empty() ? "" : ",").append(text); };
    if (claim->metadata().has_deletiontimestamp()) add("deleted");
    if (!claim->status().has_allocation()) {
      if (!claim->metadata().has_deletiontimestamp()) add("pending");
    } else {
      add("allocated");
      if (claim->status().reservedfor_size()) add("reserved");
    }
    row.cells = {claim->metadata().name(), state, age_of(*claim, wall_ns)};
  }
};

class claim_template_strategy final : public kind_strategy<v1::ResourceClaimTemplate> {
public:
  void defaults(v1::ResourceClaimTemplate& one) const override {
    default_marked_fields(one);
    default_claim_spec(*one.mutable_spec()->mutable_spec());
  }
  void check(verb_context&, const v1::ResourceClaimTemplate& one, causes& found) const override {
    check_claim_spec(found, spec_path / "spec", one.spec().spec());
  }
  void check_update(verb_context&, const v1::ResourceClaimTemplate& now, const v1::ResourceClaimTemplate& before,
                    causes& found) const override {
    if (!same(now.spec(), before.spec())) add_invalid_json(found, spec_path, shown(now.spec()), "field is immutable");
  }
};

class slice_strategy final : public kind_strategy<v1::ResourceSlice> {
public:
  void defaults(v1::ResourceSlice& slice) const override { default_marked_fields(slice); }
  void check(verb_context&, const v1::ResourceSlice& slice, causes& found) const override {
    auto& spec = slice.spec();
    if (spec.driver().empty())
      add_required(found, spec_path / "driver");
    else
      add_problems(found, spec_path / "driver", spec.driver(), dns_subdomain_problems(spec.driver()));
    field_path pool = spec_path / "pool";
    if (spec.pool().name().empty()) add_required(found, pool / "name");
    if (spec.pool().resourceslicecount() <= 0)
      add_invalid(found, pool / "resourceSliceCount", spec.pool().resourceslicecount(), "must be greater than zero");
    if (spec.pool().generation() < 0)
      add_invalid(found, pool / "generation", spec.pool().generation(), "must be greater than or equal to zero");
    int count = !spec.nodename().empty();
    count += spec.has_nodeselector() + spec.allnodes() + spec.perdevicenodeselection();
    constexpr std::string_view one =
        "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
    if (count == 0) add_required(found, spec_path, one);
    if (count > 1) add_invalid_json(found, spec_path, "null", one);
    for (int i = 0; i < spec.devices_size(); ++i)
      add_problems(found, (spec_path / "devices")[i] / "name", spec.devices(i).name(),
                   dns_label_problems(spec.devices(i).name()));
  }
  void check_update(verb_context& context, const v1::ResourceSlice& now, const v1::ResourceSlice& before,
                    causes& found) const override {
    check(context, now, found);
    auto fixed = [&](const field_path& path, const std::string& value, const std::string& old) {
      if (value != old) add_invalid(found, path, value, "field is immutable");
    };
    fixed(spec_path / "nodeName", now.spec().nodename(), before.spec().nodename());
    fixed(spec_path / "driver", now.spec().driver(), before.spec().driver());
    fixed(spec_path / "pool" / "name", now.spec().pool().name(), before.spec().pool().name());
  }
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto slice = shown.as<v1::ResourceSlice>();
    auto& spec = slice->spec();
    row.cells = {slice->metadata().name(), spec.nodename().empty() ? "<unset>" : spec.nodename(), spec.driver(),
                 spec.pool().name(), age_of(*slice, wall_ns)};
  }

private:
  field_labels_of labels_{"k8s.io.api.resource.v1.ResourceSlice", {{"spec.nodeName", {}}, {"spec.driver", {}}}};
};

class taint_rule_strategy final : public kind_strategy<v1::DeviceTaintRule> {
public:
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto rule = shown.as<v1::DeviceTaintRule>();
    auto& taint = rule->spec().taint();
    row.cells = {rule->metadata().name(), taint.key(), taint.value(), taint.effect(),
                 taint.has_timeadded() ? age_of(taint.timeadded(), wall_ns) : "<unset>", age_of(*rule, wall_ns)};
  }
  void prepare_create(verb_context& context, v1::DeviceTaintRule& rule) const override {
    rule.clear_status();
    auto& taint = *rule.mutable_spec()->mutable_taint();
    if (!taint.has_timeadded()) set_time(taint.mutable_timeadded(), context.wall_ns);
  }
  void check(verb_context&, const v1::DeviceTaintRule& rule, causes& found) const override {
    auto& taint = rule.spec().taint();
    add_problems(found, spec_path / "taint" / "key", taint.key(), qualified_name_problems(taint.key()));
    if (taint.effect().empty())
      add_required(found, spec_path / "taint" / "effect");
    else if (!is_one_of(taint.effect(), {"NoExecute", "NoSchedule", "None"}))
      add_not_supported(found, spec_path / "taint" / "effect", taint.effect(), {"NoExecute", "NoSchedule", "None"});
  }
};

}  // namespace

void add_resource_strategies(strategy_table& table) {
  enter<claim_strategy>(table, "k8s.io.api.resource.v1.ResourceClaim");
  enter<claim_template_strategy>(table, "k8s.io.api.resource.v1.ResourceClaimTemplate");
  enter<slice_strategy>(table, "k8s.io.api.resource.v1.ResourceSlice");
  enter<taint_rule_strategy>(table, "k8s.io.api.resource.v1.DeviceTaintRule");
}

}  // namespace troupe::gateway
