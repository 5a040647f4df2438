// Small things that every reconcile needs: actions from typed messages, owner references, times, conditions. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include "messages/object.hpp"
#include "runtime/control/reconcile.hpp"

namespace google::protobuf {
class Message;
}
namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class ObjectMeta;
class OwnerReference;
class Time;
} // namespace k8s::io::apimachinery::pkg::apis::meta::v1

namespace troupe::controllers {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

/// The row of a resource that this build serves; the process ends with a line when a name is misspelt.
const kind_row& row(std::string_view group, std::string_view version, std::string_view plural);

/// "default/web" and back; cluster-scoped objects have an empty namespace: "/alpha".
std::string key_of(std::string_view space, std::string_view name);
struct split_key {
  std::string_view space, name;
};
split_key split(std::string_view key);

action create(const kind_row&, std::string_view space, const google::protobuf::Message&);
action update(const kind_row&, std::string_view space, std::string_view name, const google::protobuf::Message&,
              std::string_view subresource = {});
action merge_patch(const kind_row&, std::string_view space, std::string_view name, std::string text,
                   std::string_view subresource = {});
/// Only the object that was looked at: its uid is a precondition. A missing one is fine.
action remove(const kind_row&, const object&, std::string_view propagation = "Background");

notice note(const object&, std::string_view type, std::string_view reason, std::string text);

/// The owner reference with `controller: true`; null: none.
const meta::OwnerReference* controller_of(const meta::ObjectMeta&);
void own(meta::ObjectMeta&, const kind_row& owner_kind, const meta::ObjectMeta& owner);

int64_t seconds_of(const meta::Time&); // since 1970; 0: the zero time
void set_time(meta::Time&, int64_t wall_ns);

std::string_view annotation(const meta::ObjectMeta&, std::string_view key); // data() == nullptr: none
/// Sets the value and keeps the entries sorted; true where something changed.
bool set_annotation(meta::ObjectMeta&, std::string_view key, std::string_view value);
bool set_label(meta::ObjectMeta&, std::string_view key, std::string_view value);
std::string_view label_of(const meta::ObjectMeta&, std::string_view key);

/// Five characters of the alphabet that generated names use, without vowels; advances `random`.
std::string random_suffix(uint64_t& random);
/// A text of safe characters for a 32-bit number, as pod-template-hash has.
std::string safe_encoding(uint32_t number);
uint32_t fnv1a(std::string_view bytes);

} // namespace troupe::controllers
