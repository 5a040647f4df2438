// Cells of Table rows: ages, lists of images, ports, selectors (pkg/printers/internalversion).
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/strategy.hpp"

namespace google::protobuf {
template <class>
class RepeatedPtrField;
}
namespace troupe {
class StringEntry;
}
namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class LabelSelector;
}
namespace k8s::io::api::core::v1 {
class Pod;
}

namespace troupe::gateway {

/// "5s", "3d4h"; "<unknown>" for a time that is not set.
std::string age_between(int64_t from_seconds, bool set, int64_t wall_ns);
std::string age_of(const meta::Time&, int64_t wall_ns);
/// Of metadata.creationTimestamp.
std::string age_of(const Message& object, int64_t wall_ns);
/// RFC 3339, for columns of type date.
std::string created_at(const Message& object);
/// Names and images of the containers, each joined by commas.
std::pair<std::string, std::string> container_columns(const core::PodSpec&);
/// "a=b,c=d"; "<none>" when empty.
std::string labels_text(const google::protobuf::RepeatedPtrField<StringEntry>&);
std::string selector_column(const meta::LabelSelector&, bool set = true);
std::string number_or_text(const IntOrString&);
std::string or_none(std::string_view text);

void print_pod(const core::Pod&, int64_t wall_ns, table_row&);

}  // namespace troupe::gateway
