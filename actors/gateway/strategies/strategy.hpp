// What is particular to a kind: defaults, what a client may set, validation, what an update may change, allocation,
// printing. Everything else (metadata rules, preconditions, finalizers, encodings) is done once, in the chain, for all
// kinds. A strategy is a pure, stateless singleton; `object` arguments are the generated class of kind().message, so an
// implementation casts: `auto& pod = static_cast<k8s::io::api::core::v1::Pod&>(object)`.
//
// Order of a create:  default_object (once after decoding), admit, prepare_for_create, validate_metadata,
//                     validate_create, begin_create (allocation, on what is valid), canonicalize, warn.
// Order of an update: default_object of the body (or the patched object), admit, prepare_for_update,
//                     validate_metadata_update, validate_update, begin_update, canonicalize, warn.
// Where the addressed row is not the storage row (autoscaling/v1), default_object is asked of the addressed row's
// strategy and its message; then convert(), and all else is asked of the storage row's.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
#include "messages/call.hpp"
#include "messages/kind.hpp"
#include "messages/result.hpp"
#include "messages/roots.hpp"
#include "messages/txn.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::gateway {

using google::protobuf::Message;

/// The call's own random stream (splitmix64), so that the same call gives the same names and uids.
class random_stream {
public:
  explicit random_stream(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t value = (state_ += 0x9e3779b97f4a7c15u);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
  }
  /// Below `bound` (> 0).
  uint64_t below(uint64_t bound) { return next() % bound; }

private:
  uint64_t state_;
};

/// Addresses that Services are given. From the gateway's options.
struct address_ranges {
  std::string service_cidr = "10.96.0.0/12";  // the first address is the service `kubernetes`
  uint16_t node_port_first = 30000, node_port_last = 32767;
};

/// What a strategy may know and say beside the object. Lives for one run of a verb.
struct verb_context {
  const roots& state;    // published state: for defaults and checks that look at other objects
  const kind_row& kind;  // the row that was addressed (its group and version are the request's)
  const user_info& user;
  const address_ranges& addresses;
  std::string_view space, name;  // namespace and name of the object; name as it will be
  std::string_view subresource;  // "", "status", "scale", "ephemeralcontainers", "resize", "approval", "finalize", ...
  int64_t wall_ns;
  bool dry_run;
  random_stream& random;
  std::vector<operation>& also;  // further operations for the same transaction (an IPAddress put with absent_revision)
  std::vector<std::string>& warnings;  // each becomes a Warning header
};

/// One cell of a Table row; its JSON type follows the alternative.
using cell = std::variant<std::nullptr_t, bool, int64_t, double, std::string>;

struct row_condition {
  std::string type, status, reason, message;
};
struct table_row {
  std::vector<cell> cells;                // as many as kind.columns
  std::vector<row_condition> conditions;  // a finished pod's {Completed, True, Succeeded, ...}
};

struct scale_view {
  int32_t replicas = 0, status_replicas = 0;
  std::string selector;  // as text, e.g. "app=web"
};

class strategy {
public:
  virtual ~strategy() = default;

  // ---- create and update
  /// What is wrong with a name (with `prefix`: with a generateName), in upstream's words; empty: nothing. Default: a
  /// DNS subdomain.
  virtual std::vector<std::string> name_problems(std::string_view name, bool prefix) const;
  /// The version's defaults (upstream's SetDefaults_*). Idempotent; also for templates inside.
  virtual void default_object(Message&) const {}
  /// What the admission plugins do that are on by default and belong to this kind (service account, priority,
  /// tolerations, limit ranges, runtime class, storage protection, node taints). Fails with their own 403. `before` is
  /// null on create.
  virtual result<nothing> admit(verb_context&, Message& /*object*/, const Message* /*before*/) const {
    return nothing{};
  }
  /// After validation: allocation of addresses, lookups that may fail with their own status. May append to
  /// context.also.
  virtual result<nothing> begin_create(verb_context&, Message&) const { return nothing{}; }
  virtual result<nothing> begin_update(verb_context&, Message& /*object*/, const Message& /*before*/) const {
    return nothing{};
  }
  /// Clears what a client may not set (status, ...) and sets what follows from the rest. metadata.generation is 1 where
  /// kind.has_generation; done by the chain.
  virtual void prepare_for_create(verb_context&, Message&) const {}
  /// With context.subresource == "" keeps the old status, with "status" keeps the old spec, and so on. The chain raises
  /// metadata.generation where has_generation and anything but metadata and status differs. The default does what
  /// nearly every kind does: "": status is the old one; "status": everything but status (and managedFields) is the old
  /// one.
  virtual void prepare_for_update(verb_context&, Message& object, const Message& before) const;
  virtual void validate_create(verb_context&, const Message&, std::vector<status_cause>&) const {}
  virtual void validate_update(verb_context&, const Message& /*object*/, const Message& /*before*/,
                               std::vector<status_cause>&) const {}
  virtual void canonicalize(Message&) const {}
  /// Warnings as upstream gives them (deprecated fields, duplicate names), and for what nothing enforces yet.
  virtual void warn(verb_context&, const Message& /*object*/, const Message* /*before*/) const {}

