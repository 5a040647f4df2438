// Written by messages/generate/generate.py. Do not edit.
// A static library loses what nobody refers to, and a .pb.cc that is lost takes its descriptors with it.
#include "messages/api_files.hpp"

#include <google/protobuf/generated_message_reflection.h>

extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fadmission_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fadmissionregistration_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fapidiscovery_2fv2_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fapiextensions_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fapiregistration_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fapps_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2faudit_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fauthentication_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fauthorization_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fautoscaling_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fautoscaling_2fv2_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fbatch_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcertificates_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcoordination_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fconfig_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fcontroller_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fevent_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fnamespace_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fnode_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fpod_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2freference_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fservice_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fcore_2fv1_2fvolume_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fdiscovery_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fevents_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fflowcontrol_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fmeta_2fintstr_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fmeta_2fquantity_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fmeta_2fruntime_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fmeta_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fmeta_2fv1beta1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fmetrics_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fnetworking_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fnode_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fpolicy_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2frbac_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fresource_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fscheduling_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fscheduling_2fv1alpha3_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fstorage_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2fstoragemigration_2fv1_2eproto;
extern const google::protobuf::internal::DescriptorTable descriptor_table_messages_2fapi_2ftroupe_2fv1_2eproto;

namespace troupe {
namespace {
const google::protobuf::internal::DescriptorTable* const tables[] = {
    &descriptor_table_messages_2fapi_2fadmission_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fadmissionregistration_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fapidiscovery_2fv2_2eproto,
    &descriptor_table_messages_2fapi_2fapiextensions_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fapiregistration_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fapps_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2faudit_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fauthentication_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fauthorization_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fautoscaling_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fautoscaling_2fv2_2eproto,
    &descriptor_table_messages_2fapi_2fbatch_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fcertificates_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fcoordination_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fconfig_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fcontroller_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fevent_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fnamespace_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fnode_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fpod_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2freference_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fservice_2eproto,
    &descriptor_table_messages_2fapi_2fcore_2fv1_2fvolume_2eproto,
    &descriptor_table_messages_2fapi_2fdiscovery_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fevents_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fflowcontrol_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fmeta_2fintstr_2eproto,
    &descriptor_table_messages_2fapi_2fmeta_2fquantity_2eproto,
    &descriptor_table_messages_2fapi_2fmeta_2fruntime_2eproto,
    &descriptor_table_messages_2fapi_2fmeta_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fmeta_2fv1beta1_2eproto,
    &descriptor_table_messages_2fapi_2fmetrics_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fnetworking_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fnode_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fpolicy_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2frbac_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fresource_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fscheduling_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fscheduling_2fv1alpha3_2eproto,
    &descriptor_table_messages_2fapi_2fstorage_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2fstoragemigration_2fv1_2eproto,
    &descriptor_table_messages_2fapi_2ftroupe_2fv1_2eproto,
};
constexpr std::string_view files[] = {
    "messages/api/admission/v1.proto",
    "messages/api/admissionregistration/v1.proto",
    "messages/api/apidiscovery/v2.proto",
    "messages/api/apiextensions/v1.proto",
    "messages/api/apiregistration/v1.proto",
    "messages/api/apps/v1.proto",
    "messages/api/audit/v1.proto",
    "messages/api/authentication/v1.proto",
    "messages/api/authorization/v1.proto",
    "messages/api/autoscaling/v1.proto",
    "messages/api/autoscaling/v2.proto",
    "messages/api/batch/v1.proto",
    "messages/api/certificates/v1.proto",
    "messages/api/coordination/v1.proto",
    "messages/api/core/v1/config.proto",
    "messages/api/core/v1/controller.proto",
    "messages/api/core/v1/event.proto",
    "messages/api/core/v1/namespace.proto",
    "messages/api/core/v1/node.proto",
    "messages/api/core/v1/pod.proto",
    "messages/api/core/v1/reference.proto",
    "messages/api/core/v1/service.proto",
    "messages/api/core/v1/volume.proto",
    "messages/api/discovery/v1.proto",
    "messages/api/events/v1.proto",
    "messages/api/flowcontrol/v1.proto",
    "messages/api/meta/intstr.proto",
    "messages/api/meta/quantity.proto",
    "messages/api/meta/runtime.proto",
    "messages/api/meta/v1.proto",
    "messages/api/meta/v1beta1.proto",
    "messages/api/metrics/v1.proto",
    "messages/api/networking/v1.proto",
    "messages/api/node/v1.proto",
    "messages/api/policy/v1.proto",
    "messages/api/rbac/v1.proto",
    "messages/api/resource/v1.proto",
    "messages/api/scheduling/v1.proto",
    "messages/api/scheduling/v1alpha3.proto",
    "messages/api/storage/v1.proto",
    "messages/api/storagemigration/v1.proto",
    "messages/api/troupe/v1.proto",
};
} // namespace

std::span<const std::string_view> api_files() {
  static const void* volatile keep = tables;
  (void)keep;
  return files;
}

} // namespace troupe
