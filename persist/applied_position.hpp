// How far a state has come: the raft entry it includes, and the revision which that reached.
#pragma once
#include <cstdint>

namespace troupe {

struct applied_position {
  uint64_t index = 0, term = 0;  // of the last raft entry that is in it; 0: none
  uint64_t revision = 0;         // of the last change that is in it
};

}  // namespace troupe