  // ---- delete
  /// Seconds until an object may go, with what the client asked (nullopt: nothing). nullopt: this kind has no graceful
  /// deletion. 0: at once. Pods: the asked, else spec's; 0 when not scheduled or finished.
  virtual std::optional<int64_t> grace_seconds(const verb_context&, const Message&,
                                               std::optional<int64_t> /*asked*/) const {
    return std::nullopt;
  }
  /// True: stays after deletionTimestamp is set although metadata.finalizers is empty (Namespace: spec.finalizers).
  virtual bool held(const Message&) const { return false; }
  /// deletionTimestamp was just set (Namespace: status.phase = Terminating).
  virtual void mark_deleting(verb_context&, Message&) const {}
  /// The object leaves the store in this transaction: give back what begin_create took, by context.also.
  virtual void released(verb_context&, const Message&) const {}
  /// Propagation where DeleteOptions say nothing. True only for Job batch/v1.
  virtual bool orphans_by_default() const { return false; }

  // ---- reading
  /// Field selector labels beside metadata.name (and metadata.namespace for namespaced kinds).
  virtual std::span<const std::string_view> field_labels() const { return {}; }
  /// Value of one of field_labels(). On the hot path of lists and watches: read the bytes, not the message, where
  /// possible.
  virtual std::string field_value(const object&, std::string_view /*label*/) const { return {}; }
  /// 400's message for a label that is neither. Default: `"X" is not a known field selector: only ...`.
  virtual std::string unknown_field_label(std::string_view label) const;
  /// Fills row.cells (kind.columns.size() of them). `wall_ns`: now, for ages. The default prints name and age.
  virtual void print(const object&, int64_t wall_ns, table_row&) const;

  // ---- scale (kinds with that subresource)
  virtual scale_view scale_of(const Message&) const { return {}; }
  virtual void set_replicas(Message&, int32_t) const {}
};

/// Never null: kinds without particular rules have the default strategy.
const strategy& strategy_of(const kind_row&);

/// metadata of a new object, as it will be stored (name already made, generateName still there). meta_check.cpp.
void validate_metadata(const kind_row&, const Message& object, std::vector<status_cause>&);
void validate_metadata_update(const kind_row&, const Message& object, const Message& before,
                              std::vector<status_cause>&);

/// The last admission of a create or update (quota.cpp): charges the namespace's ResourceQuotas in the same transaction, by
/// context.also. 403 where one would be exceeded. `kind` is the storage row; a quota without status.hard counts nothing.
result<nothing> charge_quotas(verb_context&, const kind_row& kind, const Message& object, const Message* before);

/// The object as another version of the same kind (rows that share storage). Null: `to` is of the same message already.
std::unique_ptr<Message> convert(const Message& from, const kind_row& to);

// Subresources of pods that are posted to; pod_subresources.cpp. `binding` is core/v1 Binding, `eviction` policy/v1
// Eviction, `pod` a copy of the stored pod.
/// Sets nodeName and the PodScheduled condition. 409 or 500 as upstream where it is bound already or going.
result<nothing> bind_pod(verb_context&, Message& pod, const Message& binding);
struct eviction_plan {
  bool no_budget = false;  // the pod is finished or no budget selects it: just delete it
};
/// Whether disruption budgets allow to delete `pod` now; then adds to context.also the update of the budget's status.
/// 429 with a DisruptionBudget cause where they do not, 500 where two select it.
result<eviction_plan> plan_eviction(verb_context&, const Message& pod, const Message& eviction);

/// "5m", "3d4h", as kubectl prints ages (apimachinery/pkg/util/duration HumanDuration). "<unknown>" for 0.
std::string age_text(int64_t from_seconds, int64_t wall_ns);

}  // namespace troupe::gateway
