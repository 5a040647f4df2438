// Webhook configurations and admission policies.
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/admissionregistration/v1.pb.h"
#include "messages/api/meta/v1.pb.h"

namespace troupe::gateway {
namespace {

namespace v1 = k8s::io::api::admissionregistration::v1;
const field_path spec_path = "spec";

void default_rule(v1::Rule& rule) {
  if (!rule.has_scope()) rule.set_scope("*");
}

void default_resources(v1::MatchResources& resources, bool namespaces) {
  if (!resources.has_matchpolicy()) resources.set_matchpolicy("Equivalent");
  if (namespaces && !resources.has_namespaceselector()) resources.mutable_namespaceselector();
  if (!resources.has_objectselector()) resources.mutable_objectselector();
  for (auto* list : {resources.mutable_resourcerules(), resources.mutable_excluderesourcerules()})
    for (auto& rule : *list) default_rule(*rule.mutable_rulewithoperations()->mutable_rule());
}

template <class Webhook>
void default_webhook(Webhook& hook) {
  if (!hook.has_failurepolicy()) hook.set_failurepolicy("Fail");
  if (!hook.has_matchpolicy()) hook.set_matchpolicy("Equivalent");
  if (!hook.has_namespaceselector()) hook.mutable_namespaceselector();
  if (!hook.has_objectselector()) hook.mutable_objectselector();
  if (!hook.has_timeoutseconds()) hook.set_timeoutseconds(10);
  if (hook.clientconfig().has_service() && !hook.clientconfig().service().has_port())
    hook.mutable_clientconfig()->mutable_service()->set_port(443);
  for (auto& rule : *hook.mutable_rules()) default_rule(*rule.mutable_rule());
}

void check_url(causes& found, const field_path& path, const std::string& url) {
  size_t colon = url.find("://");
  std::string scheme = colon == url.npos ? "" : url.substr(0, colon);
  constexpr std::string_view form = "; desired format: https://host[/path]";
  if (scheme != "https")
    add_invalid(found, path, scheme.empty() ? url : scheme,
                "'https' is the only allowed URL scheme" + std::string(form));
  if (colon == url.npos) return;
  std::string rest = url.substr(colon + 3);
  std::string host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty()) add_invalid(found, path, "", "host must be specified" + std::string(form));
  if (host.find('@') != host.npos)
    add_invalid(found, path, host.substr(0, host.find('@')), "user information is not permitted in the URL");
  if (url.find('#') != url.npos)
    add_invalid(found, path, url.substr(url.find('#') + 1), "fragments are not permitted in the URL");
  if (url.find('?') != url.npos)
    add_invalid(found, path, url.substr(url.find('?') + 1), "query parameters are not permitted in the URL");
}

void check_client(causes& found, const field_path& path, const v1::WebhookClientConfig& client) {
  if (client.has_url() == client.has_service())
    return add_required(found, path, "exactly one of url or service is required");
  if (client.has_url()) return check_url(found, path / "url", client.url());
  if (client.service().name().empty()) add_required(found, path / "service" / "name", "service name is required");
  if (client.service().namespace_().empty())
    add_required(found, path / "service" / "namespace", "service namespace is required");
  if (client.service().port() < 1 || client.service().port() > 65535)
    add_invalid(found, path / "service" / "port", client.service().port(),
                "port is not valid: must be between 1 and 65535, inclusive");
}

void check_operations(causes& found, const field_path& path, const v1::RuleWithOperations& rule) {
  if (rule.operations().empty()) add_required(found, path / "operations");
  bool any = false;
  for (int i = 0; i < rule.operations_size(); ++i) {
    any = any || rule.operations(i) == "*";
    if (!is_one_of(rule.operations(i), {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"}))
      add_not_supported(found, (path / "operations")[i], rule.operations(i),
                        {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"});
  }
  if (any && rule.operations_size() > 1)
    add_invalid_json(found, path / "operations", shown_list(rule.operations()),
                     "if '*' is present, must not specify other operations");
  if (rule.rule().apigroups().empty()) add_required(found, path / "apiGroups");
  if (rule.rule().apiversions().empty()) add_required(found, path / "apiVersions");
  if (rule.rule().resources().empty()) add_required(found, path / "resources");
  if (rule.rule().has_scope() && !is_one_of(rule.rule().scope(), {"*", "Cluster", "Namespaced"}))
    add_not_supported(found, path / "scope", rule.rule().scope(), {"*", "Cluster", "Namespaced"});
}

template <class Webhook>
void check_webhook(causes& found, const field_path& path, const Webhook& hook) {
  auto& name = hook.name();
  if (name.empty())
    add_required(found, path / "name");
  else if (auto wrong = dns_subdomain_problems(name); !wrong.empty())
    add_problems(found, path / "name", name, wrong);
  else if (std::count(name.begin(), name.end(), '.') < 2)
    add_invalid(found, path / "name", name, "should be a domain with at least three segments separated by dots");
  for (int i = 0; i < hook.rules_size(); ++i) check_operations(found, (path / "rules")[i], hook.rules(i));
  if (!is_one_of(hook.failurepolicy(), {"Fail", "Ignore"}))
    add_not_supported(found, path / "failurePolicy", hook.failurepolicy(), {"Fail", "Ignore"});
  if (!is_one_of(hook.matchpolicy(), {"Equivalent", "Exact"}))
    add_not_supported(found, path / "matchPolicy", hook.matchpolicy(), {"Equivalent", "Exact"});
  if (!hook.has_sideeffects())
    add_required(found, path / "sideEffects", "must specify one of None, NoneOnDryRun");
  else if (!is_one_of(hook.sideeffects(), {"None", "NoneOnDryRun"}))
    add_not_supported(found, path / "sideEffects", hook.sideeffects(), {"None", "NoneOnDryRun"});
  if (hook.timeoutseconds() > 30 || hook.timeoutseconds() < 1)
    add_invalid(found, path / "timeoutSeconds", hook.timeoutseconds(),
                "the timeout value must be between 1 and 30 seconds");
  check_selector(found, path / "namespaceSelector", hook.namespaceselector());
  check_client(found, path / "clientConfig", hook.clientconfig());
  bool known = false;
  for (auto& version : hook.admissionreviewversions()) known = known || is_one_of(version, {"v1", "v1beta1"});
  if (hook.admissionreviewversions().empty())
    add_required(found, path / "admissionReviewVersions", "must specify one of v1, v1beta1");
  else if (!known)
    add_invalid_json(found, path / "admissionReviewVersions", shown_list(hook.admissionreviewversions()),
                     "must include at least one of v1, v1beta1");
}

template <class Configuration>
class webhook_strategy final : public kind_strategy<Configuration> {
public:
  void defaults(Configuration& configuration) const override {
    for (auto& hook : *configuration.mutable_webhooks()) {
      default_webhook(hook);
      if constexpr (std::is_same_v<Configuration, v1::MutatingWebhookConfiguration>)
        if (!hook.has_reinvocationpolicy()) hook.set_reinvocationpolicy("Never");
    }
  }
  void check(verb_context&, const Configuration& configuration, causes& found) const override {
    for (int i = 0; i < configuration.webhooks_size(); ++i) {
      check_webhook(found, field_path("webhooks")[i], configuration.webhooks(i));
      for (int j = 0; j < i; ++j)
        if (configuration.webhooks(j).name() == configuration.webhooks(i).name())
          add_duplicate(found, field_path("webhooks")[i] / "name", configuration.webhooks(i).name());
    }
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto configuration = shown.as<Configuration>();
    row.cells = {configuration->metadata().name(), int64_t{configuration->webhooks_size()},
                 age_of(*configuration, wall_ns)};
  }
};

void check_match(causes& found, const field_path& path, const v1::MatchResources& resources) {
  if (resources.resourcerules().empty()) add_required(found, path / "resourceRules");
  for (int i = 0; i < resources.resourcerules_size(); ++i)
    check_operations(found, (path / "resourceRules")[i], resources.resourcerules(i).rulewithoperations());
}

template <class Kind>
std::string parameter_text(bool set, const Kind& kind) {
  return set ? kind.apiversion() + "/" + kind.kind() : "<unset>";
}

class validating_policy_strategy final : public kind_strategy<v1::ValidatingAdmissionPolicy> {
public:
  void defaults(v1::ValidatingAdmissionPolicy& policy) const override {
    if (!policy.spec().has_failurepolicy()) policy.mutable_spec()->set_failurepolicy("Fail");
    if (policy.spec().has_matchconstraints())
      default_resources(*policy.mutable_spec()->mutable_matchconstraints(), true);
  }
  void prepare_create(verb_context&, v1::ValidatingAdmissionPolicy& policy) const override { policy.clear_status(); }
  void check(verb_context&, const v1::ValidatingAdmissionPolicy& policy, causes& found) const override {
    auto& spec = policy.spec();
    if (!is_one_of(spec.failurepolicy(), {"Fail", "Ignore"}))
      add_not_supported(found, spec_path / "failurePolicy", spec.failurepolicy(), {"Fail", "Ignore"});
    if (!spec.has_matchconstraints())
      add_required(found, spec_path / "matchConstraints");
    else
      check_match(found, spec_path / "matchConstraints", spec.matchconstraints());
    constexpr std::string_view something = "validations or auditAnnotations must contain at least one item";
    if (spec.validations().empty() && spec.auditannotations().empty()) {
      add_required(found, spec_path / "validations", something);
      add_required(found, spec_path / "auditAnnotations", something);
    }
    for (int i = 0; i < spec.validations_size(); ++i)
      if (spec.validations(i).expression().empty())
        add_required(found, (spec_path / "validations")[i] / "expression", "expression is not specified");
  }
  void check_update(verb_context& context, const v1::ValidatingAdmissionPolicy& now,
                    const v1::ValidatingAdmissionPolicy&, causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto policy = shown.as<v1::ValidatingAdmissionPolicy>();
    row.cells = {policy->metadata().name(), int64_t{policy->spec().validations_size()},
                 parameter_text(policy->spec().has_paramkind(), policy->spec().paramkind()), age_of(*policy, wall_ns)};
  }
};

class mutating_policy_strategy final : public kind_strategy<v1::MutatingAdmissionPolicy> {
public:
  void defaults(v1::MutatingAdmissionPolicy& policy) const override {
    if (!policy.spec().has_failurepolicy()) policy.mutable_spec()->set_failurepolicy("Fail");
    if (policy.spec().has_matchconstraints())
      default_resources(*policy.mutable_spec()->mutable_matchconstraints(), true);
  }
  void check(verb_context&, const v1::MutatingAdmissionPolicy& policy, causes& found) const override {
    if (!policy.spec().has_matchconstraints()) add_required(found, spec_path / "matchConstraints");
    if (policy.spec().mutations().empty())
      add_required(found, spec_path / "mutations", "mutations must contain at least one item");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto policy = shown.as<v1::MutatingAdmissionPolicy>();
    row.cells = {policy->metadata().name(), int64_t{policy->spec().mutations_size()},
                 parameter_text(policy->spec().has_paramkind(), policy->spec().paramkind()), age_of(*policy, wall_ns)};
  }
};

template <class Binding>
class policy_binding_strategy final : public kind_strategy<Binding> {
public:
  void defaults(Binding& binding) const override {
    if (binding.spec().has_matchresources())
      default_resources(*binding.mutable_spec()->mutable_matchresources(), false);
  }
  void check(verb_context&, const Binding& binding, causes& found) const override {
    if (binding.spec().policyname().empty()) add_required(found, spec_path / "policyName");
    if constexpr (std::is_same_v<Binding, v1::ValidatingAdmissionPolicyBinding>) {
      field_path path = spec_path / "validationActions";
      if (binding.spec().validationactions().empty()) add_required(found, path);
      for (int i = 0; i < binding.spec().validationactions_size(); ++i)
        if (!is_one_of(binding.spec().validationactions(i), {"Audit", "Deny", "Warn"}))
          add_not_supported(found, path[i], binding.spec().validationactions(i), {"Audit", "Deny", "Warn"});
    }
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto binding = shown.as<Binding>();
    auto& reference = binding->spec().paramref();
    std::string text = "<unset>";
    if (binding->spec().has_paramref())
      text = reference.name().empty()         ? "*"
             : reference.namespace_().empty() ? reference.name()
                                              : reference.namespace_() + "/" + reference.name();
    row.cells = {binding->metadata().name(), binding->spec().policyname(), text, age_of(*binding, wall_ns)};
  }
};

}  // namespace

void add_admission_strategies(strategy_table& table) {
  enter<webhook_strategy<v1::MutatingWebhookConfiguration>>(
      table, "k8s.io.api.admissionregistration.v1.MutatingWebhookConfiguration");
  enter<webhook_strategy<v1::ValidatingWebhookConfiguration>>(
      table, "k8s.io.api.admissionregistration.v1.ValidatingWebhookConfiguration");
  enter<validating_policy_strategy>(table, "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicy");
  enter<mutating_policy_strategy>(table, "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicy");
  enter<policy_binding_strategy<v1::ValidatingAdmissionPolicyBinding>>(
      table, "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding");
  enter<policy_binding_strategy<v1::MutatingAdmissionPolicyBinding>>(
      table, "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBinding");
}

}  // namespace troupe::gateway
