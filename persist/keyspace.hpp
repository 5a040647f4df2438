// The current state of every kind: an ordered table in two levels (a root over leaves), copied on write and published
// whole, once a group. One writer; readers on any thread take the published root under an epoch guard and never wait.
//
// Objects are ordered by kind, then as their key's text orders ("NAMESPACE/NAME").
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "messages/object.hpp"
#include "persist/epochs.hpp"

namespace troupe {

/// A place in the order; `space` and `name` may be bounds that no object has.
struct key_view {
  uint16_t kind = 0;  // index of the storage row
  std::string_view space, name;
};
/// <0, 0, >0, in the keyspace's order.
int compare(const key_view&, const key_view&);
key_view key_of(const object&);

class keyspace {
 public:
  keyspace();
  ~keyspace();
  keyspace(const keyspace&) = delete;
  keyspace& operator=(const keyspace&) = delete;

  // ---- readers, any thread
  class view;

  // ---- the writer
  /// What is there now, unpublished changes included; null: nothing.
  object_ptr head(const key_view&);
  void put(object_ptr);
  void erase(const key_view&);  // which exists
  /// Readers see everything up to here, as `revision`.
  void publish(uint64_t revision);
  /// Forgets what was not published (a writer died half-way).
  void discard();
  /// Takes over another one's published content, which nobody reads, and publishes it.
  void adopt(keyspace& other);
  uint64_t revision() const { return current_.load(std::memory_order_relaxed)->revision; }
  size_t size() const { return current_.load(std::memory_order_relaxed)->objects; }

  static constexpr uint32_t leaf_entries_max = 128;

 private:
  struct entry {
    const object* look;      // to compare with: one jump less than through `held`
    const object_ptr* held;  // the table's reference
  };
  struct leaf {
    uint32_t count = 0;
    uint64_t batch = 0;  // that made it: the writer may change its own leaves in place
    entry entries[leaf_entries_max];
  };
  struct root {
    uint64_t revision = 0;
    size_t objects = 0;
    std::vector<leaf*> leaves;  // none is empty
  };
  struct retired {
    uint64_t epoch;
    leaf* old_leaf;
    root* old_root;
    object_ptr* old_cell;
  };

  static size_t leaf_for(const root&, const key_view&);
  static uint32_t position(const leaf&, const key_view&, bool& hit);
  void begin();
  leaf* new_leaf();
  leaf* owned_leaf(size_t at);
  object_ptr* new_cell(object_ptr);
  root* new_root();
  void split(size_t at);
  void merge(size_t at);
  void reuse(uint64_t oldest_epoch);
  void retire_leaf(leaf* old) { leaving_.push_back({0, old, nullptr, nullptr}); }
  void retire_cell(const object_ptr* old) { leaving_.push_back({0, nullptr, nullptr, const_cast<object_ptr*>(old)}); }

  std::atomic<root*> current_;
  root* next_ = nullptr;  // what the writer is at; null: nothing changed since the last publish
  uint64_t batch_ = 1;
  epochs epochs_;
  std::deque<retired> bin_;          // replaced by published changes, until no reader can see it
  std::vector<retired> leaving_;     // replaced by unpublished ones
  std::vector<leaf*> fresh_leaves_;  // made by unpublished changes
  std::vector<object_ptr*> fresh_cells_;
  // Pools: tree nodes never mix with objects on the heap (265 bytes a key otherwise, 67 so).
  std::vector<leaf*> free_leaves_;
  std::vector<object_ptr*> free_cells_;
  std::vector<std::unique_ptr<root>> roots_;
  std::vector<root*> free_roots_;
  std::vector<std::unique_ptr<leaf[]>> leaf_blocks_;
  std::vector<std::unique_ptr<object_ptr[]>> cell_blocks_;
};

/// What a reader sees, as long as it lives: keep it short and encode after it.
class keyspace::view {
 public:
  explicit view(const keyspace& of) : guard_(of.epochs_), root_(of.current_.load(std::memory_order_seq_cst)) {}
  uint64_t revision() const { return root_->revision; }
  size_t size() const { return root_->objects; }
  object_ptr find(const key_view&) const;
  /// Number of objects in [from, to).
  size_t count(const key_view& from, const key_view& to) const;

  /// Goes through the objects from `from` on (`past`: after it) as long as `visit(object, reference)` says true.
  template <class Visit>
  void each(const key_view& from, bool past, Visit&& visit) const {
    if (root_->leaves.empty()) return;
    bool hit = false;
    size_t at = leaf_for(*root_, from);
    uint32_t i = position(*root_->leaves[at], from, hit);
    if (hit && past) ++i;
    for (; at < root_->leaves.size(); ++at, i = 0)
      for (auto& page = *root_->leaves[at]; i < page.count; ++i)
        if (!visit(*page.entries[i].look, *page.entries[i].held)) return;
  }

 private:
  size_t rank(const key_view&, size_t& leaf) const;
  epochs::guard guard_;
  const root* root_;
};

}  // namespace troupe
