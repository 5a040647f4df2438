// What a node may do because of the pods that are bound to it (Kubernetes documentation, "Using Node Authorization"). It
// only adds to RBAC: what it does not allow, a role may. Thin: the relationships of secrets, config maps, volume claims and
// service accounts are found by looking through the pods of their namespace.
#pragma once
#include <string>
#include "actors/gateway/filters/access.hpp"

namespace troupe::gateway {

/// The node's name where the user is one (system:node:NAME in group system:nodes); else "".
std::string node_of(const user_info&);
access_answer authorize_node(const std::string& node, const access_question&, const roots&);

} // namespace troupe::gateway
