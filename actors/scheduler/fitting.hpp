// Whether a pod may go to a node, and how well it would sit there, by that node alone: shared by the full scan and by the
// plans. Filters and scores are those of upstream's default profile (kubernetes.io/docs/reference/scheduling/config).
#pragma once
#include "actors/scheduler/snapshot.hpp"

namespace troupe::scheduling {

bool matches(const snapshot&, const pod_selector&, const labels&);
bool matches(const pod_term&, const snapshot&, const pod_class&);
bool required_node_affinity(const snapshot&, const pod_class&, const node_facts&);
int64_t preferred_node_affinity(const snapshot&, const pod_class&, const node_facts&);
bool tolerated(const pod_class&, const taint&);
/// The first taint that keeps the pod away; null: none.
const taint* untolerated_no_schedule(const pod_class&, const node_facts&);
int64_t untolerated_prefer(const pod_class&, const node_facts&);

bool names_another_node(const pod_class&, const node_facts&);
bool is_closed(const snapshot&, const pod_class&, const node_facts&); // unschedulable, and that is not tolerated
bool static_fit(const snapshot&, const pod_class&, const node_facts&); // name, unschedulable, taints, affinity
bool ports_free(const snapshot&, const pod_class&, uint32_t node);
bool fits(const snapshot&, const pod_class&, uint32_t node); // resources, number of pods, ports
/// What is missing on the node, as upstream words it: "Insufficient cpu", "Too many pods".
std::vector<std::string> missing(const snapshot&, const pod_class&, uint32_t node);

int local_score(const snapshot&, const pod_class&, uint32_t node); // least allocated + balanced + images, 0..300
int64_t balance_score(int64_t cpu, int64_t cpu_all, int64_t memory, int64_t memory_all);

} // namespace troupe::scheduling
