// Objects under another version than the stored one (Events of events.k8s.io, HorizontalPodAutoscalers of autoscaling/v1).
// The conversions themselves are the strategies'.
#pragma once
#include <memory>
#include "messages/object.hpp"
#include "messages/result.hpp"

namespace troupe::gateway {

/// Whether the row's objects are stored in its own form.
inline bool own_form(const kind_row& row) { return row.index == row.storage; }
/// The object as `row` shows it; the same object where `row` is its own version.
object_ptr shown_as(const kind_row& row, const object_ptr& stored);
/// A message in `to`'s form; the same message where it has it already.
std::unique_ptr<google::protobuf::Message> as_version(std::unique_ptr<google::protobuf::Message> message, const kind_row& to);

} // namespace troupe::gateway
