// Job, CronJob.
#include "actors/gateway/strategies/cron_format.hpp"
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "actors/gateway/strategies/workload_rules.hpp"
#include "messages/api/batch/v1.pb.h"
#include "messages/time_format.hpp"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec";
constexpr size_t cron_name_bytes_max = 52;  // eleven are added for its jobs

void default_job_labels(batch::Job& job) {
  auto& labels = job.spec().template_().metadata().labels();
  if (job.metadata().labels().empty() && !labels.empty()) *job.mutable_metadata()->mutable_labels() = labels;
}

void check_failure_policy(causes& found, const field_path& path, const batch::PodFailurePolicy& policy) {
  for (int i = 0; i < policy.rules_size(); ++i) {
    auto& rule = policy.rules(i);
    field_path at = (path / "rules")[i];
    if (rule.action().empty())
      add_required(found, at / "action", "valid values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"");
    else if (!is_one_of(rule.action(), {"Count", "FailIndex", "FailJob", "Ignore"}))
      add_not_supported(found, at / "action", rule.action(), {"Count", "FailIndex", "FailJob", "Ignore"});
    if (rule.has_onexitcodes()) {
      auto& codes = rule.onexitcodes();
      if (!is_one_of(codes.operator_(), {"In", "NotIn"}))
        add_not_supported(found, at / "onExitCodes" / "operator", codes.operator_(), {"In", "NotIn"});
      if (codes.values().empty())
        add_invalid_json(found, at / "onExitCodes" / "values", "null", "at least one value is required");
    }
    for (int j = 0; j < rule.onpodconditions_size(); ++j) {
      auto& condition = rule.onpodconditions(j);
      if (!is_one_of(condition.status(), {"False", "True", "Unknown"}))
        add_not_supported(found, (at / "onPodConditions")[j] / "status", condition.status(),
                          {"False", "True", "Unknown"});
    }
    if (rule.has_onexitcodes() && rule.onpodconditions_size())
      add_invalid_json(found, at, "specifying both OnExitCodes and OnPodConditions is not supported", {});
    if (!rule.has_onexitcodes() && rule.onpodconditions().empty())
      add_invalid_json(found, at, "specifying one of OnExitCodes and OnPodConditions is required", {});
  }
}

void check_numbers(causes& found, const field_path& path, const batch::JobSpec& spec) {
  auto check = [&](const char* name, bool set, int64_t value) {
    if (set) check_not_negative(found, path / name, value);
  };
  check("parallelism", spec.has_parallelism(), spec.parallelism());
  check("completions", spec.has_completions(), spec.completions());
  check("activeDeadlineSeconds", spec.has_activedeadlineseconds(), spec.activedeadlineseconds());
  check("backoffLimit", spec.has_backofflimit(), spec.backofflimit());
  check("ttlSecondsAfterFinished", spec.has_ttlsecondsafterfinished(), spec.ttlsecondsafterfinished());
  check("backoffLimitPerIndex", spec.has_backofflimitperindex(), spec.backofflimitperindex());
  check("maxFailedIndexes", spec.has_maxfailedindexes(), spec.maxfailedindexes());
}

void check_job_template_pods(causes& found, const field_path& path, const batch::JobSpec& spec) {
  auto& pods = spec.template_();
  check_template(found, path / "template", pods);
  field_path restart = path / "template" / "spec" / "restartPolicy";
  if (pods.spec().restartpolicy() == "Always")
    add_required(found, restart, "valid values: \"OnFailure\", \"Never\"");
  else if (!is_one_of(pods.spec().restartpolicy(), {"OnFailure", "Never"}))
    add_not_supported(found, restart, pods.spec().restartpolicy(), {"OnFailure", "Never"});
  if (spec.has_podfailurepolicy() && pods.spec().restartpolicy() != "Never")
    add_invalid(found, restart, pods.spec().restartpolicy(),
                "only \"Never\" is supported when podFailurePolicy is specified");
}

void check_job_spec(causes& found, const field_path& path, const batch::JobSpec& spec) {
  check_numbers(found, path, spec);
  if (spec.has_managedby())
    add_problems(found, path / "managedBy", spec.managedby(), domain_path_problems(spec.managedby()));
  bool indexed = spec.completionmode() == "Indexed";
  if (spec.has_completionmode() && !is_one_of(spec.completionmode(), {"Indexed", "NonIndexed"}))
    add_not_supported(found, path / "completionMode", spec.completionmode(), {"Indexed", "NonIndexed"});
  if (indexed && !spec.has_completions()) add_required(found, path / "completions", "when completion mode is Indexed");
  if (!indexed && spec.has_backofflimitperindex())
    add_invalid(found, path / "backoffLimitPerIndex", spec.backofflimitperindex(), "requires indexed completion mode");
  if (!indexed && spec.has_maxfailedindexes())
    add_invalid(found, path / "maxFailedIndexes", spec.maxfailedindexes(), "requires indexed completion mode");
  if (spec.has_podfailurepolicy()) check_failure_policy(found, path / "podFailurePolicy", spec.podfailurepolicy());
  if (spec.has_successpolicy()) {
    if (!indexed)
      add_invalid_json(found, path / "successPolicy", shown(spec.successpolicy()), "requires indexed completion mode");
    else if (spec.successpolicy().rules().empty())
      add_required(found, path / "successPolicy" / "rules",
                   "at least one rules must be specified when the successPolicy is specified");
  }
  if (spec.has_podreplacementpolicy() && !is_one_of(spec.podreplacementpolicy(), {"Failed", "TerminatingOrFailed"}))
    add_not_supported(found, path / "podReplacementPolicy", spec.podreplacementpolicy(),
                      {"Failed", "TerminatingOrFailed"});
  check_job_template_pods(found, path, spec);
}

class job_strategy final : public kind_strategy<batch::Job> {
public:
  void defaults(batch::Job& job) const override {
    default_marked_fields(job);
    auto& spec = *job.mutable_spec();
    default_template(*spec.mutable_template_());
    if (!spec.has_completions() && !spec.has_parallelism()) spec.set_completions(1), spec.set_parallelism(1);
    if (!spec.has_parallelism()) spec.set_parallelism(1);
    if (!spec.has_backofflimit()) spec.set_backofflimit(spec.has_backofflimitperindex() ? 2147483647 : 6);
    default_job_labels(job);
    if (!spec.has_completionmode()) spec.set_completionmode("NonIndexed");
    if (!spec.has_suspend()) spec.set_suspend(false);
    if (!spec.has_manualselector()) spec.set_manualselector(false);
    if (spec.has_podfailurepolicy())
      for (auto& rule : *spec.mutable_podfailurepolicy()->mutable_rules())
        for (auto& condition : *rule.mutable_onpodconditions())
          if (condition.status().empty()) condition.set_status("True");
    if (!spec.has_podreplacementpolicy())
      spec.set_podreplacementpolicy(spec.has_podfailurepolicy() ? "Failed" : "TerminatingOrFailed");
  }

  void prepare_create(verb_context&, batch::Job& job) const override {
    job.clear_status();
    auto& spec = *job.mutable_spec();
    if (!spec.manualselector()) {
      auto& uid = job.metadata().uid();
      auto& name = job.metadata().name();
      auto* labels = spec.mutable_template_()->mutable_metadata()->mutable_labels();
      entry_of(labels, "batch.kubernetes.io/controller-uid")->set_value(uid);
      entry_of(labels, "batch.kubernetes.io/job-name")->set_value(name);
      entry_of(labels, "controller-uid")->set_value(uid);
      entry_of(labels, "job-name")->set_value(name);
      entry_of(spec.mutable_selector()->mutable_matchlabels(), "batch.kubernetes.io/controller-uid")->set_value(uid);
    }
    default_job_labels(job);
  }

  void check(verb_context&, const batch::Job& job, causes& found) const override {
    auto& spec = job.spec();
    if (spec.has_selector()) {
      check_selector(found, spec_path / "selector", spec.selector());
      auto& labels = spec.template_().metadata().labels();
      if (!selects(spec.selector(), labels))
        add_invalid_json(found, spec_path / "template" / "metadata" / "labels", shown_entries(labels),
                         "`selector` does not match template `labels`");
    } else {
      add_required(found, spec_path / "selector");
    }
    check_job_spec(found, spec_path, spec);
  }

  void check_update(verb_context& context, const batch::Job& now, const batch::Job& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    check(context, now, found);
    auto &spec = now.spec(), &old = before.spec();
    bool elastic = old.completionmode() == "Indexed" && spec.completions() == spec.parallelism();
    if (!elastic && spec.completions() != old.completions())
      add_invalid(found, spec_path / "completions", spec.completions(), "field is immutable");
    check_same_selector(found, spec_path / "selector", spec.selector(), old.selector());
    check_pods_update(found, before, spec.template_(), old.template_());
    if (spec.completionmode() != old.completionmode())
      add_invalid(found, spec_path / "completionMode", spec.completionmode(), "field is immutable");
    if (!same(spec.podfailurepolicy(), old.podfailurepolicy()))
      add_invalid_json(found, spec_path / "podFailurePolicy", shown(spec.podfailurepolicy()), "field is immutable");
    if (spec.managedby() != old.managedby())
      add_invalid(found, spec_path / "managedBy", spec.managedby(), "field is immutable");
    if (!same(spec.successpolicy(), old.successpolicy()))
      add_invalid_json(found, spec_path / "successPolicy", shown(spec.successpolicy()), "field is immutable");
  }
  bool orphans_by_default() const override { return true; }
  void warn_about(verb_context& context, const batch::Job& job, const batch::Job* before) const override {
    if (before) return;
    warn_about_name(context.warnings, job.metadata().name());
    warn_about_pod(context, spec_path / "template" / "spec", job.spec().template_().spec());
  }

  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label " + quoted(label) + " not supported for Job";
  }

  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto job = shown.as<batch::Job>();
    auto& spec = job->spec();
    auto& status = job->status();
    std::string done = std::to_string(status.succeeded()) + "/";
    if (spec.has_completions())
      done += std::to_string(spec.completions());
    else
      done += spec.parallelism() > 1 ? "1 of " + std::to_string(spec.parallelism()) : "1";
    std::string duration;
    if (status.has_starttime())
      duration = status.has_completiontime()
                     ? human_duration(status.completiontime().seconds() - status.starttime().seconds())
                     : age_of(status.starttime(), wall_ns);
    auto [names, images] = container_columns(spec.template_().spec());
    row.cells = {job->metadata().name(), state_of(*job), done,   duration,
                 age_of(*job, wall_ns),  names,          images, selector_column(spec.selector(), spec.has_selector())};
  }

