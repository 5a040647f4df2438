// Written by messages/generate/generate.py from messages/facts/. Do not edit. Long because it is a table.
#include "messages/kind_rows.hpp"

namespace troupe {
namespace {

constexpr std::string_view words_0[] = {"create"};
constexpr column columns_1[] = {
    {"Name", "string", "name", 0},
    {"Status", "string", "", 0},
    {"Message", "string", "", 0},
    {"Error", "string", "", 0},
};
constexpr std::string_view words_1[] = {"cs"};
constexpr std::string_view words_2[] = {"get", "list"};
constexpr column columns_2[] = {
    {"Name", "string", "name", 0},
    {"Data", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_3[] = {"cm"};
constexpr std::string_view words_4[] = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
constexpr column columns_3[] = {
    {"Name", "string", "name", 0},
    {"Endpoints", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_5[] = {"ep"};
constexpr column columns_4[] = {
    {"Last Seen", "string", "", 0},
    {"Type", "string", "", 0},
    {"Reason", "string", "", 0},
    {"Object", "string", "", 0},
    {"Subobject", "string", "", 1},
    {"Source", "string", "", 1},
    {"Message", "string", "", 0},
    {"First Seen", "string", "", 1},
    {"Count", "string", "", 1},
    {"Name", "string", "name", 1},
};
constexpr std::string_view words_6[] = {"ev"};
constexpr column columns_5[] = {
    {"Name", "string", "name", 0},
    {"Created At", "date", "", 0},
};
constexpr std::string_view words_7[] = {"limits"};
constexpr std::string_view words_8[] = {"update"};
constexpr std::string_view words_9[] = {"get", "patch", "update"};
constexpr subresource subresources_6[] = {
    {"finalize", "", "v1", "Namespace", words_8},
    {"status", "", "v1", "Namespace", words_9},
};
constexpr column columns_6[] = {
    {"Name", "string", "name", 0},
    {"Status", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_10[] = {"ns"};
constexpr std::string_view words_11[] = {"create", "delete", "get", "list", "patch", "update", "watch"};
constexpr std::string_view words_12[] = {"create", "delete", "get", "patch", "update"};
constexpr subresource subresources_7[] = {
    {"proxy", "", "v1", "NodeProxyOptions", words_12},
    {"status", "", "v1", "Node", words_9},
};
constexpr column columns_7[] = {
    {"Name", "string", "name", 0},
    {"Status", "string", "", 0},
    {"Roles", "string", "", 0},
    {"Age", "string", "", 0},
    {"Version", "string", "", 0},
    {"Internal-IP", "string", "", 1},
    {"External-IP", "string", "", 1},
    {"OS-Image", "string", "", 1},
    {"Kernel-Version", "string", "", 1},
    {"Container-Runtime", "string", "", 1},
};
constexpr std::string_view words_13[] = {"no"};
constexpr subresource subresources_8[] = {
    {"status", "", "v1", "PersistentVolumeClaim", words_9},
};
constexpr column columns_8[] = {
    {"Name", "string", "name", 0},
    {"Status", "string", "", 0},
    {"Volume", "string", "", 0},
    {"Capacity", "string", "", 0},
    {"Access Modes", "string", "", 0},
    {"StorageClass", "string", "", 0},
    {"VolumeAttributesClass", "string", "", 0},
    {"Age", "string", "", 0},
    {"VolumeMode", "string", "", 1},
};
constexpr std::string_view words_14[] = {"pvc"};
constexpr subresource subresources_9[] = {
    {"status", "", "v1", "PersistentVolume", words_9},
};
constexpr column columns_9[] = {
    {"Name", "string", "name", 0},
    {"Capacity", "string", "", 0},
    {"Access Modes", "string", "", 0},
    {"Reclaim Policy", "string", "", 0},
    {"Status", "string", "", 0},
    {"Claim", "string", "", 0},
    {"StorageClass", "string", "", 0},
    {"VolumeAttributesClass", "string", "", 0},
    {"Reason", "string", "", 0},
    {"Age", "string", "", 0},
    {"VolumeMode", "string", "", 1},
};
constexpr std::string_view words_15[] = {"pv"};
constexpr std::string_view words_16[] = {"create", "get"};
constexpr std::string_view words_17[] = {"get"};
constexpr subresource subresources_10[] = {
    {"attach", "", "v1", "PodAttachOptions", words_16},
    {"binding", "", "v1", "Binding", words_0},
    {"ephemeralcontainers", "", "v1", "Pod", words_9},
    {"eviction", "policy", "v1", "Eviction", words_0},
    {"exec", "", "v1", "PodExecOptions", words_16},
    {"log", "", "v1", "Pod", words_17},
    {"portforward", "", "v1", "PodPortForwardOptions", words_16},
    {"proxy", "", "v1", "PodProxyOptions", words_12},
    {"resize", "", "v1", "Pod", words_9},
    {"status", "", "v1", "Pod", words_9},
};
constexpr column columns_10[] = {
    {"Name", "string", "name", 0},
    {"Ready", "string", "", 0},
    {"Status", "string", "", 0},
    {"Restarts", "string", "", 0},
    {"Age", "string", "", 0},
    {"IP", "string", "", 1},
    {"Node", "string", "", 1},
    {"Nominated Node", "string", "", 1},
    {"Readiness Gates", "string", "", 1},
};
constexpr std::string_view words_18[] = {"po"};
constexpr std::string_view words_19[] = {"all"};
constexpr column columns_11[] = {
    {"Name", "string", "name", 0},
    {"Containers", "string", "", 0},
    {"Images", "string", "", 0},
    {"Pod Labels", "string", "", 0},
};
constexpr subresource subresources_12[] = {
    {"scale", "autoscaling", "v1", "Scale", words_9},
    {"status", "", "v1", "ReplicationController", words_9},
};
constexpr column columns_12[] = {
    {"Name", "string", "name", 0},
    {"Desired", "integer", "", 0},
    {"Current", "integer", "", 0},
    {"Ready", "integer", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
    {"Selector", "string", "", 1},
};
constexpr std::string_view words_20[] = {"rc"};
constexpr subresource subresources_13[] = {
    {"status", "", "v1", "ResourceQuota", words_9},
};
constexpr column columns_13[] = {
    {"Name", "string", "name", 0},
    {"Request", "string", "", 0},
    {"Limit", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_21[] = {"quota"};
constexpr column columns_14[] = {
    {"Name", "string", "name", 0},
    {"Type", "string", "", 0},
    {"Data", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_15[] = {
    {"token", "authentication.k8s.io", "v1", "TokenRequest", words_0},
};
constexpr column columns_15[] = {
    {"Name", "string", "name", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_22[] = {"sa"};
constexpr subresource subresources_16[] = {
    {"proxy", "", "v1", "ServiceProxyOptions", words_12},
    {"status", "", "v1", "Service", words_9},
};
constexpr column columns_16[] = {
    {"Name", "string", "name", 0},
    {"Type", "string", "", 0},
    {"Cluster-IP", "string", "", 0},
    {"External-IP", "string", "", 0},
    {"Port(s)", "string", "", 0},
    {"Age", "string", "", 0},
    {"Selector", "string", "", 1},
};
constexpr std::string_view words_23[] = {"svc"};
constexpr subresource subresources_17[] = {
    {"status", "apiregistration.k8s.io", "v1", "APIService", words_9},
};
constexpr column columns_17[] = {
    {"Name", "string", "name", 0},
    {"Service", "string", "", 0},
    {"Available", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_24[] = {"api-extensions"};
constexpr column columns_18[] = {
    {"Name", "string", "name", 0},
    {"Controller", "string", "", 0},
    {"Revision", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_19[] = {
    {"status", "apps", "v1", "DaemonSet", words_9},
};
constexpr column columns_19[] = {
    {"Name", "string", "name", 0},
    {"Desired", "integer", "", 0},
    {"Current", "integer", "", 0},
    {"Ready", "integer", "", 0},
    {"Up-to-date", "integer", "", 0},
    {"Available", "integer", "", 0},
    {"Node Selector", "string", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
    {"Selector", "string", "", 1},
};
constexpr std::string_view words_25[] = {"ds"};
constexpr subresource subresources_20[] = {
    {"scale", "autoscaling", "v1", "Scale", words_9},
    {"status", "apps", "v1", "Deployment", words_9},
};
constexpr column columns_20[] = {
    {"Name", "string", "name", 0},
    {"Ready", "string", "", 0},
    {"Up-to-date", "string", "", 0},
    {"Available", "string", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
    {"Selector", "string", "", 1},
};
constexpr std::string_view words_26[] = {"deploy"};
constexpr subresource subresources_21[] = {
    {"scale", "autoscaling", "v1", "Scale", words_9},
    {"status", "apps", "v1", "ReplicaSet", words_9},
};
constexpr column columns_21[] = {
    {"Name", "string", "name", 0},
    {"Desired", "integer", "", 0},
    {"Current", "integer", "", 0},
    {"Ready", "integer", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
    {"Selector", "string", "", 1},
};
constexpr std::string_view words_27[] = {"rs"};
constexpr subresource subresources_22[] = {
    {"scale", "autoscaling", "v1", "Scale", words_9},
    {"status", "apps", "v1", "StatefulSet", words_9},
};
constexpr column columns_22[] = {
    {"Name", "string", "name", 0},
    {"Ready", "string", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
};
constexpr std::string_view words_28[] = {"sts"};
constexpr column columns_23[] = {
    {"Last Seen", "string", "", 0},
    {"Type", "string", "", 0},
    {"Reason", "string", "", 0},
    {"Object", "string", "", 0},
    {"Subobject", "string", "", 1},
    {"Source", "string", "", 1},
    {"Message", "string", "", 0},
    {"First Seen", "string", "", 1},
    {"Count", "string", "", 1},
    {"Name", "string", "name", 1},
};
constexpr subresource subresources_30[] = {
    {"status", "autoscaling", "v2", "HorizontalPodAutoscaler", words_9},
};
constexpr column columns_30[] = {
    {"Name", "string", "name", 0},
    {"Reference", "string", "", 0},
    {"Targets", "string", "", 0},
    {"MinPods", "string", "", 0},
    {"MaxPods", "string", "", 0},
    {"Replicas", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_29[] = {"hpa"};
constexpr subresource subresources_31[] = {
    {"status", "autoscaling", "v1", "HorizontalPodAutoscaler", words_9},
};
constexpr column columns_31[] = {
    {"Name", "string", "name", 0},
    {"Reference", "string", "", 0},
    {"Targets", "string", "", 0},
    {"MinPods", "string", "", 0},
    {"MaxPods", "string", "", 0},
    {"Replicas", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_32[] = {
    {"status", "batch", "v1", "CronJob", words_9},
};
constexpr column columns_32[] = {
    {"Name", "string", "name", 0},
    {"Schedule", "string", "", 0},
    {"Timezone", "string", "", 0},
    {"Suspend", "boolean", "", 0},
    {"Active", "integer", "", 0},
    {"Last Schedule", "string", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
    {"Selector", "string", "", 1},
};
constexpr std::string_view words_30[] = {"cj"};
constexpr subresource subresources_33[] = {
    {"status", "batch", "v1", "Job", words_9},
};
constexpr column columns_33[] = {
    {"Name", "string", "name", 0},
    {"Status", "string", "", 0},
    {"Completions", "string", "", 0},
    {"Duration", "string", "", 0},
    {"Age", "string", "", 0},
    {"Containers", "string", "", 1},
    {"Images", "string", "", 1},
    {"Selector", "string", "", 1},
};
constexpr subresource subresources_34[] = {
    {"approval", "certificates.k8s.io", "v1", "CertificateSigningRequest", words_9},
    {"status", "certificates.k8s.io", "v1", "CertificateSigningRequest", words_9},
};
constexpr column columns_34[] = {
    {"Name", "string", "name", 0},
    {"Age", "string", "", 0},
    {"SignerName", "string", "", 0},
    {"Requestor", "string", "", 0},
    {"RequestedDuration", "string", "", 0},
    {"Condition", "string", "", 0},
};
constexpr std::string_view words_31[] = {"csr"};
constexpr column columns_35[] = {
    {"Name", "string", "name", 0},
    {"SignerName", "string", "", 0},
};
constexpr subresource subresources_36[] = {
    {"status", "certificates.k8s.io", "v1", "PodCertificateRequest", words_9},
};
constexpr column columns_36[] = {
    {"Name", "string", "name", 0},
    {"PodName", "string", "", 0},
    {"ServiceAccountName", "string", "", 0},
    {"NodeName", "string", "", 0},
    {"SignerName", "string", "", 0},
    {"State", "string", "", 0},
    {"UnverifiedUserAnnotations", "string", "", 0},
};
constexpr column columns_37[] = {
    {"Name", "string", "name", 0},
    {"Controller", "string", "", 0},
    {"Parameters", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_38[] = {
    {"status", "networking.k8s.io", "v1", "Ingress", words_9},
};
constexpr column columns_38[] = {
    {"Name", "string", "name", 0},
    {"Class", "string", "", 0},
    {"Hosts", "string", "", 0},
    {"Address", "string", "", 0},
    {"Ports", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_32[] = {"ing"};
constexpr column columns_39[] = {
    {"Name", "string", "name", 0},
    {"ParentRef", "string", "", 0},
};
constexpr std::string_view words_33[] = {"ip"};
constexpr column columns_40[] = {
    {"Name", "string", "name", 0},
    {"Pod-Selector", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_34[] = {"netpol"};
constexpr subresource subresources_41[] = {
    {"status", "networking.k8s.io", "v1", "ServiceCIDR", words_9},
};
constexpr column columns_41[] = {
    {"Name", "string", "name", 0},
    {"CIDRs", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_42[] = {
    {"status", "policy", "v1", "PodDisruptionBudget", words_9},
};
constexpr column columns_42[] = {
    {"Name", "string", "name", 0},
    {"Min Available", "string", "", 0},
    {"Max Unavailable", "string", "", 0},
    {"Allowed Disruptions", "integer", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_35[] = {"pdb"};
constexpr column columns_43[] = {
    {"Name", "string", "name", 0},
    {"Role", "string", "", 0},
    {"Age", "string", "", 0},
    {"Users", "string", "", 1},
    {"Groups", "string", "", 1},
    {"ServiceAccounts", "string", "", 1},
};
constexpr column columns_44[] = {
    {"Name", "string", "name", 0},
    {"Created At", "date", "", 0},
};
constexpr column columns_45[] = {
    {"Name", "string", "name", 0},
    {"Role", "string", "", 0},
    {"Age", "string", "", 0},
    {"Users", "string", "", 1},
    {"Groups", "string", "", 1},
    {"ServiceAccounts", "string", "", 1},
};
constexpr column columns_46[] = {
    {"Name", "string", "name", 0},
    {"Created At", "date", "", 0},
};
constexpr column columns_47[] = {
    {"Name", "string", "name", 0},
    {"AttachRequired", "boolean", "", 0},
    {"PodInfoOnMount", "boolean", "", 0},
    {"StorageCapacity", "boolean", "", 0},
    {"TokenRequests", "string", "", 0},
    {"RequiresRepublish", "boolean", "", 0},
    {"Modes", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_48[] = {
    {"status", "storage.k8s.io", "v1", "CSINode", words_9},
};
constexpr column columns_48[] = {
    {"Name", "string", "name", 0},
    {"Drivers", "integer", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_49[] = {
    {"Name", "string", "name", 0},
    {"Created At", "date", "", 0},
};
constexpr column columns_50[] = {
    {"Name", "string", "name", 0},
    {"Provisioner", "string", "", 0},
    {"ReclaimPolicy", "string", "", 0},
    {"VolumeBindingMode", "string", "", 0},
    {"AllowVolumeExpansion", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_36[] = {"sc"};
constexpr subresource subresources_51[] = {
    {"status", "storage.k8s.io", "v1", "VolumeAttachment", words_9},
};
constexpr column columns_51[] = {
    {"Name", "string", "name", 0},
    {"Attacher", "string", "name", 0},
    {"PV", "string", "", 0},
    {"Node", "string", "", 0},
    {"Attached", "boolean", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_52[] = {
    {"Name", "string", "name", 0},
    {"DriverName", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_37[] = {"vac"};
constexpr column columns_53[] = {
    {"Name", "string", "name", 0},
    {"Mutations", "integer", "", 0},
    {"ParamKind", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_54[] = {
    {"Name", "string", "name", 0},
    {"PolicyName", "string", "", 0},
    {"ParamRef", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_55[] = {
    {"Name", "string", "name", 0},
    {"Webhooks", "integer", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_56[] = {
    {"status", "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", words_9},
};
constexpr column columns_56[] = {
    {"Name", "string", "name", 0},
    {"Validations", "integer", "", 0},
    {"ParamKind", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_57[] = {
    {"Name", "string", "name", 0},
    {"PolicyName", "string", "", 0},
    {"ParamRef", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_58[] = {
    {"Name", "string", "name", 0},
    {"Webhooks", "integer", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_59[] = {
    {"status", "apiextensions.k8s.io", "v1", "CustomResourceDefinition", words_9},
};
constexpr column columns_59[] = {
    {"Name", "string", "name", 0},
    {"Scope", "string", "", 0},
    {"Versions", "string", "", 0},
    {"Created At", "date", "", 0},
    {"Group", "string", "", 1},
    {"Kind", "string", "", 1},
    {"ShortNames", "string", "", 1},
    {"Established", "boolean", "", 1},
};
constexpr std::string_view words_38[] = {"crd", "crds"};
constexpr column columns_60[] = {
    {"Name", "string", "name", 0},
    {"Value", "integer", "", 0},
    {"Global-Default", "boolean", "", 0},
    {"Age", "string", "", 0},
    {"PreemptionPolicy", "string", "", 0},
};
constexpr std::string_view words_39[] = {"pc"};
constexpr column columns_61[] = {
    {"Name", "string", "name", 0},
    {"Holder", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_62[] = {
    {"Name", "string", "name", 0},
    {"Handler", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_63[] = {
    {"Name", "string", "name", 0},
    {"AddressType", "string", "", 0},
    {"Ports", "string", "", 0},
    {"Endpoints", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_64[] = {
    {"Name", "string", "name", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_65[] = {
    {"status", "resource.k8s.io", "v1", "DeviceTaintRule", words_9},
};
constexpr column columns_65[] = {
    {"Name", "string", "name", 0},
    {"Key", "string", "", 0},
    {"Value", "string", "", 0},
    {"Effect", "string", "", 0},
    {"TimeAdded", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_66[] = {
    {"status", "resource.k8s.io", "v1", "ResourceClaim", words_9},
};
constexpr column columns_66[] = {
    {"Name", "string", "name", 0},
    {"State", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_67[] = {
    {"Name", "string", "name", 0},
    {"Age", "string", "", 0},
};
constexpr column columns_68[] = {
    {"Name", "string", "name", 0},
    {"Node", "string", "", 0},
    {"Driver", "string", "", 0},
    {"Pool", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_69[] = {
    {"status", "flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", words_9},
};
constexpr column columns_69[] = {
    {"Name", "string", "name", 0},
    {"PriorityLevel", "string", "", 0},
    {"MatchingPrecedence", "string", "", 0},
    {"DistinguisherMethod", "string", "", 0},
    {"Age", "string", "", 0},
    {"MissingPL", "string", "", 0},
};
constexpr subresource subresources_70[] = {
    {"status", "flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", words_9},
};
constexpr column columns_70[] = {
    {"Name", "string", "name", 0},
    {"Type", "string", "", 0},
    {"NominalConcurrencyShares", "string", "", 0},
    {"Queues", "string", "", 0},
    {"HandSize", "string", "", 0},
    {"QueueLengthLimit", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr subresource subresources_71[] = {
    {"status", "storagemigration.k8s.io", "v1", "StorageVersionMigration", words_9},
};
constexpr column columns_71[] = {
    {"Name", "string", "", 0},
    {"Resource", "string", "", 0},
    {"Status", "string", "", 0},
};
constexpr column columns_72[] = {
    {"Name", "string", "name", 0},
    {"Kind", "string", "", 0},
    {"State", "string", "", 0},
    {"Restarts", "integer", "", 0},
    {"Mailbox", "integer", "", 0},
    {"Age", "string", "", 0},
    {"Machine", "string", "", 1},
    {"Last failure", "string", "", 1},
};
constexpr std::string_view words_40[] = {"delete", "get", "list", "watch"};
constexpr column columns_73[] = {
    {"Name", "string", "name", 0},
    {"Namespace", "string", "", 0},
    {"Service", "string", "", 0},
    {"Age", "string", "", 0},
};
constexpr std::string_view words_41[] = {"get", "list", "watch"};

constexpr kind_row rows[] = {
    {0, "", "v1", "Binding", "bindings", "binding", true, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.core.v1.Binding", 0},
    {1, "", "v1", "ComponentStatus", "componentstatuses", "componentstatus", false, false,
     words_1, {}, words_2,
     {}, columns_1,
     false, false, false, false, "k8s.io.api.core.v1.ComponentStatus", 1},
    {2, "", "v1", "ConfigMap", "configmaps", "configmap", true, true,
     words_3, {}, words_4,
     {}, columns_2,
     false, true, false, false, "k8s.io.api.core.v1.ConfigMap", 2},
    {3, "", "v1", "Endpoints", "endpoints", "endpoints", true, true,
     words_5, {}, words_4,
     {}, columns_3,
     true, true, false, false, "k8s.io.api.core.v1.Endpoints", 3},
    {4, "", "v1", "Event", "events", "event", true, true,
     words_6, {}, words_4,
     {}, columns_4,
     true, true, false, false, "k8s.io.api.core.v1.Event", 4},
    {5, "", "v1", "LimitRange", "limitranges", "limitrange", true, true,
     words_7, {}, words_4,
     {}, columns_5,
     true, true, false, false, "k8s.io.api.core.v1.LimitRange", 5},
    {6, "", "v1", "Namespace", "namespaces", "namespace", false, true,
     words_10, {}, words_11,
     subresources_6, columns_6,
     false, true, true, false, "k8s.io.api.core.v1.Namespace", 6},
    {7, "", "v1", "Node", "nodes", "node", false, true,
     words_13, {}, words_4,
     subresources_7, columns_7,
     false, true, false, false, "k8s.io.api.core.v1.Node", 7},
    {8, "", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", true, true,
     words_14, {}, words_4,
     subresources_8, columns_8,
     false, true, true, false, "k8s.io.api.core.v1.PersistentVolumeClaim", 8},
    {9, "", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", false, true,
     words_15, {}, words_4,
     subresources_9, columns_9,
     false, true, true, false, "k8s.io.api.core.v1.PersistentVolume", 9},
    {10, "", "v1", "Pod", "pods", "pod", true, true,
     words_18, words_19, words_4,
     subresources_10, columns_10,
     false, true, true, true, "k8s.io.api.core.v1.Pod", 10},
    {11, "", "v1", "PodTemplate", "podtemplates", "podtemplate", true, true,
     {}, {}, words_4,
     {}, columns_11,
     false, true, true, true, "k8s.io.api.core.v1.PodTemplate", 11},
    {12, "", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", true, true,
     words_20, words_19, words_4,
     subresources_12, columns_12,
     false, true, true, true, "k8s.io.api.core.v1.ReplicationController", 12},
    {13, "", "v1", "ResourceQuota", "resourcequotas", "resourcequota", true, true,
     words_21, {}, words_4,
     subresources_13, columns_13,
     false, true, true, false, "k8s.io.api.core.v1.ResourceQuota", 13},
    {14, "", "v1", "Secret", "secrets", "secret", true, true,
     {}, {}, words_4,
     {}, columns_14,
     false, true, false, false, "k8s.io.api.core.v1.Secret", 14},
    {15, "", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", true, true,
     words_22, {}, words_4,
     subresources_15, columns_15,
     false, true, true, false, "k8s.io.api.core.v1.ServiceAccount", 15},
    {16, "", "v1", "Service", "services", "service", true, true,
     words_23, words_19, words_4,
     subresources_16, columns_16,
     true, true, true, false, "k8s.io.api.core.v1.Service", 16},
    {17, "apiregistration.k8s.io", "v1", "APIService", "apiservices", "apiservice", false, true,
     {}, words_24, words_4,
     subresources_17, columns_17,
     false, false, false, false, "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService", 17},
    {18, "apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", true, true,
     {}, {}, words_4,
     {}, columns_18,
     false, true, false, false, "k8s.io.api.apps.v1.ControllerRevision", 18},
    {19, "apps", "v1", "DaemonSet", "daemonsets", "daemonset", true, true,
     words_25, words_19, words_4,
     subresources_19, columns_19,
     false, true, false, true, "k8s.io.api.apps.v1.DaemonSet", 19},
    {20, "apps", "v1", "Deployment", "deployments", "deployment", true, true,
     words_26, words_19, words_4,
     subresources_20, columns_20,
     false, true, false, true, "k8s.io.api.apps.v1.Deployment", 20},
    {21, "apps", "v1", "ReplicaSet", "replicasets", "replicaset", true, true,
     words_27, words_19, words_4,
     subresources_21, columns_21,
     false, true, false, true, "k8s.io.api.apps.v1.ReplicaSet", 21},
    {22, "apps", "v1", "StatefulSet", "statefulsets", "statefulset", true, true,
     words_28, words_19, words_4,
     subresources_22, columns_22,
     false, true, false, true, "k8s.io.api.apps.v1.StatefulSet", 22},
    {23, "events.k8s.io", "v1", "Event", "events", "event", true, true,
     words_6, {}, words_4,
     {}, columns_23,
     true, true, false, false, "k8s.io.api.events.v1.Event", 4},
    {24, "authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview", false, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.authentication.v1.SelfSubjectReview", 24},
    {25, "authentication.k8s.io", "v1", "TokenReview", "tokenreviews", "tokenreview", false, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.authentication.v1.TokenReview", 25},
    {26, "authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", "localsubjectaccessreview", true, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.authorization.v1.LocalSubjectAccessReview", 26},
    {27, "authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", "selfsubjectaccessreview", false, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.authorization.v1.SelfSubjectAccessReview", 27},
    {28, "authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", "selfsubjectrulesreview", false, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.authorization.v1.SelfSubjectRulesReview", 28},
    {29, "authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", "subjectaccessreview", false, false,
     {}, {}, words_0,
     {}, {},
     false, false, false, false, "k8s.io.api.authorization.v1.SubjectAccessReview", 29},
    {30, "autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", true, true,
     words_29, words_19, words_4,
     subresources_30, columns_30,
     false, true, false, true, "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler", 30},
    {31, "autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", true, true,
     words_29, words_19, words_4,
     subresources_31, columns_31,
     false, true, false, true, "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler", 30},
    {32, "batch", "v1", "CronJob", "cronjobs", "cronjob", true, true,
     words_30, words_19, words_4,
     subresources_32, columns_32,
     false, true, false, true, "k8s.io.api.batch.v1.CronJob", 32},
    {33, "batch", "v1", "Job", "jobs", "job", true, true,
     {}, words_19, words_4,
     subresources_33, columns_33,
     false, true, true, true, "k8s.io.api.batch.v1.Job", 33},
    {34, "certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", "certificatesigningrequest", false, true,
     words_31, {}, words_4,
     subresources_34, columns_34,
     false, true, false, false, "k8s.io.api.certificates.v1.CertificateSigningRequest", 34},
    {35, "certificates.k8s.io", "v1", "ClusterTrustBundle", "clustertrustbundles", "clustertrustbundle", false, true,
     {}, {}, words_4,
     {}, columns_35,
     false, false, false, false, "k8s.io.api.certificates.v1.ClusterTrustBundle", 35},
    {36, "certificates.k8s.io", "v1", "PodCertificateRequest", "podcertificaterequests", "podcertificaterequest", true, true,
     {}, {}, words_4,
     subresources_36, columns_36,
     false, false, false, false, "k8s.io.api.certificates.v1.PodCertificateRequest", 36},
    {37, "networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", false, true,
     {}, {}, words_4,
     {}, columns_37,
     false, true, false, true, "k8s.io.api.networking.v1.IngressClass", 37},
    {38, "networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", true, true,
     words_32, {}, words_4,
     subresources_38, columns_38,
     false, true, false, true, "k8s.io.api.networking.v1.Ingress", 38},
    {39, "networking.k8s.io", "v1", "IPAddress", "ipaddresses", "ipaddress", false, true,
     words_33, {}, words_4,
     {}, columns_39,
     false, true, false, false, "k8s.io.api.networking.v1.IPAddress", 39},
    {40, "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", true, true,
     words_34, {}, words_4,
     {}, columns_40,
     false, true, false, true, "k8s.io.api.networking.v1.NetworkPolicy", 40},
    {41, "networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", "servicecidr", false, true,
     {}, {}, words_4,
     subresources_41, columns_41,
     false, true, false, false, "k8s.io.api.networking.v1.ServiceCIDR", 41},
    {42, "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", true, true,
     words_35, {}, words_4,
     subresources_42, columns_42,
     false, false, false, true, "k8s.io.api.policy.v1.PodDisruptionBudget", 42},
    {43, "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "clusterrolebinding", false, true,
     {}, {}, words_4,
     {}, columns_43,
     true, true, false, false, "k8s.io.api.rbac.v1.ClusterRoleBinding", 43},
    {44, "rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", false, true,
     {}, {}, words_4,
     {}, columns_44,
     true, true, false, false, "k8s.io.api.rbac.v1.ClusterRole", 44},
    {45, "rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", true, true,
     {}, {}, words_4,
     {}, columns_45,
     true, true, false, false, "k8s.io.api.rbac.v1.RoleBinding", 45},
    {46, "rbac.authorization.k8s.io", "v1", "Role", "roles", "role", true, true,
     {}, {}, words_4,
     {}, columns_46,
     true, true, false, false, "k8s.io.api.rbac.v1.Role", 46},
    {47, "storage.k8s.io", "v1", "CSIDriver", "csidrivers", "csidriver", false, true,
     {}, {}, words_4,
     {}, columns_47,
     false, false, true, false, "k8s.io.api.storage.v1.CSIDriver", 47},
    {48, "storage.k8s.io", "v1", "CSINode", "csinodes", "csinode", false, true,
     {}, {}, words_4,
     subresources_48, columns_48,
     false, false, true, false, "k8s.io.api.storage.v1.CSINode", 48},
    {49, "storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", "csistoragecapacity", true, true,
     {}, {}, words_4,
     {}, columns_49,
     false, false, false, false, "k8s.io.api.storage.v1.CSIStorageCapacity", 49},
    {50, "storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", false, true,
     words_36, {}, words_4,
     {}, columns_50,
     false, true, true, false, "k8s.io.api.storage.v1.StorageClass", 50},
    {51, "storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "volumeattachment", false, true,
     {}, {}, words_4,
     subresources_51, columns_51,
     false, false, true, false, "k8s.io.api.storage.v1.VolumeAttachment", 51},
    {52, "storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", "volumeattributesclass", false, true,
     words_37, {}, words_4,
     {}, columns_52,
     false, true, true, false, "k8s.io.api.storage.v1.VolumeAttributesClass", 52},
    {53, "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", "mutatingadmissionpolicy", false, true,
     {}, words_24, words_4,
     {}, columns_53,
     false, false, false, true, "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicy", 53},
    {54, "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding", false, true,
     {}, words_24, words_4,
     {}, columns_54,
     false, false, false, true, "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBinding", 54},
    {55, "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", false, true,
     {}, words_24, words_4,
     {}, columns_55,
     false, false, false, true, "k8s.io.api.admissionregistration.v1.MutatingWebhookConfiguration", 55},
    {56, "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", "validatingadmissionpolicy", false, true,
     {}, words_24, words_4,
     subresources_56, columns_56,
     false, false, false, true, "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicy", 56},
    {57, "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "validatingadmissionpolicybinding", false, true,
     {}, words_24, words_4,
     {}, columns_57,
     false, false, false, true, "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding", 57},
    {58, "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "validatingwebhookconfiguration", false, true,
     {}, words_24, words_4,
     {}, columns_58,
     false, false, false, true, "k8s.io.api.admissionregistration.v1.ValidatingWebhookConfiguration", 58},
    {59, "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "customresourcedefinition", false, true,
     words_38, words_24, words_4,
     subresources_59, columns_59,
     false, false, true, true, "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition", 59},
    {60, "scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", false, true,
     words_39, {}, words_4,
     {}, columns_60,
     false, true, false, true, "k8s.io.api.scheduling.v1.PriorityClass", 60},
    {61, "coordination.k8s.io", "v1", "Lease", "leases", "lease", true, true,
     {}, {}, words_4,
     {}, columns_61,
     true, false, false, false, "k8s.io.api.coordination.v1.Lease", 61},
    {62, "node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "runtimeclass", false, true,
     {}, {}, words_4,
     {}, columns_62,
     true, false, false, false, "k8s.io.api.node.v1.RuntimeClass", 62},
    {63, "discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", true, true,
     {}, {}, words_4,
     {}, columns_63,
     false, true, false, true, "k8s.io.api.discovery.v1.EndpointSlice", 63},
    {64, "resource.k8s.io", "v1", "DeviceClass", "deviceclasses", "deviceclass", false, true,
     {}, {}, words_4,
     {}, columns_64,
     false, true, true, true, "k8s.io.api.resource.v1.DeviceClass", 64},
    {65, "resource.k8s.io", "v1", "DeviceTaintRule", "devicetaintrules", "devicetaintrule", false, true,
     {}, {}, words_4,
     subresources_65, columns_65,
     false, false, false, true, "k8s.io.api.resource.v1.DeviceTaintRule", 65},
    {66, "resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", "resourceclaim", true, true,
     {}, {}, words_4,
     subresources_66, columns_66,
     false, true, true, false, "k8s.io.api.resource.v1.ResourceClaim", 66},
    {67, "resource.k8s.io", "v1", "ResourceClaimTemplate", "resourceclaimtemplates", "resourceclaimtemplate", true, true,
     {}, {}, words_4,
     {}, columns_67,
     false, true, true, false, "k8s.io.api.resource.v1.ResourceClaimTemplate", 67},
    {68, "resource.k8s.io", "v1", "ResourceSlice", "resourceslices", "resourceslice", false, true,
     {}, {}, words_4,
     {}, columns_68,
     false, true, true, true, "k8s.io.api.resource.v1.ResourceSlice", 68},
    {69, "flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", "flowschema", false, true,
     {}, {}, words_4,
     subresources_69, columns_69,
     false, true, false, true, "k8s.io.api.flowcontrol.v1.FlowSchema", 69},
    {70, "flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations", "prioritylevelconfiguration", false, true,
     {}, {}, words_4,
     subresources_70, columns_70,
     false, true, false, true, "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration", 70},
    {71, "storagemigration.k8s.io", "v1", "StorageVersionMigration", "storageversionmigrations", "storageversionmigration", false, true,
     {}, {}, words_4,
     subresources_71, columns_71,
     false, false, false, false, "k8s.io.api.storagemigration.v1.StorageVersionMigration", 71},
    {72, "troupe.dev", "v1", "Actor", "actors", "actor", false, false,
     {}, {}, words_40,
     {}, columns_72,
     false, false, false, false, "troupe.api.v1.Actor", 72},
    {73, "troupe.dev", "v1", "NodePort", "nodeports", "nodeport", false, true,
     {}, {}, words_41,
     {}, columns_73,
     false, false, false, false, "troupe.api.v1.NodePort", 73},
};

constexpr group_package packages[] = {
    {"", "v1", "k8s.io.api.core.v1"},
    {"admission.k8s.io", "v1", "k8s.io.api.admission.v1"},
    {"admissionregistration.k8s.io", "v1", "k8s.io.api.admissionregistration.v1"},
    {"apidiscovery.k8s.io", "v2", "k8s.io.api.apidiscovery.v2"},
    {"apiextensions.k8s.io", "v1", "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1"},
    {"apiregistration.k8s.io", "v1", "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1"},
    {"apps", "v1", "k8s.io.api.apps.v1"},
    {"audit.k8s.io", "v1", "k8s.io.apiserver.pkg.apis.audit.v1"},
    {"authentication.k8s.io", "v1", "k8s.io.api.authentication.v1"},
    {"authorization.k8s.io", "v1", "k8s.io.api.authorization.v1"},
    {"autoscaling", "v1", "k8s.io.api.autoscaling.v1"},
    {"autoscaling", "v2", "k8s.io.api.autoscaling.v2"},
    {"batch", "v1", "k8s.io.api.batch.v1"},
    {"certificates.k8s.io", "v1", "k8s.io.api.certificates.v1"},
    {"coordination.k8s.io", "v1", "k8s.io.api.coordination.v1"},
    {"discovery.k8s.io", "v1", "k8s.io.api.discovery.v1"},
    {"events.k8s.io", "v1", "k8s.io.api.events.v1"},
    {"flowcontrol.apiserver.k8s.io", "v1", "k8s.io.api.flowcontrol.v1"},
    {"metrics.k8s.io", "v1", "k8s.io.metrics.pkg.apis.metrics.v1"},
    {"networking.k8s.io", "v1", "k8s.io.api.networking.v1"},
    {"node.k8s.io", "v1", "k8s.io.api.node.v1"},
    {"policy", "v1", "k8s.io.api.policy.v1"},
    {"rbac.authorization.k8s.io", "v1", "k8s.io.api.rbac.v1"},
    {"resource.k8s.io", "v1", "k8s.io.api.resource.v1"},
    {"scheduling.k8s.io", "v1", "k8s.io.api.scheduling.v1"},
    {"scheduling.k8s.io", "v1alpha3", "k8s.io.api.scheduling.v1alpha3"},
    {"storage.k8s.io", "v1", "k8s.io.api.storage.v1"},
    {"storagemigration.k8s.io", "v1", "k8s.io.api.storagemigration.v1"},
    {"troupe.dev", "v1", "troupe.api.v1"},
};

} // namespace

std::span<const kind_row> kinds() { return rows; }
std::span<const group_package> group_packages() { return packages; }

} // namespace troupe
