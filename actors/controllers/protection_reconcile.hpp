// Storage objects in use protection (kubernetes.io/docs/concepts/storage/persistent-volumes): a claim that a pod uses, a
// bound volume, and a class that a claim or volume names stay until they are used no more; then their finalizer goes. Pure.
#pragma once
#include <string>
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

/// The finalizer of a deleting object that is not in use is taken away. `key` names an object of `kind`: one of
/// persistentvolumeclaims, persistentvolumes, volumeattributesclasses.
reconciled protection_reconcile(const kind_row& kind, const std::string& key, const roots&);

controller_spec claim_protection_controller();
controller_spec volume_protection_controller();
controller_spec attributes_class_protection_controller();

} // namespace troupe::controllers