private:
  static bool has_condition(const batch::Job& job, std::string_view type) {
    for (auto& condition : job.status().conditions())
      if (condition.type() == type) return condition.status() == "True";
    return false;
  }
  static std::string state_of(const batch::Job& job) {
    for (std::string_view type : {"Complete", "Failed"})
      if (has_condition(job, type)) return std::string(type);
    if (job.metadata().has_deletiontimestamp()) return "Terminating";
    for (std::string_view type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"})
      if (has_condition(job, type)) return std::string(type);
    return "Running";
  }
  /// A job that has not begun may still be told where its pods go.
  static void check_pods_update(causes& found, const batch::Job& before, const core::PodTemplateSpec& now,
                                const core::PodTemplateSpec& old) {
    core::PodTemplateSpec rest = now;
    if (before.spec().suspend() && !before.status().has_starttime()) {
      *rest.mutable_metadata()->mutable_labels() = old.metadata().labels();
      *rest.mutable_metadata()->mutable_annotations() = old.metadata().annotations();
      *rest.mutable_spec()->mutable_nodeselector() = old.spec().nodeselector();
      *rest.mutable_spec()->mutable_tolerations() = old.spec().tolerations();
      *rest.mutable_spec()->mutable_schedulinggates() = old.spec().schedulinggates();
      rest.mutable_spec()->clear_affinity();
      if (old.spec().has_affinity()) *rest.mutable_spec()->mutable_affinity() = old.spec().affinity();
    }
    if (!same(rest.spec(), old.spec()))
      add_invalid_json(found, spec_path / "template" / "spec", shown(rest.spec()), "field is immutable");
    else if (!same(rest.metadata(), old.metadata()))
      add_invalid_json(found, spec_path / "template" / "metadata", shown(rest.metadata()), "field is immutable");
  }
  field_labels_of labels_{"k8s.io.api.batch.v1.Job", {{"status.successful", "status.succeeded"}}};
};

