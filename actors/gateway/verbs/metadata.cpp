#include "actors/gateway/verbs/metadata.hpp"
#include <algorithm>
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/names.hpp"
#include "messages/wire_reader.hpp"

namespace troupe::gateway {
namespace {

/// The next top-level field's bytes, tag included, without metadata (field 1) and the one left out; empty at the end.
std::string_view next_field(wire_reader& from, int left_out) {
  while (from.more()) {
    auto* start = reinterpret_cast<const char*>(from.at);
    uint64_t tag = from.varint();
    from.skip(tag_type(tag));
    int number = static_cast<int>(tag_number(tag));
    if (number != 1 && number != left_out) return {start, static_cast<size_t>(reinterpret_cast<const char*>(from.at) - start)};
  }
  return {};
}

} // namespace

object_meta_message& metadata_of(Message& object) { return static_cast<object_meta_message&>(*object_meta(object)); }
const object_meta_message& metadata_of(const Message& object) { return static_cast<const object_meta_message&>(*object_meta(object)); }

std::string random_uid(random_stream& random) {
  uint64_t high = random.next(), low = random.next();
  return format_uuid(high, low);
}

void fill_metadata(object_meta_message& metadata, int64_t wall_ns, random_stream& random) {
  metadata.clear_deletiontimestamp();
  metadata.clear_deletiongraceperiodseconds();
  metadata.clear_selflink();
  metadata.clear_managedfields();
  metadata.set_uid(random_uid(random));
  metadata.mutable_creationtimestamp()->set_seconds(wall_ns / 1'000'000'000);
  metadata.mutable_creationtimestamp()->set_nanos(0);
  if (metadata.name().empty() && !metadata.generatename().empty())
    metadata.set_name(generated_name(metadata.generatename(), random.next()));
}

void restore_metadata(object_meta_message& metadata, const object_meta_message& before) {
  metadata.set_generation(before.generation());
  metadata.clear_selflink();
  metadata.clear_managedfields();
  if (metadata.uid().empty()) metadata.set_uid(before.uid());
  if (!metadata.creationtimestamp().has_seconds() && before.has_creationtimestamp()) *metadata.mutable_creationtimestamp() = before.creationtimestamp();
  if (!metadata.has_deletiontimestamp() && before.has_deletiontimestamp()) *metadata.mutable_deletiontimestamp() = before.deletiontimestamp();
  if (!metadata.has_deletiongraceperiodseconds() && before.has_deletiongraceperiodseconds())
    metadata.set_deletiongraceperiodseconds(before.deletiongraceperiodseconds());
}

bool specification_differs(const Message& object, std::string_view before) {
  auto* status = object.GetDescriptor()->FindFieldByName("status");
  int left_out = status ? status->number() : 0;
  auto now = to_wire(object);
  wire_reader one{std::string_view(now)}, other{before};
  for (;;) {
    auto mine = next_field(one, left_out), theirs = next_field(other, left_out);
    if (mine != theirs) return true;
    if (mine.empty()) return false;
  }
}

std::string stored_bytes(Message& object) {
  metadata_of(object).clear_resourceversion();
  return to_wire(object);
}

} // namespace troupe::gateway
