// Checks of labels, annotations and selectors, for metadata and for what is inside templates.
#pragma once
#include <google/protobuf/repeated_ptr_field.h>
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/field_error.hpp"

namespace troupe {
class StringEntry;
}
namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class LabelSelector;
}

namespace troupe::gateway {

void check_labels(causes&, const field_path&, const google::protobuf::RepeatedPtrField<StringEntry>&);
void check_annotations(causes&, const field_path&, const google::protobuf::RepeatedPtrField<StringEntry>&);

void check_selector(causes&, const field_path&, const meta::LabelSelector&);
/// Nothing is asked for: selects everything (unless the selector itself is absent).
bool is_empty(const meta::LabelSelector&);
/// The selector must be readable (see check_selector).
bool selects(const meta::LabelSelector&, const google::protobuf::RepeatedPtrField<StringEntry>& labels);
/// "app=web,tier in (a,b)"; "<none>" when empty and `shown`.
std::string selector_text(const meta::LabelSelector&);

}  // namespace troupe::gateway
