// Atoms shared by the actor interfaces, and nothing else. CAF 0.17 packs an atom into 64 bits: ten characters at most.
#pragma once
#include <caf/atom.hpp>

namespace troupe {

using tick_atom = caf::atom_constant<caf::atom("tick")>;   // INTERNAL: an actor's own timer
using stop_atom = caf::atom_constant<caf::atom("stop")>;   // supervision: end in order, release what you hold
using ready_atom = caf::atom_constant<caf::atom("ready")>; // supervision: the child has rebuilt its state and serves
using kill_atom = caf::atom_constant<caf::atom("kill")>;   // to a supervisor: kill the children, then yourself

} // namespace troupe
