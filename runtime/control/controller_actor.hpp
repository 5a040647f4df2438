// The generic controller: informers feed keys into a work queue, reconcile() says what to do, env.api does it.
#pragma once
#include <functional>
#include "messages/actors/control.hpp"
#include "runtime/control/reconcile.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// A controller as a child, named after its spec; `make` is called for every incarnation.
child_spec controller_child(std::string name, std::function<controller_spec()> make);

} // namespace troupe
