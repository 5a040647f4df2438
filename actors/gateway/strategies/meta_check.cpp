// What metadata must look like, for every kind, and what an update may not change in it
// (apimachinery/pkg/api/validation).
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/meta/v1.pb.h"

namespace troupe::gateway {
namespace {

constexpr size_t annotations_bytes_max = 256 << 10;

const meta::ObjectMeta& metadata_of(const Message& object) {
  auto* field = object.GetDescriptor()->FindFieldByName("metadata");
  return static_cast<const meta::ObjectMeta&>(object.GetReflection()->GetMessage(object, field));
}

void check_owner(causes& found, const field_path& path, const meta::OwnerReference& owner) {
  std::string_view version = owner.apiversion();
  size_t slash = version.find('/');
  std::string_view number = slash == version.npos ? version : version.substr(slash + 1);
  if (number.empty()) add_required(found, path / "apiVersion", "must not be empty");
  if (owner.kind().empty()) add_required(found, path / "kind", "must not be empty");
  if (owner.name().empty()) add_required(found, path / "name", "must not be empty");
  if (owner.uid().empty()) add_required(found, path / "uid", "must not be empty");
  if (version == "v1" && owner.kind() == "Event")
    add_invalid_json(found, path, shown(owner),
                     version.empty() ? "" : std::string(version) + ", Kind=Event is disallowed from being an owner");
}

void check_owners(causes& found, const field_path& path, const meta::ObjectMeta& data) {
  const meta::OwnerReference* controller = nullptr;
  for (int i = 0; i < data.ownerreferences_size(); ++i) {
    auto& owner = data.ownerreferences(i);
    check_owner(found, path[i], owner);
    if (!owner.controller()) continue;
    if (controller) {
      std::string all = "[";
      for (auto& one : data.ownerreferences()) all.append(all.size() > 1 ? "," : "").append(shown(one));
      add_invalid_json(found, path, all + "]",
                       "Only one reference can have Controller set to true. Found \"true\" in references for " +
                           controller->kind() + "/" + controller->name() + " and " + owner.kind() + "/" + owner.name());
    }
    controller = &owner;
  }
}

void check_finalizers(causes& found, const field_path& path, const meta::ObjectMeta& data) {
  bool orphan = false, foreground = false;
  for (int i = 0; i < data.finalizers_size(); ++i) {
    auto& name = data.finalizers(i);
    add_problems(found, path, name, qualified_name_problems(name));
    if (name.find('/') == name.npos && !is_one_of(name, {"kubernetes", "orphan", "foregroundDeletion"}))
      add_invalid(found, path[i], name, "name is neither a standard finalizer name nor is it fully qualified");
    orphan = orphan || name == "orphan";
    foreground = foreground || name == "foregroundDeletion";
  }
  if (orphan && foreground)
    add_invalid_json(found, path, shown_list(data.finalizers()),
                     "finalizer orphan and foregroundDeletion cannot be both set");
}

template <class Value>
void check_immutable(causes& found, const field_path& path, const Value& now, const Value& before) {
  if (now != before) add_invalid(found, path, now, "field is immutable");
}

}  // namespace

void check_labels(causes& found, const field_path& path,
                  const google::protobuf::RepeatedPtrField<StringEntry>& labels) {
  for (auto& entry : labels) {
    add_problems(found, path, entry.key(), qualified_name_problems(entry.key()));
    add_problems(found, path, entry.value(), label_value_problems(entry.value()));
  }
}

void check_annotations(causes& found, const field_path& path,
                       const google::protobuf::RepeatedPtrField<StringEntry>& annotations) {
  size_t bytes = 0;
  for (auto& entry : annotations) {
    std::string lower = entry.key();
    for (char& letter : lower)
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    add_problems(found, path, entry.key(), qualified_name_problems(lower));
    bytes += entry.key().size() + entry.value().size();
  }
  if (bytes > annotations_bytes_max) add_too_long(found, path, annotations_bytes_max);
}

void validate_metadata(const kind_row& kind, const Message& object, std::vector<status_cause>& found) {
  auto& data = metadata_of(object);
  field_path path = "metadata";
  auto& rules = strategy_of(kind);
  if (!data.generatename().empty())
    add_problems(found, path / "generateName", data.generatename(), rules.name_problems(data.generatename(), true));
  if (data.name().empty())
    add_required(found, path / "name", "name or generateName is required");
  else
    add_problems(found, path / "name", data.name(), rules.name_problems(data.name(), false));
  if (kind.namespaced) {
    if (data.namespace_().empty())
      add_required(found, path / "namespace");
    else
      add_problems(found, path / "namespace", data.namespace_(), dns_label_problems(data.namespace_()));
  } else if (!data.namespace_().empty()) {
    add_forbidden(found, path / "namespace", "not allowed on this type");
  }
  if (data.generation() < 0)
    add_invalid(found, path / "generation", data.generation(), "must be greater than or equal to 0");
  check_labels(found, path / "labels", data.labels());
  check_annotations(found, path / "annotations", data.annotations());
  check_owners(found, path / "ownerReferences", data);
  check_finalizers(found, path / "finalizers", data);
}

void validate_metadata_update(const kind_row& kind, const Message& object, const Message& before,
                              std::vector<status_cause>& found) {
  auto &now = metadata_of(object), &old = metadata_of(before);
  field_path path = "metadata";
  if (now.generation() < old.generation())
    add_invalid(found, path / "generation", now.generation(), "must not be decremented");
  check_immutable(found, path / "name", now.name(), old.name());
  check_immutable(found, path / "namespace", now.namespace_(), old.namespace_());
  check_immutable(found, path / "uid", now.uid(), old.uid());
  if (now.creationtimestamp().seconds() != old.creationtimestamp().seconds())
    add_invalid_json(found, path / "creationTimestamp", shown(now.creationtimestamp()), "field is immutable");
  if (now.has_deletiongraceperiodseconds() && old.has_deletiongraceperiodseconds() &&
      now.deletiongraceperiodseconds() > old.deletiongraceperiodseconds())
    add_invalid(found, path / "deletionGracePeriodSeconds", now.deletiongraceperiodseconds(), "field is immutable");
  if (old.has_deletiontimestamp())
    for (auto& name : now.finalizers()) {
      bool known = false;
      for (auto& other : old.finalizers()) known = known || other == name;
      if (!known)
        add_forbidden(found, path / "finalizers",
                      "no new finalizers can be added if the object is being deleted, found new finalizers []string{" +
                          quoted(name) + "}");
    }
  check_labels(found, path / "labels", now.labels());
  check_annotations(found, path / "annotations", now.annotations());
  check_owners(found, path / "ownerReferences", now);
  check_finalizers(found, path / "finalizers", now);
  (void)kind;
}

}  // namespace troupe::gateway
