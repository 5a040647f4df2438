#include "persist/history_loader.hpp"

namespace troupe {
namespace {

constexpr size_t publish_every = 4096;  // so that replaced tree nodes are used again

std::string text_of(const history_row& row) {
  return std::string{row.kind}.append("/").append(row.space).append("/").append(row.name);
}

}  // namespace

bool history_loader::add(const history_row& row) {
  auto kind = names_.find(row.kind);
  if (kind == nullptr) {
    to_.error = "the history holds objects of a kind that this version does not know: " + std::string{row.kind};
    return false;
  }
  if (to_.state.head({kind->storage, row.space, row.name})) return true;
  if (row.removed) {
    removed_.insert(text_of(row));
    return true;
  }
  if (!removed_.empty() && removed_.contains(text_of(row))) return true;
  to_.state.put(object::make(*kind, row.revision, row.bytes));
  if (row.expires_s != 0)
    to_.expiries.add({row.expires_s, {kind, std::string{row.space}, std::string{row.name}}, row.revision});
  if (++unpublished_ % publish_every == 0) to_.state.publish(0);
  return true;
}

void history_loader::finish() {
  to_.state.publish(to_.head.revision);
}

}  // namespace troupe
