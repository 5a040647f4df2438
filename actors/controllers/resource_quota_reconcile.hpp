// ResourceQuotas: status.hard follows spec.hard, and status.used is counted again whenever something in the namespace goes
// or changes. What is made is charged by admission in the same transaction, so this only has to be right in the end. Pure.
#pragma once
#include <string>
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

/// `key` names a ResourceQuota.
reconciled resource_quota_reconcile(const std::string& key, const roots&);
controller_spec resource_quota_controller();

} // namespace troupe::controllers
