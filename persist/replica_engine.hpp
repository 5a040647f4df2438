// The replica without a mailbox: what waits becomes one raft entry, what is committed is applied, published and
// answered. Pure but for its two ports; time comes with each call.
//
//   start() -> log and history load -> begin (raft elects itself, the log's tail is applied) -> serving
//   propose()* -> flush(): one entry -> log durable -> applied -> root published -> feeds -> answers
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/call.hpp"
#include "persist/raft_engine.hpp"
#include "persist/replica_state.hpp"
#include "persist/txn_format.hpp"

namespace troupe {

/// When it is. Steady for raft and compaction, calendar for what expires.
struct instant {
  int64_t steady_ms = 0;
  int64_t wall_s = 0;
};

class replica_engine {
 public:
  struct options {
    uint32_t seed = 1;
    int64_t compact_every_ms = 5 * 60'000;
    /// Told what is promised, before the answer leaves ("ack pods/default/web-1@17"). May be empty.
    std::function<void(const std::string&)> witness;
  };
  enum class phase : uint8_t {
    loading,  // waits for the ports
    serving,
    refused,  // what is on the disk must not be used; why() says why. Nothing is served, reads of the root go on
    failed,   // a port failed: what was proposed has an unknown outcome. Start a new engine
  };

  replica_engine(replica_state& state, options);

  /// Asks the ports to load. What they answer comes back by the calls below.
  void start(std::weak_ptr<log_listener>, std::weak_ptr<history_listener>);
  void log_loaded(std::shared_ptr<log_image>, instant);
  void history_loaded(std::shared_ptr<history_image>, instant);

  /// Takes the call; its outcome goes home.
  void propose(call_ptr);
  /// Something waits and nothing is on its way: call flush() soon, when all that has arrived by now is proposed too.
  bool wants_flush() const { return phase_ == phase::serving && !queue_.empty() && in_flight_.empty(); }
  void flush(instant);
  void log_durable(uint64_t index, uint64_t term, instant);
  void log_full();
  void history_passed(const applied_position& position, const applied_position& safe, instant);
  void port_failed(const std::string& why);
  /// Expiry and compaction, where they are due. wait_ms(): in how many milliseconds to call it again (earlier than said
  /// before, where something was written that expires).
  void tick(instant);
  int64_t wait_ms(instant) const;
  /// Takes no more; what is queued is still written.
  void stop() { stopping_ = true; }
  bool drained() const { return queue_.empty() && in_flight_.empty(); }

  /// What it has done so far.
  struct counts {
    uint64_t groups = 0, committed = 0, conflicting = 0, refused = 0, expired = 0;
  };
  const counts& done() const { return done_; }
  phase now() const { return phase_; }
  const std::string& why() const { return why_; }

 private:
  /// A transaction that waits: somebody's, or our own (an expiry).
  struct waiting {
    call_ptr request;
    std::unique_ptr<txn> own;
    expiring expired;  // of our own
    const txn& write() const { return own ? *own : request->write; }
  };
  void try_begin(instant);
  void serve();
  bool adopt_history();
  bool log_reaches(const log_image&) const;
  void bootstrap();
  void refuse(std::string why);
  void carry_out(raft_engine::ready, instant);
  void apply_up_to(uint64_t commit, instant);
  void apply_entry(uint64_t index, const log_entry&, instant);
  void expire(instant);
  void finish(waiting&, txn_outcome&&);
  void refuse_call(waiting&, const std::string& why);
  void refuse_queue(const std::string& why);
  std::string next_entry(instant);
  std::string why_not(const txn&) const;

  replica_state& state_;
  options options_;
  phase phase_ = phase::loading;
  std::string why_;
  std::unique_ptr<raft_engine> raft_;
  std::shared_ptr<log_image> log_image_;
  std::shared_ptr<history_image> history_image_;
  bool bootstrapping_ = false;
  uint64_t compacted_index_ = 0;  // raft has forgotten entries up to here
  uint64_t serve_from_ = 0;       // entries up to here were there at the start: serving when they are applied

  std::deque<waiting> queue_;
  size_t queued_bytes_ = 0;
  std::vector<waiting> in_flight_;  // of the one entry that is on its way
  uint64_t in_flight_index_ = 0;
  std::deque<log_entry> unapplied_;  // dense, from first_unapplied_
  uint64_t first_unapplied_ = 1;
  bool stopping_ = false;
  counts done_;
  uint64_t compact_revision_ = 0;  // history up to here goes at the next compaction
  int64_t compact_at_ms_ = 0;
};

// Limits
constexpr size_t entry_bytes_wanted = 512u << 10;  // of one raft entry, but for a single larger transaction
constexpr size_t waiting_bytes_max = 64u << 20;    // proposed and not yet in an entry; above it, refused
constexpr size_t operations_max = 10'000;          // of one transaction
constexpr size_t expiries_per_tick_max = 500;

}  // namespace troupe
