#include "persist/keyspace.hpp"

#include <algorithm>
#include <cstring>

namespace troupe {
namespace {

constexpr size_t leaves_per_block = 64;
constexpr size_t cells_per_block = 1024;

/// As "a/" and "b/" compare: '-' and '.' come before the slash that ends a name, digits and letters after it.
int compare_spaces(std::string_view a, std::string_view b) {
  size_t common = std::min(a.size(), b.size());
  if (int order = std::memcmp(a.data(), b.data(), common); order != 0) return order;
  if (a.size() == b.size()) return 0;
  return a.size() < b.size() ? '/' - static_cast<unsigned char>(b[common])
                             : static_cast<unsigned char>(a[common]) - '/';
}

}  // namespace

int compare(const key_view& a, const key_view& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (int order = compare_spaces(a.space, b.space); order != 0) return order;
  return a.name.compare(b.name);
}

key_view key_of(const object& of) {
  return {of.kind().storage, of.space(), of.name()};
}

keyspace::keyspace() : current_(nullptr) {
  current_ = new_root();
}
keyspace::~keyspace() = default;

size_t keyspace::leaf_for(const root& in, const key_view& key) {
  size_t low = 0, high = in.leaves.size();
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (compare(key_of(*in.leaves[middle]->entries[0].look), key) <= 0)
      low = middle;
    else
      high = middle;
  }
  return low;
}

