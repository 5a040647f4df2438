// A row for every kind that the API serves: names, verbs, columns. The rows are generated from messages/facts/
// (discovery, table columns, strategies of Kubernetes 1.37) into kind_rows.cpp; adding a kind is a row, a strategy and a proto.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace troupe {

struct type_table; // codec.hpp: the fields of a protobuf message
class schema;      // schema.hpp: what patches and apply ask about a place in an object

struct column {
  std::string_view name, type, format;
  int priority;
};

struct subresource {
  std::string_view name;                 // "status", "scale", "log", ...
  std::string_view group, version, kind; // of what it reads and writes; group empty = core
  std::span<const std::string_view> verbs;
};

/// One resource of one group version, e.g. deployments.apps/v1. Rows are static: compare pointers.
struct kind_row {
  uint16_t index;                  // dense, in discovery order
  std::string_view group, version; // "" is the core group
  std::string_view kind, plural, singular;
  bool namespaced;
  bool stored;                     // false: TokenReview and the like, answered and never kept
  std::span<const std::string_view> short_names, categories, verbs;
  std::span<const subresource> subresources;
  std::span<const column> columns;
  // strategy.json
  bool create_on_update, unconditional_update, delete_returns_object, has_generation;
  std::string_view message;        // full protobuf name, e.g. "k8s.io.api.apps.v1.Deployment"
  uint16_t storage;                // index of the row whose objects these are (events.k8s.io/v1 -> events v1); itself otherwise

  const type_table& table() const; // made once, on first use
  bool can(std::string_view verb) const;
};

std::span<const kind_row> kinds();
/// By resource, as in a path; null: not served.
const kind_row* find_kind(std::string_view group, std::string_view version, std::string_view plural);
/// By kind, as in a body.
const kind_row* find_kind_of(std::string_view group, std::string_view version, std::string_view kind);
/// "v1", "apps/v1".
std::string_view api_version(const kind_row&);
/// "pods", "deployments.apps": the name that RBAC, errors and storage use.
std::string_view group_resource(const kind_row&);

} // namespace troupe
