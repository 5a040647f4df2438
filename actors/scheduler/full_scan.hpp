// The reference: everything counted afresh for each pod, node by node, as the plugins' documentation says. It decides
// where a class has no plan, gives the reasons of a refusal, and is what plans are tested against. Pure.
#pragma once
#include <map>
#include <string>
#include <vector>
#include "actors/scheduler/snapshot.hpp"

namespace troupe::scheduling {

/// Scores of all nodes, -1 where the pod may not go.
void scan_scores(const snapshot&, uint32_t class_id, std::vector<int>& scores);
decision scan(const snapshot&, uint32_t class_id, uint64_t random);

/// How many nodes refuse the pod for which reason, in upstream's words ("Insufficient cpu" -> 2).
std::map<std::string, int> refusals(const snapshot&, uint32_t class_id);

} // namespace troupe::scheduling