uint32_t keyspace::position(const leaf& in, const key_view& key, bool& hit) {
  uint32_t low = 0, high = in.count;
  hit = false;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    int order = compare(key_of(*in.entries[middle].look), key);
    if (order == 0) {
      hit = true;
      return middle;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

keyspace::root* keyspace::new_root() {
  if (free_roots_.empty()) {
    roots_.push_back(std::make_unique<root>());
    free_roots_.push_back(roots_.back().get());
  }
  auto made = free_roots_.back();
  free_roots_.pop_back();
  return made;
}

keyspace::leaf* keyspace::new_leaf() {
  if (free_leaves_.empty()) {
    leaf_blocks_.push_back(std::make_unique<leaf[]>(leaves_per_block));
    for (size_t i = leaves_per_block; i-- > 0;) free_leaves_.push_back(&leaf_blocks_.back()[i]);
  }
  auto made = free_leaves_.back();
  free_leaves_.pop_back();
  made->count = 0;
  made->batch = batch_;
  fresh_leaves_.push_back(made);
  return made;
}

object_ptr* keyspace::new_cell(object_ptr held) {
  if (free_cells_.empty()) {
    cell_blocks_.push_back(std::make_unique<object_ptr[]>(cells_per_block));
    for (size_t i = cells_per_block; i-- > 0;) free_cells_.push_back(&cell_blocks_.back()[i]);
  }
  auto made = free_cells_.back();
  free_cells_.pop_back();
  *made = std::move(held);
  fresh_cells_.push_back(made);
  return made;
}

void keyspace::begin() {
  if (next_ != nullptr) return;
  next_ = new_root();
  *next_ = *current_.load(std::memory_order_relaxed);  // reuses the memory of an older root
  ++batch_;
}

keyspace::leaf* keyspace::owned_leaf(size_t at) {
  leaf* old = next_->leaves[at];
  if (old->batch == batch_) return old;
  leaf* copy = new_leaf();
  copy->count = old->count;
  std::copy_n(old->entries, old->count, copy->entries);
  retire_leaf(old);
  return next_->leaves[at] = copy;
}

object_ptr keyspace::head(const key_view& key) {
  const root& in = next_ != nullptr ? *next_ : *current_.load(std::memory_order_relaxed);
  if (in.leaves.empty()) return nullptr;
  bool hit;
  auto& page = *in.leaves[leaf_for(in, key)];
  auto at = position(page, key, hit);
  return hit ? *page.entries[at].held : nullptr;
}

/// A leaf that is written at its end (names in order) keeps most of its entries, so that it stays nearly full.
void keyspace::split(size_t at) {
  leaf* left = next_->leaves[at];
  leaf* right = new_leaf();
  uint32_t keep = at + 1 == next_->leaves.size() ? leaf_entries_max - 8 : leaf_entries_max / 2;
  right->count = left->count - keep;
  std::copy_n(left->entries + keep, right->count, right->entries);
  left->count = keep;
  next_->leaves.insert(next_->leaves.begin() + static_cast<ptrdiff_t>(at) + 1, right);
}

void keyspace::put(object_ptr value) {
  begin();
  auto key = key_of(*value);
  if (next_->leaves.empty()) next_->leaves.push_back(new_leaf());
  size_t at = leaf_for(*next_, key);
  bool hit;
  auto place = position(*next_->leaves[at], key, hit);
  leaf* page = owned_leaf(at);
  if (hit) {
    retire_cell(page->entries[place].held);
  } else {
    if (page->count == leaf_entries_max) {
      split(at);
      if (place > page->count) {
        place -= page->count;
        page = next_->leaves[at + 1];
      }
    }
    std::copy_backward(page->entries + place, page->entries + page->count, page->entries + page->count + 1);
    ++page->count;
    ++next_->objects;
  }
  const object* look = value.get();
  page->entries[place] = {look, new_cell(std::move(value))};
}

/// A leaf that has become small joins its right neighbour where both fit with room to spare.
void keyspace::merge(size_t at) {
  if (at + 1 >= next_->leaves.size()) return;
  leaf* right = next_->leaves[at + 1];
  leaf* left = next_->leaves[at];
  if (left->count + right->count > leaf_entries_max * 3 / 4) return;
  std::copy_n(right->entries, right->count, left->entries + left->count);
  left->count += right->count;
  retire_leaf(right);
  next_->leaves.erase(next_->leaves.begin() + static_cast<ptrdiff_t>(at) + 1);
}

void keyspace::erase(const key_view& key) {
  begin();
  size_t at = leaf_for(*next_, key);
  bool hit;
  auto place = position(*next_->leaves[at], key, hit);
  if (!hit) return;
  leaf* page = owned_leaf(at);
  retire_cell(page->entries[place].held);
  std::copy(page->entries + place + 1, page->entries + page->count, page->entries + place);
  --page->count;
  --next_->objects;
  if (page->count == 0) {
    retire_leaf(page);
    next_->leaves.erase(next_->leaves.begin() + static_cast<ptrdiff_t>(at));
  } else if (page->count < leaf_entries_max / 4) {
    merge(at);
  }
}

void keyspace::publish(uint64_t revision) {
  begin();
  next_->revision = revision;
  root* old = current_.load(std::memory_order_relaxed);
  current_.store(next_, std::memory_order_seq_cst);
  next_ = nullptr;
  uint64_t epoch = epochs_.now();
  for (auto& gone : leaving_) {
    gone.epoch = epoch;
    bin_.push_back(gone);
  }
  bin_.push_back({epoch, nullptr, old, nullptr});
  leaving_.clear();
  fresh_leaves_.clear();
  fresh_cells_.clear();
  reuse(epochs_.advance());
}

void keyspace::reuse(uint64_t oldest_epoch) {
  for (; !bin_.empty() && bin_.front().epoch < oldest_epoch; bin_.pop_front()) {
    auto& gone = bin_.front();
    if (gone.old_leaf != nullptr) free_leaves_.push_back(gone.old_leaf);
    if (gone.old_root != nullptr) free_roots_.push_back(gone.old_root);
    if (gone.old_cell != nullptr) {
      gone.old_cell->reset();
      free_cells_.push_back(gone.old_cell);
    }
  }
}

void keyspace::discard() {
  if (next_ == nullptr) return;
  for (auto leaf : fresh_leaves_) free_leaves_.push_back(leaf);
  for (auto cell : fresh_cells_) {
    cell->reset();
    free_cells_.push_back(cell);
  }
  free_roots_.push_back(next_);
  next_ = nullptr;
  leaving_.clear();
  fresh_leaves_.clear();
  fresh_cells_.clear();
}

void keyspace::adopt(keyspace& other) {
  discard();
  other.discard();
  other.reuse(other.epochs_.advance());
  root* theirs = other.current_.load(std::memory_order_relaxed);
  root* mine = current_.load(std::memory_order_relaxed);
  begin();
  for (auto old : mine->leaves) {
    for (uint32_t i = 0; i < old->count; ++i) retire_cell(old->entries[i].held);
    retire_leaf(old);
  }
  next_->leaves = theirs->leaves;
  next_->objects = theirs->objects;
  std::move(other.leaf_blocks_.begin(), other.leaf_blocks_.end(), std::back_inserter(leaf_blocks_));
  std::move(other.cell_blocks_.begin(), other.cell_blocks_.end(), std::back_inserter(cell_blocks_));
  free_leaves_.insert(free_leaves_.end(), other.free_leaves_.begin(), other.free_leaves_.end());
  free_cells_.insert(free_cells_.end(), other.free_cells_.begin(), other.free_cells_.end());
  other.leaf_blocks_.clear();
  other.cell_blocks_.clear();
  other.free_leaves_.clear();
  other.free_cells_.clear();
  batch_ = std::max(batch_, other.batch_) + 1;  // none of their leaves is taken for one of ours
  uint64_t revision = theirs->revision;
  theirs->leaves.clear();
  theirs->objects = 0;
  publish(revision);
}

object_ptr keyspace::view::find(const key_view& key) const {
  if (root_->leaves.empty()) return nullptr;
  bool hit;
  auto& page = *root_->leaves[leaf_for(*root_, key)];
  auto at = position(page, key, hit);
  return hit ? *page.entries[at].held : nullptr;
}

size_t keyspace::view::rank(const key_view& key, size_t& leaf) const {
  bool hit;
  leaf = leaf_for(*root_, key);
  return position(*root_->leaves[leaf], key, hit);
}

size_t keyspace::view::count(const key_view& from, const key_view& to) const {
  if (root_->leaves.empty()) return 0;
  size_t first, last;
  size_t start = rank(from, first), end = rank(to, last);
  size_t sum = end;
  for (size_t i = first; i < last; ++i) sum += root_->leaves[i]->count;
  return sum - start;
}

}  // namespace troupe
