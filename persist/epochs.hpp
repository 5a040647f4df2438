// Readers that never wait for the writer: a reader notes the epoch it reads in; what the writer replaced is reused only
// when no reader can still see it.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>

namespace troupe {

class epochs {
 public:
  /// Holds back reuse while it lives: keep it short, take references, leave. More readers than `readers_max` at once
  /// wait for each other (never for the writer).
  class guard {
   public:
    explicit guard(const epochs& of) : slot_(of.enter()) {}
    ~guard() { slot_.store(0, std::memory_order_release); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

   private:
    std::atomic<uint64_t>& slot_;
  };

  /// Writer: a new epoch begins; returns the oldest epoch that somebody still reads in. What was retired in an epoch
  /// before that one may be reused.
  uint64_t advance() {
    uint64_t oldest = now_.fetch_add(1, std::memory_order_seq_cst) + 1;
    for (auto& slot : slots_) {
      uint64_t seen = slot.epoch.load(std::memory_order_seq_cst);
      if (seen != 0 && seen < oldest) oldest = seen;
    }
    return oldest;
  }
  uint64_t now() const { return now_.load(std::memory_order_relaxed); }

  static constexpr size_t readers_max = 64;

 private:
  struct alignas(64) slot {
    std::atomic<uint64_t> epoch{0};
  };
  std::atomic<uint64_t>& enter() const {
    size_t start = std::hash<std::thread::id>{}(std::this_thread::get_id()) % readers_max;
    for (size_t i = start;; i = (i + 1) % readers_max) {
      uint64_t none = 0;
      // An epoch that is already over by the time it is noted only holds back more than needed.
      if (slots_[i].epoch.compare_exchange_strong(none, now_.load(std::memory_order_seq_cst),
                                                  std::memory_order_seq_cst))
        return slots_[i].epoch;
    }
  }
  mutable std::array<slot, readers_max> slots_;
  std::atomic<uint64_t> now_{1};
};

}  // namespace troupe
