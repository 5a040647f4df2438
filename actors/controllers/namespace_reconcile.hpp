// The controllers of namespaces: what must be in each (a default ServiceAccount, the cluster's root certificate), and
// how one ends: its content is deleted, then its finalizer goes
// (kubernetes.io/docs/tasks/administer-cluster/namespaces). Pure.
#pragma once
#include <string>
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

reconciled namespace_reconcile(const std::string& key, const roots&, const moment&);
controller_spec namespace_controller();

reconciled service_account_reconcile(const std::string& key, const roots&);
controller_spec service_account_controller();

/// `root_certificate`: PEM, published as ca.crt in the ConfigMap kube-root-ca.crt of every namespace.
reconciled root_certificate_reconcile(const std::string& key, const roots&, const std::string& root_certificate);
controller_spec root_certificate_controller(std::string root_certificate);

constexpr int64_t namespace_look_again_ms = 100; // while content remains

} // namespace troupe::controllers
