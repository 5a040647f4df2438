// What patches and apply ask about a place in an object. One is made from the type tables for every kind of the API; a
// custom resource's OpenAPI schema can be another.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "messages/kind.hpp"

namespace troupe {

enum class list_type : uint8_t { atomic, set, map };

class schema {
public:
  virtual ~schema() = default;
  /// Of a struct: the field of this JSON name; of a map: its values. Null: unknown, or nothing is known below.
  virtual const schema* field(std::string_view name) const = 0;
  /// Of a list: its items.
  virtual const schema* item() const = 0;
  /// True where any name may stand (a map).
  virtual bool open() const = 0;
  // Server-side apply.
  virtual list_type list() const = 0;
  virtual std::span<const std::string> keys() const = 0; // of a list of type map
  // Strategic merge patch.
  virtual std::string_view merge_key() const = 0; // of a list of objects that merges
  virtual bool merges() const = 0;                // patchStrategy merge: items are united
  virtual bool replaces() const = 0;              // patchStrategy replace, of a struct
};

/// The schema of a message type; lives for ever.
const schema& schema_of(const type_table& table);
const schema& schema_of(const kind_row& row);

} // namespace troupe
