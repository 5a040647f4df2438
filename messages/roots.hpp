// What readers see: the published state of the store. Any thread may read; nobody waits for the writer.
#pragma once
#include <vector>
#include "messages/object.hpp"
#include "messages/result.hpp"

namespace troupe {

struct list_range {
  const kind_row* kind = nullptr; // the storage row
  std::string_view space;         // namespace; empty: all
  std::string_view after;         // text of the key after which to start; empty: from the first
  size_t limit = 0;               // 0: all
  uint64_t revision = 0;          // state as of this revision; 0: now
};

class roots {
public:
  virtual ~roots() = default;
  /// Revision of the published state: the `resourceVersion` of a list made now.
  virtual uint64_t revision() const = 0;
  virtual object_ptr get(const kind_row& kind, std::string_view space, std::string_view name) const = 0;
  /// Appends what is in the range, in key order, and sets `more` where `limit` cut it off; returns the revision that the
  /// answer shows. 410 where range.revision can no longer be read; 504 where it lies ahead.
  virtual result<uint64_t> list(const list_range& range, std::vector<object_ptr>& to, bool& more) const = 0;
  virtual size_t count(const kind_row& kind, std::string_view space) const = 0;
};

} // namespace troupe
