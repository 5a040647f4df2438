// Watch events as bytes.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include "actors/gateway/media.hpp"
#include "messages/event.hpp"
#include "messages/object.hpp"
#include "messages/result.hpp"

namespace troupe::gateway {

enum class watch_type : uint8_t { added, modified, deleted, bookmark, error };

/// How one watch wants its events.
struct watch_format {
  media wanted;
  const kind_row* row = nullptr;  // the version that is shown
  std::string include_object;     // of a Table
  int64_t wall_ns = 0;            // when the watch began: what a Table's ages are relative to
  bool plain() const;             // frames may be shared with other plain watches of the same encoding
};

/// One event for `format`. `columns`: a Table's columnDefinitions are sent (in the first event of a watch).
text_ptr make_frame(const watch_format& format, watch_type type, const object_ptr& stored, bool columns);
/// An ERROR event, after which a watch ends.
text_ptr make_error_frame(const watch_format& format, const status& error);
/// An object of the kind that says nothing but its revision; `ends_initial`: with the annotation that ends the initial events.
object_ptr bookmark_object(const kind_row& storage, uint64_t revision, bool ends_initial);

/// The frames of one event, made once for all plain watches.
class event_frames {
public:
  explicit event_frames(event_ptr what) : what_(std::move(what)) {}
  const event& what() const { return *what_; }
  text_ptr plain(const watch_format&, watch_type, const object_ptr& shown);

private:
  event_ptr what_;
  std::array<text_ptr, 6> made_; // by encoding (JSON, protobuf) and type
};

} // namespace troupe::gateway
