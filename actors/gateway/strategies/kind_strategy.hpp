// What the strategies share: the table in which each group's file enters its kinds, and bases for the common shapes.
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "actors/gateway/strategies/field_error.hpp"
#include "actors/gateway/strategies/strategy.hpp"

namespace google::protobuf {
class Descriptor;
}

namespace troupe::gateway {

/// Strategies by full protobuf name ("k8s.io.api.apps.v1.Deployment"), so that versions of a kind may differ.
using strategy_table = std::map<std::string_view, const strategy*>;

void add_core_strategies(strategy_table&);
void add_namespace_strategies(strategy_table&);
void add_pod_strategies(strategy_table&);
void add_service_strategies(strategy_table&);
void add_endpoint_strategies(strategy_table&);
void add_node_strategies(strategy_table&);
void add_volume_strategies(strategy_table&);
void add_apps_strategies(strategy_table&);
void add_set_strategies(strategy_table&);
void add_batch_strategies(strategy_table&);
void add_autoscaling_strategies(strategy_table&);
void add_policy_strategies(strategy_table&);
void add_networking_strategies(strategy_table&);
void add_rbac_strategies(strategy_table&);
void add_storage_strategies(strategy_table&);
void add_admission_strategies(strategy_table&);
void add_resource_strategies(strategy_table&);
void add_extension_strategies(strategy_table&);
void add_flow_strategies(strategy_table&);
void add_event_strategies(strategy_table&);
void add_own_strategies(strategy_table&);

/// Labels that field selectors may use, each with the place of its value; values are read from an object's bytes.
class field_labels_of {
public:
  struct place {
    std::string_view label, path;  // "spec.nodeName", and where it is if not there
  };
  field_labels_of(std::string_view message, std::initializer_list<place> places);
  std::span<const std::string_view> labels() const { return labels_; }
  std::string value(const object&, std::string_view label) const;

private:
  struct route {
    std::vector<int> numbers;  // field numbers from the object down
    char type;                 // 's'tring, 'b'ool, 'i'nteger
  };
  std::vector<std::string_view> labels_;
  std::vector<route> routes_;
};

/// The base of nearly all: `Object` is the generated class, so an implementation never casts. A kind overrides the
/// typed functions it has something to say in.
template <class Object>
class kind_strategy : public strategy {
public:
  virtual void defaults(Object&) const {}
  virtual void prepare_create(verb_context&, Object&) const {}
  virtual void prepare_update(verb_context& context, Object& object, const Object& before) const {
    strategy::prepare_for_update(context, object, before);
  }
  virtual void check(verb_context&, const Object&, causes&) const {}
  /// Also runs `check` unless a kind says otherwise.
  virtual void check_update(verb_context& context, const Object& object, const Object&, causes& found) const {
    check(context, object, found);
  }
  virtual result<nothing> admit_object(verb_context&, Object&, const Object* /*before*/) const { return nothing{}; }
  virtual void warn_about(verb_context&, const Object&, const Object* /*before*/) const {}

  void default_object(Message& object) const final { defaults(as(object)); }
  void prepare_for_create(verb_context& context, Message& object) const final { prepare_create(context, as(object)); }
  void prepare_for_update(verb_context& context, Message& object, const Message& before) const final {
    prepare_update(context, as(object), as(before));
  }
  void validate_create(verb_context& context, const Message& object, causes& found) const final {
    check(context, as(object), found);
  }
  void validate_update(verb_context& context, const Message& object, const Message& before, causes& found) const final {
    check_update(context, as(object), as(before), found);
  }
  result<nothing> admit(verb_context& context, Message& object, const Message* before) const final {
    return admit_object(context, as(object), static_cast<const Object*>(before));
  }
  void warn(verb_context& context, const Message& object, const Message* before) const final {
    warn_about(context, as(object), static_cast<const Object*>(before));
  }

protected:
  static Object& as(Message& message) { return static_cast<Object&>(message); }
  static const Object& as(const Message& message) { return static_cast<const Object&>(message); }
};

/// Takes the named top-level fields ("status") from `before`, whether set there or not.
void keep_fields(Message& object, const Message& before, std::initializer_list<std::string_view> names);
/// Keeps everything but the named fields.
void keep_all_but(Message& object, const Message& before, std::initializer_list<std::string_view> names);
/// Whether two messages say the same: zero values and unset non-pointer fields are equal (upstream's form sets them).
bool same(const Message&, const Message&);

/// Enters one kind; the strategy lives as long as the program.
template <class Strategy>
void enter(strategy_table& table, std::string_view message) {
  static const Strategy made;
  table[message] = &made;
}

}  // namespace troupe::gateway
