// Event, in its two forms: v1 is stored, events.k8s.io/v1 served too.
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/core/v1/event.pb.h"
#include "messages/api/events/v1.pb.h"

namespace troupe::gateway {
namespace {

namespace events = k8s::io::api::events::v1;

class event_strategy final : public kind_strategy<core::Event> {
public:
  /// What the new API asks of new events is asked where the request came by it.
  void check(verb_context& context, const core::Event& event, causes& found) const override {
    auto& about = event.involvedobject();
    bool cluster = about.namespace_().empty();
    if (cluster ? (context.space != "default" && context.space != "kube-system") : about.namespace_() != context.space)
      add_invalid(found, field_path("involvedObject") / "namespace", about.namespace_(),
                  "does not match event.namespace");
    if (context.kind.group != "events.k8s.io") return;
    if (!event.eventtime().has_seconds()) add_required(found, "eventTime");
    if (!is_one_of(event.type(), {"Normal", "Warning"}))
      add_invalid(found, "type", event.type(), "has invalid value: " + event.type());
    if (event.eventtime().has_seconds()) {
      if (event.reportingcomponent().empty())
        add_required(found, "reportingController");
      else
        add_problems(found, "reportingController", event.reportingcomponent(),
                     qualified_name_problems(event.reportingcomponent()));
      if (event.reportinginstance().empty()) add_required(found, "reportingInstance");
      if (event.action().empty()) add_required(found, "action");
      if (event.reason().empty()) add_required(found, "reason");
      if (event.reason().size() > 128) add_invalid(found, "reason", "", "can have at most 128 characters");
      if (event.message().size() > 1024) add_invalid(found, "message", "", "can have at most 1024 characters");
    }
  }
  void check_update(verb_context& context, const core::Event& now, const core::Event& before,
                    causes& found) const override {
    if (context.kind.group != "events.k8s.io") return check(context, now, found);
    auto fixed = [&](const char* field, const std::string& value, const std::string& old) {
      if (value != old) add_invalid(found, field, value, "field is immutable");
    };
    fixed("reason", now.reason(), before.reason());
    fixed("message", now.message(), before.message());
    fixed("type", now.type(), before.type());
    fixed("action", now.action(), before.action());
  }
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    if (label != "source" && label != "reportingComponent") return labels_.value(shown, label);
    auto event = shown.as<core::Event>();
    if (label == "reportingComponent") return event->reportingcomponent();
    return event->source().component().empty() ? event->reportingcomponent() : event->source().component();
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }

  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto event = shown.as<core::Event>();
    bool series = event->has_series();
    bool has_first = event->firsttimestamp().has_seconds(), has_last = event->lasttimestamp().has_seconds();
    int64_t first = has_first ? event->firsttimestamp().seconds() : event->eventtime().seconds();
    bool first_set = has_first || event->eventtime().has_seconds();
    int64_t last = has_last ? event->lasttimestamp().seconds() : first;
    bool last_set = has_last || first_set;
    int64_t count = event->count();
    if (series) {
      last = event->series().lastobservedtime().seconds(), last_set = event->series().lastobservedtime().has_seconds();
      count = event->series().count();
    } else if (count == 0) {
      count = 1;
    }
    std::string kind = event->involvedobject().kind();
    for (char& letter : kind) letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    row.cells = {age_between(last, last_set, wall_ns),
                 event->type(),
                 event->reason(),
                 kind.empty() ? event->involvedobject().name() : kind + "/" + event->involvedobject().name(),
                 event->involvedobject().fieldpath(),
                 source_of(*event),
                 trimmed(event->message()),
                 age_between(first, first_set, wall_ns),
                 count,
                 event->metadata().name()};
  }

private:
  static std::string source_of(const core::Event& event) {
    auto join = [](const std::string& what, const std::string& where) {
      return where.empty() ? what : what + ", " + where;
    };
    if (!event.source().component().empty()) return join(event.source().component(), event.source().host());
    return join(event.reportingcomponent(), event.reportinginstance());
  }
  static std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\t')) text.pop_back();
    size_t from = text.find_first_not_of(" \n\t");
    return from == text.npos ? "" : text.substr(from);
  }
  field_labels_of labels_{"k8s.io.api.core.v1.Event",
                          {{"involvedObject.kind", {}},
                           {"involvedObject.namespace", {}},
                           {"involvedObject.name", {}},
                           {"involvedObject.uid", {}},
                           {"involvedObject.apiVersion", {}},
                           {"involvedObject.resourceVersion", {}},
                           {"involvedObject.fieldPath", {}},
                           {"reason", {}},
                           {"reportingComponent", {}},
                           {"source", "source.component"},
                           {"type", {}}}};
};

/// Reading by the new API: the same objects, other names of the labels.
class new_event_strategy final : public kind_strategy<events::Event> {
public:
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    strategy_of(shown.kind()).print(shown, wall_ns, row);
  }

private:
  field_labels_of labels_{"k8s.io.api.core.v1.Event",
                          {{"regarding.kind", "involvedObject.kind"},
                           {"regarding.namespace", "involvedObject.namespace"},
                           {"regarding.name", "involvedObject.name"},
                           {"regarding.uid", "involvedObject.uid"},
                           {"regarding.apiVersion", "involvedObject.apiVersion"},
                           {"regarding.resourceVersion", "involvedObject.resourceVersion"},
                           {"regarding.fieldPath", "involvedObject.fieldPath"},
                           {"involvedObject.kind", {}},
                           {"involvedObject.namespace", {}},
                           {"involvedObject.name", {}},
                           {"involvedObject.uid", {}},
                           {"reportingController", "reportingComponent"},
                           {"reportingComponent", {}},
                           {"reason", {}},
                           {"type", {}}}};
};

}  // namespace

void add_event_strategies(strategy_table& table) {
  enter<event_strategy>(table, "k8s.io.api.core.v1.Event");
  enter<new_event_strategy>(table, "k8s.io.api.events.v1.Event");
}

}  // namespace troupe::gateway
