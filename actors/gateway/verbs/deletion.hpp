// What becomes of an object that is deleted (apiserver/pkg/registry: BeforeDelete, finalizers, propagation). Pure.
#pragma once
#include <memory>
#include <string>
#include "actors/gateway/verbs/delete_options.hpp"
#include "actors/gateway/verbs/writing.hpp"

namespace troupe::gateway {

struct deletion {
  enum class outcome : uint8_t { unchanged, marked, removed } what = outcome::unchanged;
  message_ptr object;      // as it is now, deletion times set where the kind has them
  std::string bytes;       // marked: to store
};

/// Preconditions (409), then: removed at once, marked with a deletionTimestamp, or nothing new.
result<deletion> plan_deletion(const exchange&, write_context&, const object_ptr& stored, const delete_options&);
/// Appends the operations of a planned deletion to the transaction, and what the kind gives back.
void add_deletion(const exchange&, write_context&, const object_ptr& stored, const deletion&, txn&);
/// What may never be deleted: system namespaces, system priority classes. 403.
result<nothing> check_deletable(const exchange&, const object_ptr& stored);

} // namespace troupe::gateway
