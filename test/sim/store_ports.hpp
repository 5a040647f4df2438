// The store's two ports without a disk: the same log and history code over memory that forgets what a crash forgets.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "persist/ports/history_port.hpp"
#include "persist/ports/log_port.hpp"
#include "persist/ports/segment_disk.hpp"
#include "test/sim/random.hpp"

namespace troupe::sim {

/// Segment files in memory. Writes count as on their way until settle(); a power loss leaves any prefix of them, the
/// next one torn in any subset of its blocks, and nothing of the rest.
class memory_segment_disk : public segment_disk {
 public:
  explicit memory_segment_disk(random_stream random, uint64_t segment_bytes = 256u << 10)
      : random_(random), segment_bytes_(segment_bytes) {}
  std::vector<std::string> names() override;
  bool read(const std::string& name, std::string& to) override;
  bool sync(const std::string&) override { return true; }
  outcome write(const std::string& name, uint64_t offset, std::string_view bytes) override;
  outcome take_spare(const std::string& name, std::string_view header) override;
  void recycle(const std::string& name) override;
  uint64_t segment_bytes() const override { return segment_bytes_; }
  uint64_t random() override { return random_.next(); }

  void settle() { on_their_way_.clear(); }
  void lose_power();

  std::map<std::string, std::string> files;
  size_t segments_max = SIZE_MAX;  // space on the disk
  double failure = 0;              // chance that a write's outcome is unknown

 private:
  struct change {
    std::string name;
    uint64_t offset = 0;
    std::string before;  // what was there; of a new file: empty
    bool created = false;
  };
  void undo(const change&);
  std::vector<change> on_their_way_;
  random_stream random_;
  const uint64_t segment_bytes_;
  std::vector<std::string> spares_;  // contents of earlier lives
};

/// What of a store survives its machine's crash.
struct store_disk {
  explicit store_disk(random_stream random = random_stream{1}) : log(random), faults(random.next()) {}
  void lose_power();

  memory_segment_disk log;
  std::vector<history_group> history;  // committed, in order
  size_t safe = 0;                     // of them, in the database's file as well
  uint64_t compacted = 0;
  random_stream faults;
  double damaged_tail = 0;         // chance that a power loss costs the history what is not in its file
  bool acknowledge_early = false;  // a seeded bug: durable is said before it is true
};

/// Runs `work` after a virtual delay; drops it where the machine has crashed by then.
using later_function = std::function<void(nanoseconds delay, std::function<void()> work)>;

std::unique_ptr<log_port> make_log_port(std::shared_ptr<store_disk>, later_function, random_stream delays);
std::unique_ptr<history_port> make_history_port(std::shared_ptr<store_disk>, later_function, random_stream delays);

}  // namespace troupe::sim
