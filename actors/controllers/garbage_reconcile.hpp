// The garbage collector: an object whose owners are all gone goes too, in the foreground or the background; or it is
// orphaned (kubernetes.io/docs/concepts/architecture/garbage-collection). Reads are of the store's own state, so an
// owner that is not there is really gone and nothing needs to be asked twice. Pure.
#pragma once
#include <map>
#include <set>
#include <string>
#include "messages/event.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

/// Who depends on whom, by owner uid. Keys are those of reconcile: "RESOURCE.GROUP NAMESPACE/NAME".
class dependents_index {
public:
  void apply(const event&);
  const std::set<std::string>* of(std::string_view owner_uid) const; // null: none

private:
  std::map<std::string, std::vector<std::string>> owners_;  // key -> uids of its owners
  std::map<std::string, std::set<std::string>> dependents_; // owner uid -> keys
};

std::string garbage_key(const object&);
reconciled garbage_reconcile(const std::string& key, const roots&, const dependents_index&);
controller_spec garbage_controller();

} // namespace troupe::controllers
