#include "actors/gateway/strategies/strategy.hpp"
#include <algorithm>
#include <google/protobuf/message.h>
#include <google/protobuf/wire_format_lite.h>
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"

namespace troupe::gateway {
namespace pb = google::protobuf;

namespace {

std::vector<const strategy*> make_strategies() {
  strategy_table table;
  add_core_strategies(table);
  add_pod_strategies(table);
  add_service_strategies(table);
  add_node_strategies(table);
  add_volume_strategies(table);
  add_apps_strategies(table);
  add_batch_strategies(table);
  add_autoscaling_strategies(table);
  add_policy_strategies(table);
  add_networking_strategies(table);
  add_rbac_strategies(table);
  add_storage_strategies(table);
  add_admission_strategies(table);
  add_resource_strategies(table);
  add_extension_strategies(table);
  add_event_strategies(table);
  add_own_strategies(table);
  static const strategy plain;
  std::vector<const strategy*> by_index(kinds().size(), &plain);
  for (auto& kind : kinds())
    if (auto found = table.find(kind.message); found != table.end()) by_index[kind.index] = found->second;
  return by_index;
}

const pb::FieldDescriptor* field_named(const Message& message, std::string_view name) {
  return message.GetDescriptor()->FindFieldByName(std::string(name));
}

void take_field(Message& object, const Message& before, const pb::FieldDescriptor* field) {
  auto* reflection = object.GetReflection();
  reflection->ClearField(&object, field);
  if (field->is_repeated()) {
    if (reflection->FieldSize(before, field) == 0) return;
  } else if (!reflection->HasField(before, field)) {
    return;
  }
  if (field->message_type() && !field->is_repeated()) {
    reflection->MutableMessage(&object, field)->CopyFrom(reflection->GetMessage(before, field));
    return;
  }
  // Repeated and scalar top-level fields (data, rules, ...): through a message that has only this field.
  std::unique_ptr<Message> part(before.New());
  part->CopyFrom(before);
  std::vector<const pb::FieldDescriptor*> set;
  reflection->ListFields(*part, &set);
  for (auto* other : set)
    if (other != field) reflection->ClearField(part.get(), other);
  object.MergeFrom(*part);
}

}  // namespace

const strategy& strategy_of(const kind_row& kind) {
  static const std::vector<const strategy*> all = make_strategies();
  return *all[kind.index];
}

std::vector<std::string> strategy::name_problems(std::string_view name, bool prefix) const {
  return dns_subdomain_problems(prefix ? masked_prefix(name) : name);
}

void strategy::prepare_for_update(verb_context& context, Message& object, const Message& before) const {
  if (context.subresource.empty()) {
    if (context.kind.subresources.empty()) return;
    keep_fields(object, before, {"status"});
  } else if (context.subresource == "status") {
    // A status update may change metadata (labels, annotations, finalizers) of most kinds; these reset it.
    constexpr std::string_view resetting[] = {"customresourcedefinitions", "apiservices", "resourceclaims", "servicecidrs",
                                              "podcertificaterequests", "flowschemas", "prioritylevelconfigurations"};
    bool resets = std::find(std::begin(resetting), std::end(resetting), context.kind.plural) != std::end(resetting);
    if (resets) keep_all_but(object, before, {"status"});
    else keep_all_but(object, before, {"status", "metadata"});
  }
}

std::string strategy::unknown_field_label(std::string_view label) const {
  return quoted(label) + " is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
}

void strategy::print(const object& shown, int64_t wall_ns, table_row& row) const {
  row.cells.emplace_back(std::string(shown.name()));
  if (shown.kind().columns.size() > 1) row.cells.emplace_back(age_of(*shown.message(), wall_ns));
}

void keep_fields(Message& object, const Message& before, std::initializer_list<std::string_view> names) {
  for (auto name : names)
    if (auto* field = field_named(object, name)) take_field(object, before, field);
}

void keep_all_but(Message& object, const Message& before, std::initializer_list<std::string_view> names) {
  auto* type = object.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    bool named = false;
    for (auto name : names) named = named || type->field(i)->name() == name;
    if (!named) take_field(object, before, type->field(i));
  }
}

field_labels_of::field_labels_of(std::string_view message, std::initializer_list<place> places) {
  auto* type = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(message));
  for (auto& [label, path] : places) {
    route made{{}, 's'};
    std::string_view rest = path.empty() ? label : path;
    for (auto* at = type; at && !rest.empty();) {
      size_t dot = rest.find('.');
      auto* field = at->FindFieldByName(std::string(rest.substr(0, dot)));
      if (!field) break;
      made.numbers.push_back(field->number());
      if (field->type() == pb::FieldDescriptor::TYPE_BOOL) made.type = 'b';
      if (field->type() == pb::FieldDescriptor::TYPE_INT32 || field->type() == pb::FieldDescriptor::TYPE_INT64)
        made.type = 'i';
      at = field->message_type();
      rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
    }
    labels_.push_back(label);
    routes_.push_back(std::move(made));
  }
}

std::string field_labels_of::value(const object& shown, std::string_view label) const {
  size_t at = 0;
  while (at < labels_.size() && labels_[at] != label) ++at;
  if (at == labels_.size()) return {};
  auto& route = routes_[at];
  std::string_view bytes = shown.bytes();
  uint64_t number = 0;
  for (size_t level = 0; level < route.numbers.size(); ++level) {
    pb::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
    std::string_view found;
    number = 0;
    while (uint32_t tag = in.ReadTag()) {
      using wire = pb::internal::WireFormatLite;
      bool wanted = static_cast<int>(tag >> 3) == route.numbers[level];
      if (wanted && wire::GetTagWireType(tag) == wire::WIRETYPE_LENGTH_DELIMITED) {
        uint32_t size = 0;
        if (!in.ReadVarint32(&size)) break;
        found = bytes.substr(static_cast<size_t>(in.CurrentPosition()), size);
        in.Skip(static_cast<int>(size));
      } else if (wanted && wire::GetTagWireType(tag) == wire::WIRETYPE_VARINT) {
        if (!in.ReadVarint64(&number)) break;
      } else if (!wire::SkipField(&in, tag)) {
        break;
      }
    }
    bytes = found;
  }
  if (route.type == 'b') return number ? "true" : "false";
  if (route.type == 'i') return std::to_string(static_cast<int64_t>(number));
  return std::string(bytes);
}

}  // namespace troupe::gateway
