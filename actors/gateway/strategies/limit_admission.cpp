#include <cstdio>
#include "actors/gateway/strategies/pod_admission.hpp"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

using amounts = google::protobuf::RepeatedPtrField<k8s::io::apimachinery::pkg::api::resource::QuantityEntry>;

std::vector<std::shared_ptr<const core::LimitRange>> ranges_of(const verb_context& context) {
  std::vector<object_ptr> all;
  bool more = false;
  std::vector<std::shared_ptr<const core::LimitRange>> ranges;
  if (!context.state.list({find_kind("", "v1", "limitranges"), context.space, {}, 0, 0}, all, more)) return ranges;
  for (auto& one : all) ranges.push_back(one->as<core::LimitRange>());
  return ranges;
}

/// Copies what is missing; the names of what was.
std::string fill(amounts* to, const amounts& from) {
  std::string names;
  for (auto& entry : from) {
    if (find_entry(*to, entry.key())) continue;
    *entry_of(to, entry.key())->mutable_value() = entry.value();
    names.append(names.empty() ? "" : ", ").append(entry.key());
  }
  return names;
}

void fill_container(core::Container& container, const core::LimitRangeItem& limits, bool init, std::string& notes) {
  auto note = [&](const std::string& names, std::string_view what) {
    if (!names.empty())
      notes.append(notes.empty() ? "" : "; ")
          .append(names)
          .append(" ")
          .append(what)
          .append(init ? " for init container " : " for container ")
          .append(container.name());
  };
  note(fill(container.mutable_resources()->mutable_requests(), limits.defaultrequest()), "request");
  note(fill(container.mutable_resources()->mutable_limits(), limits.default_()), "limit");
}

quantity amount_of(const amounts& list, std::string_view name, bool& found) {
  auto* entry = find_entry(list, name);
  found = entry != nullptr;
  return entry ? quantity::parse_or_zero(entry->value().string()) : quantity();
}

/// Looks at one thing (a container, a pod, a claim); collects every objection.
void check_item(const core::LimitRangeItem& item, const amounts& requests, const amounts& limits,
                std::vector<std::string>& objections) {
  bool has_request, has_limit;
  auto& type = item.type();
  for (auto& entry : item.min()) {
    auto bound = quantity::parse_or_zero(entry.value().string());
    auto request = amount_of(requests, entry.key(), has_request), limit = amount_of(limits, entry.key(), has_limit);
    std::string head = "minimum " + entry.key() + " usage per " + type + " is " + bound.text();
    if (!has_request)
      objections.push_back(head + ".  No request is specified");
    else if (request < bound)
      objections.push_back(head + ", but request is " + request.text());
    else if (has_limit && limit < bound)
      objections.push_back(head + ", but limit is " + limit.text());
  }
  for (auto& entry : item.max()) {
    auto bound = quantity::parse_or_zero(entry.value().string());
    auto request = amount_of(requests, entry.key(), has_request), limit = amount_of(limits, entry.key(), has_limit);
    std::string head = "maximum " + entry.key() + " usage per " + type + " is " + bound.text();
    if (type != "PersistentVolumeClaim" && !has_limit)
      objections.push_back(head + ".  No limit is specified");
    else if (has_limit && limit > bound)
      objections.push_back(head + ", but limit is " + limit.text());
    else if (has_request && request > bound)
      objections.push_back(head + ", but request is " + request.text());
  }
  for (auto& entry : item.maxlimitrequestratio()) {
    auto bound = quantity::parse_or_zero(entry.value().string());
    auto request = amount_of(requests, entry.key(), has_request), limit = amount_of(limits, entry.key(), has_limit);
    std::string head = entry.key() + " max limit to request ratio per " + type + " is " + bound.text();
    if (!has_limit || limit.zero()) {
      objections.push_back(head + ", but no limit is specified or limit is 0");
    } else if (!has_request || request.zero()) {
      objections.push_back(head + ", but no request is specified or request is 0");
    } else if (double ratio = limit.approximate() / request.approximate(); ratio > bound.approximate()) {
      char text[40];
      std::snprintf(text, sizeof text, "%.6f", ratio);
      objections.push_back(head + ", but provided ratio is " + text);
    }
  }
}

void sum_into(amounts* sum, const amounts& more) {
  for (auto& entry : more) {
    auto* to = entry_of(sum, entry.key());
    to->mutable_value()->set_string(
        (quantity::parse_or_zero(to->value().string()) + quantity::parse_or_zero(entry.value().string())).text());
  }
}

result<nothing> verdict(const verb_context& context, const std::vector<std::string>& objections) {
  if (objections.empty()) return nothing{};
  std::string text;
  for (auto& one : objections) text.append(text.empty() ? "" : ", ").append(one);
  return forbidden_here(context, objections.size() > 1 ? "[" + text + "]" : text);
}

}  // namespace

void apply_limit_ranges(const verb_context& context, core::Pod& pod) {
  std::string notes;
  for (auto& range : ranges_of(context))
    for (auto& item : range->spec().limits()) {
      if (item.type() != "Container") continue;
      for (auto& container : *pod.mutable_spec()->mutable_containers()) fill_container(container, item, false, notes);
      for (auto& container : *pod.mutable_spec()->mutable_initcontainers())
        fill_container(container, item, true, notes);
    }
  if (!notes.empty())
    entry_of(pod.mutable_metadata()->mutable_annotations(), "kubernetes.io/limit-ranger")
        ->set_value("LimitRanger plugin set: " + notes);
}

result<nothing> check_limit_ranges(const verb_context& context, const core::Pod& pod) {
  for (auto& range : ranges_of(context)) {
    std::vector<std::string> objections;
    for (auto& item : range->spec().limits()) {
      if (item.type() == "Container") {
        for (auto& container : pod.spec().containers())
          check_item(item, container.resources().requests(), container.resources().limits(), objections);
        for (auto& container : pod.spec().initcontainers())
          check_item(item, container.resources().requests(), container.resources().limits(), objections);
      } else if (item.type() == "Pod") {
        core::ResourceRequirements sum;
        for (auto& container : pod.spec().containers()) {
          sum_into(sum.mutable_requests(), container.resources().requests());
          sum_into(sum.mutable_limits(), container.resources().limits());
        }
        check_item(item, sum.requests(), sum.limits(), objections);
      }
    }
    if (auto done = verdict(context, objections); !done) return done;
  }
  return nothing{};
}

result<nothing> check_limit_ranges(const verb_context& context, const core::PersistentVolumeClaim& claim) {
  for (auto& range : ranges_of(context)) {
    std::vector<std::string> objections;
    for (auto& item : range->spec().limits())
      if (item.type() == "PersistentVolumeClaim")
        check_item(item, claim.spec().resources().requests(), claim.spec().resources().limits(), objections);
    if (auto done = verdict(context, objections); !done) return done;
  }
  return nothing{};
}

}  // namespace troupe::gateway