class cron_job_strategy final : public kind_strategy<batch::CronJob> {
public:
  void defaults(batch::CronJob& job) const override {
    default_marked_fields(job);
    auto& spec = *job.mutable_spec();
    if (spec.concurrencypolicy().empty()) spec.set_concurrencypolicy("Allow");
    if (!spec.has_suspend()) spec.set_suspend(false);
    if (!spec.has_successfuljobshistorylimit()) spec.set_successfuljobshistorylimit(3);
    if (!spec.has_failedjobshistorylimit()) spec.set_failedjobshistorylimit(1);
    default_template(*spec.mutable_jobtemplate()->mutable_spec()->mutable_template_());
  }
  void prepare_create(verb_context&, batch::CronJob& job) const override { job.clear_status(); }
  void check(verb_context&, const batch::CronJob& job, causes& found) const override {
    auto& spec = job.spec();
    if (job.metadata().name().size() > cron_name_bytes_max)
      add_invalid(found, field_path("metadata") / "name", job.metadata().name(), "must be no more than 52 characters");
    check_job_spec(found, spec_path / "jobTemplate" / "spec", spec.jobtemplate().spec());
    check_schedule(found, spec);
    if (spec.has_startingdeadlineseconds())
      check_not_negative(found, spec_path / "startingDeadlineSeconds", spec.startingdeadlineseconds());
    if (!is_one_of(spec.concurrencypolicy(), {"Allow", "Forbid", "Replace"}))
      add_not_supported(found, spec_path / "concurrencyPolicy", spec.concurrencypolicy(),
                        {"Allow", "Forbid", "Replace"});
    check_not_negative(found, spec_path / "successfulJobsHistoryLimit", spec.successfuljobshistorylimit());
    check_not_negative(found, spec_path / "failedJobsHistoryLimit", spec.failedjobshistorylimit());
  }
  void check_update(verb_context& context, const batch::CronJob& now, const batch::CronJob&,
                    causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  void warn_about(verb_context& context, const batch::CronJob& job, const batch::CronJob* before) const override {
    if (before) return;
    warn_about_name(context.warnings, job.metadata().name());
    warn_about_pod(context, spec_path / "jobTemplate" / "spec" / "template" / "spec",
                   job.spec().jobtemplate().spec().template_().spec());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto job = shown.as<batch::CronJob>();
    auto& spec = job->spec();
    auto& status = job->status();
    auto [names, images] = container_columns(spec.jobtemplate().spec().template_().spec());
    row.cells = {job->metadata().name(),
                 spec.schedule(),
                 spec.has_timezone() ? spec.timezone() : "<none>",
                 spec.suspend() ? "True" : "False",
                 int64_t{status.active_size()},
                 status.has_lastscheduletime() ? age_of(status.lastscheduletime(), wall_ns) : "<none>",
                 age_of(*job, wall_ns),
                 names,
                 images,
                 selector_column(spec.jobtemplate().spec().selector(), spec.jobtemplate().spec().has_selector())};
  }

private:
  static void check_schedule(causes& found, const batch::CronJobSpec& spec) {
    auto& schedule = spec.schedule();
    field_path path = spec_path / "schedule";
    if (schedule.empty()) {
      add_required(found, path);
    } else if (schedule.find("TZ") != std::string::npos && schedule.find('=') != std::string::npos) {
      add_invalid(found, path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    } else if (auto wrong = schedule_error(schedule); !wrong.empty()) {
      add_invalid(found, path, schedule, wrong);
    }
    if (!spec.has_timezone()) return;
    auto& zone = spec.timezone();
    if (zone.empty())
      add_invalid(found, spec_path / "timeZone", zone, "timeZone must be nil or non-empty string");
    else if (!looks_like_time_zone(zone))
      add_invalid(found, spec_path / "timeZone", zone, "unknown time zone " + zone);
  }
};

}  // namespace

void add_batch_strategies(strategy_table& table) {
  enter<job_strategy>(table, "k8s.io.api.batch.v1.Job");
  enter<cron_job_strategy>(table, "k8s.io.api.batch.v1.CronJob");
}

}  // namespace troupe::gateway
