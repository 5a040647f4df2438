#include "runtime/services/service_view.hpp"
#include "runtime/services/wire_reader.hpp"

namespace troupe {

namespace {

// Field numbers of upstream's metav1: they can never change.
constexpr uint32_t list_metadata = 1, list_items = 2;
constexpr uint32_t list_revision = 2, list_continue = 3;
constexpr uint32_t object_metadata = 1, object_revision = 6;
constexpr uint32_t event_type = 1, event_object = 2, raw_extension_raw = 1;

/// The last field `number` of a message, as protobuf means it.
std::string_view field_of(std::string_view bytes, uint32_t number) {
  wire_reader reader(bytes);
  std::string_view content, found;
  for (uint32_t at; reader.next(at, content);)
    if (at == number) found = content;
  return found;
}

} // namespace

bool decode_list(std::string_view bytes, list_view& to) {
  wire_reader reader(bytes);
  std::string_view content;
  for (uint32_t number; reader.next(number, content);) {
    if (number == list_metadata) {
      to.revision = field_of(content, list_revision);
      to.next = field_of(content, list_continue);
    } else if (number == list_items) {
      to.items.push_back(content);
    }
  }
  return !reader.broken();
}

bool decode_watch_event(std::string_view bytes, watch_view& to) {
  wire_reader reader(bytes);
  std::string_view content;
  for (uint32_t number; reader.next(number, content);) {
    if (number == event_type) to.type = content;
    if (number == event_object) to.object = field_of(content, raw_extension_raw);
  }
  return !reader.broken() && !to.type.empty();
}

std::string decode_revision(std::string_view bytes) {
  return std::string(field_of(field_of(bytes, object_metadata), object_revision));
}

std::vector<const endpoint_view*> usable_endpoints(const std::vector<const endpoint_slice_view*>& slices, const service_view& service,
                                                   std::string_view node) {
  std::vector<const endpoint_view*> ready, ending;
  for (auto* slice : slices)
    for (auto& endpoint : slice->endpoints) {
      if (!node.empty() && endpoint.node != node) continue;
      if (endpoint.ready || service.publish_not_ready) ready.push_back(&endpoint);
      else if (endpoint.serving && endpoint.terminating) ending.push_back(&endpoint);
    }
  return ready.empty() ? ending : ready;
}

} // namespace troupe
