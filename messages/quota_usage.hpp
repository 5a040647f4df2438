// What objects take of a namespace's ResourceQuotas (kubernetes.io/docs/concepts/policy/resource-quotas): the same sums for
// the admission that charges them and for the controller that counts again. Pure.
#pragma once
#include <map>
#include <string>
#include "messages/kind.hpp"
#include "messages/quantity.hpp"

namespace google::protobuf {
class Message;
}
namespace k8s::io::api::core::v1 {
class Pod;
class ResourceQuota;
} // namespace k8s::io::api::core::v1

namespace troupe {

/// Amounts by the names that quotas use: "pods", "requests.cpu", "services.nodeports", "count/deployments.apps".
using quota_amounts = std::map<std::string, quantity>;

/// `object` is the generated class of kind.message.
quota_amounts quota_usage(const kind_row& kind, const google::protobuf::Message& object);
/// Scopes speak of pods; a quota that has any counts nothing else.
bool quota_counts(const k8s::io::api::core::v1::ResourceQuota&, const kind_row& kind, const google::protobuf::Message& object);
/// Neither requests nor limits of cpu and memory.
bool is_best_effort(const k8s::io::api::core::v1::Pod&);

} // namespace troupe
