// FlowSchema, PriorityLevelConfiguration, and the kinds of certificates.
#include <algorithm>
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/certificates/v1.pb.h"
#include "messages/api/flowcontrol/v1.pb.h"
#include "messages/time_format.hpp"

namespace troupe::gateway {
namespace {

namespace flow = k8s::io::api::flowcontrol::v1;
namespace certificates = k8s::io::api::certificates::v1;
const field_path spec_path = "spec", status_path = "status";

class schema_strategy final : public kind_strategy<flow::FlowSchema> {
public:
  void defaults(flow::FlowSchema& schema) const override {
    if (schema.spec().matchingprecedence() == 0) schema.mutable_spec()->set_matchingprecedence(1000);
  }
  void prepare_create(verb_context&, flow::FlowSchema& schema) const override { schema.clear_status(); }
  void check(verb_context&, const flow::FlowSchema& schema, causes& found) const override {
    auto& spec = schema.spec();
    if (spec.matchingprecedence() <= 0)
      add_invalid(found, spec_path / "matchingPrecedence", spec.matchingprecedence(), "must be a positive value");
    if (spec.matchingprecedence() > 10000)
      add_invalid(found, spec_path / "matchingPrecedence", spec.matchingprecedence(), "must not be greater than 10000");
    if (spec.has_distinguishermethod() && !is_one_of(spec.distinguishermethod().type(), {"ByNamespace", "ByUser"}))
      add_not_supported(found, spec_path / "distinguisherMethod", spec.distinguishermethod().type(),
                        {"ByNamespace", "ByUser"});
    if (spec.prioritylevelconfiguration().name().empty())
      add_required(found, spec_path / "priorityLevelConfiguration" / "name", "must reference a priority level");
  }
  void check_update(verb_context& context, const flow::FlowSchema& now, const flow::FlowSchema&,
                    causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto schema = shown.as<flow::FlowSchema>();
    std::string missing = "?";
    for (auto& condition : schema->status().conditions())
      if (condition.type() == "Dangling") missing = condition.status();
    row.cells = {schema->metadata().name(),
                 schema->spec().prioritylevelconfiguration().name(),
                 int64_t{schema->spec().matchingprecedence()},
                 schema->spec().has_distinguishermethod() ? schema->spec().distinguishermethod().type() : "<none>",
                 age_of(*schema, wall_ns),
                 missing};
  }
};

class level_strategy final : public kind_strategy<flow::PriorityLevelConfiguration> {
public:
  void defaults(flow::PriorityLevelConfiguration& level) const override {
    auto& spec = *level.mutable_spec();
    if (spec.has_limited()) {
      auto& limited = *spec.mutable_limited();
      if (!limited.has_nominalconcurrencyshares()) limited.set_nominalconcurrencyshares(30);
      if (!limited.has_lendablepercent()) limited.set_lendablepercent(0);
      if (limited.limitresponse().has_queuing()) {
        auto& queuing = *limited.mutable_limitresponse()->mutable_queuing();
        if (queuing.queues() == 0) queuing.set_queues(64);
        if (queuing.handsize() == 0) queuing.set_handsize(8);
        if (queuing.queuelengthlimit() == 0) queuing.set_queuelengthlimit(50);
      }
    }
    if (spec.has_exempt()) {
      if (!spec.exempt().has_nominalconcurrencyshares()) spec.mutable_exempt()->set_nominalconcurrencyshares(0);
      if (!spec.exempt().has_lendablepercent()) spec.mutable_exempt()->set_lendablepercent(0);
    }
  }
  void prepare_create(verb_context&, flow::PriorityLevelConfiguration& level) const override { level.clear_status(); }
  void check(verb_context&, const flow::PriorityLevelConfiguration& level, causes& found) const override {
    auto& spec = level.spec();
    check_mandatory(found, level);
    if (spec.type().empty())
      add_required(found, spec_path / "type");
    else if (!is_one_of(spec.type(), {"Exempt", "Limited"}))
      add_not_supported(found, spec_path / "type", spec.type(), {"Exempt", "Limited"});
    if (spec.type() == "Limited" && !spec.has_limited())
      add_required(found, spec_path / "limited", "must not be empty when type is Limited");
    if (spec.type() == "Limited" && spec.has_exempt()) add_forbidden(found, spec_path / "exempt", {});
    if (spec.type() == "Exempt" && spec.has_limited())
      add_forbidden(found, spec_path / "limited", "must be nil if the type is not Limited");
    if (spec.has_limited() && !is_one_of(spec.limited().limitresponse().type(), {"Queue", "Reject"}))
      add_not_supported(found, spec_path / "limited" / "limitResponse" / "type", spec.limited().limitresponse().type(),
                        {"Queue", "Reject"});
  }
  void check_update(verb_context& context, const flow::PriorityLevelConfiguration& now,
                    const flow::PriorityLevelConfiguration&, causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto level = shown.as<flow::PriorityLevelConfiguration>();
    auto& spec = level->spec();
    cell shares = std::string("<none>"), queues = shares, hand = shares, length = shares;
    if (spec.has_limited()) {
      shares = int64_t{spec.limited().nominalconcurrencyshares()};
      if (spec.limited().limitresponse().has_queuing()) {
        auto& queuing = spec.limited().limitresponse().queuing();
        queues = int64_t{queuing.queues()}, hand = int64_t{queuing.handsize()},
        length = int64_t{queuing.queuelengthlimit()};
      }
    }
    row.cells = {level->metadata().name(), spec.type(), shares, queues, hand, length, age_of(*level, wall_ns)};
  }

private:
  /// The levels that a server cannot do without are what they are.
  static void check_mandatory(causes& found, const flow::PriorityLevelConfiguration& level) {
    auto& spec = level.spec();
    bool exempt = level.metadata().name() == "exempt";
    if (exempt != (spec.type() == "Exempt") && !spec.type().empty())
      add_invalid(found, spec_path / "type", spec.type(), "must be 'Exempt' if and only if `name` is 'exempt'");
    if (exempt && (spec.type() != "Exempt" || spec.has_limited()))
      add_invalid_json(found, spec_path, shown(spec),
                       "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value");
  }
};

class request_strategy final : public kind_strategy<certificates::CertificateSigningRequest> {
public:
  /// Who asks is who is certified: the server says it, not the client.
  void prepare_create(verb_context& context, certificates::CertificateSigningRequest& request) const override {
    request.clear_status();
    auto& spec = *request.mutable_spec();
    spec.clear_uid(), spec.clear_groups(), spec.clear_extra();
    spec.set_username(context.user.name);
    if (!context.user.uid.empty()) spec.set_uid(context.user.uid);
    for (auto& group : context.user.groups) spec.add_groups(group);
    auto extra = context.user.extra;
    std::sort(extra.begin(), extra.end());
    for (auto& [key, values] : extra) {
      auto& entry = *spec.add_extra();
      entry.set_key(key);
      for (auto& value : values) entry.mutable_value()->add_items(value);
    }
  }
  void prepare_update(verb_context& context, certificates::CertificateSigningRequest& request,
                      const certificates::CertificateSigningRequest& before) const override {
    keep_fields(request, before, {"spec"});
    if (context.subresource.empty()) return keep_fields(request, before, {"status"});
    if (context.subresource == "approval") {
      if (before.status().certificate().empty())
        request.mutable_status()->clear_certificate();
      else
        request.mutable_status()->set_certificate(before.status().certificate());
    }
    for (auto& condition : *request.mutable_status()->mutable_conditions()) {
      if (!condition.lastupdatetime().has_seconds()) stamp(*condition.mutable_lastupdatetime(), context.wall_ns);
      if (!condition.lasttransitiontime().has_seconds())
        stamp(*condition.mutable_lasttransitiontime(), context.wall_ns);
    }
  }
  void check(verb_context&, const certificates::CertificateSigningRequest& request, causes& found) const override {
    auto& spec = request.spec();
    if (spec.request().find("-----BEGIN CERTIFICATE REQUEST-----") == std::string::npos)
      add_invalid(found, spec_path / "request", spec.request(), "PEM block type must be CERTIFICATE REQUEST");
    if (spec.usages().empty()) add_required(found, spec_path / "usages");
    if (spec.signername().empty()) {
      add_required(found, spec_path / "signerName");
    } else {
      size_t slash = spec.signername().find('/');
      std::string domain = spec.signername().substr(0, slash);
      if (slash == std::string::npos || slash + 1 == spec.signername().size() ||
          spec.signername().find('/', slash + 1) != std::string::npos)
        add_invalid(found, spec_path / "signerName", spec.signername(),
                    "must be a fully qualified domain and path of the form 'example.com/signer-name'");
      else if (domain.find('.') == std::string::npos)
        add_invalid(found, spec_path / "signerName", domain,
                    "should be a domain with at least two segments separated by dots");
    }
    if (spec.has_expirationseconds() && spec.expirationseconds() < 600)
      add_invalid(found, spec_path / "expirationSeconds", spec.expirationseconds(),
                  "may not specify a duration less than 600 seconds (10 minutes)");
  }
  void check_update(verb_context& context, const certificates::CertificateSigningRequest& now,
                    const certificates::CertificateSigningRequest&, causes& found) const override {
    auto& conditions = now.status().conditions();
    bool approved = false, denied = false;
    for (int i = 0; i < conditions.size(); ++i) {
      auto& one = conditions[i];
      field_path path = (status_path / "conditions")[i];
      approved = approved || one.type() == "Approved", denied = denied || one.type() == "Denied";
      if (one.type().empty()) add_required(found, path / "type");
      if (is_one_of(one.type(), {"Approved", "Denied", "Failed"}) && one.status() != "True") {
        if (one.status().empty())
          add_required(found, path / "status");
        else
          add_not_supported(found, path / "status", one.status(), {"True"});
      }
    }
    if (approved && denied)
      add_invalid(
          found, status_path / "conditions",
          "{conditions[{\"type\": \"Approved\"}], conditions[{\"type\": \"Denied\"}]}",
          "must specify at most one of: `conditions[{\"type\": \"Approved\"}]`, `conditions[{\"type\": \"Denied\"}]`");
    auto& certificate = now.status().certificate();
    if (context.subresource == "status" && !certificate.empty() &&
        certificate.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
      add_invalid(found, status_path / "certificate", "<certificate data>",
                  "must contain at least one CERTIFICATE PEM block");
  }
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto request = shown.as<certificates::CertificateSigningRequest>();
    auto& spec = request->spec();
    std::string state;
    auto add = [&](const char* text) { state.append(state.empty() ? "" : ",").append(text); };
    bool approved = false, denied = false, failed = false;
    for (auto& condition : request->status().conditions()) {
      approved = approved || condition.type() == "Approved", denied = denied || condition.type() == "Denied",
      failed = failed || condition.type() == "Failed";
    }
    add(denied ? "Denied" : approved ? "Approved" : "Pending");
    if (failed) add("Failed");
    if (!request->status().certificate().empty()) add("Issued");
    row.cells = {request->metadata().name(),
                 age_of(*request, wall_ns),
                 spec.signername(),
                 spec.username(),
                 spec.has_expirationseconds() ? human_duration(spec.expirationseconds()) : "<none>",
                 state};
  }

private:
  static void stamp(meta::Time& time, int64_t wall_ns) {
    time.set_seconds(wall_ns / 1'000'000'000);
    time.set_nanos(0);
  }
  field_labels_of labels_{"k8s.io.api.certificates.v1.CertificateSigningRequest", {{"spec.signerName", {}}}};
};

class bundle_strategy final : public kind_strategy<certificates::ClusterTrustBundle> {
public:
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void check(verb_context&, const certificates::ClusterTrustBundle& bundle, causes& found) const override {
    if (bundle.spec().trustbundle().find("-----BEGIN CERTIFICATE-----") == std::string::npos)
      add_invalid(found, spec_path / "trustBundle", "<value omitted>", "at least one trust anchor must be provided");
  }
  void print(const object& shown, int64_t, table_row& row) const override {
    auto bundle = shown.as<certificates::ClusterTrustBundle>();
    row.cells = {bundle->metadata().name(), bundle->spec().signername().empty() ? "<none>" : bundle->spec().signername()};
  }
  std::vector<std::string> name_problems(std::string_view name, bool) const override {
    std::string plain(name);  // a signer's bundle is called SIGNER:WITH:COLONS:NAME
    std::replace(plain.begin(), plain.end(), ':', '.');
    return dns_subdomain_problems(plain);
  }

private:
  field_labels_of labels_{"k8s.io.api.certificates.v1.ClusterTrustBundle", {{"spec.signerName", {}}}};
};

class pod_certificate_strategy final : public kind_strategy<certificates::PodCertificateRequest> {
public:
  void print(const object& shown, int64_t, table_row& row) const override {
    auto request = shown.as<certificates::PodCertificateRequest>();
    auto& spec = request->spec();
    std::string state = "Pending", annotations;
    for (auto& condition : request->status().conditions())
      if (condition.status() == "True" && is_one_of(condition.type(), {"Issued", "Denied", "Failed"})) state = condition.type();
    for (auto& entry : spec.unverifieduserannotations())
      annotations.append(annotations.empty() ? "" : ",").append(entry.key()).append("=").append(entry.value());
    row.cells = {request->metadata().name(), spec.podname(), spec.serviceaccountname(), spec.nodename(), spec.signername(), state, annotations};
  }
  void prepare_create(verb_context&, certificates::PodCertificateRequest& request) const override {
    request.clear_status();
  }
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }

private:
  field_labels_of labels_{"k8s.io.api.certificates.v1.PodCertificateRequest",
                          {{"spec.signerName", {}}, {"spec.podName", {}}, {"spec.nodeName", {}}}};
};

}  // namespace

void add_flow_strategies(strategy_table& table) {
  enter<schema_strategy>(table, "k8s.io.api.flowcontrol.v1.FlowSchema");
  enter<level_strategy>(table, "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration");
  enter<request_strategy>(table, "k8s.io.api.certificates.v1.CertificateSigningRequest");
  enter<bundle_strategy>(table, "k8s.io.api.certificates.v1.ClusterTrustBundle");
  enter<pod_certificate_strategy>(table, "k8s.io.api.certificates.v1.PodCertificateRequest");
}

}  // namespace troupe::gateway
