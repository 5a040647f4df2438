// The twin of the kernel's packet filter for tests and the world: one table's maps and sets, changed by the same texts,
// all of a text or nothing. Deleting what is not there fails, as it does in the kernel; so does adding what is there
// with another value.
#pragma once
#include <map>
#include <mutex>
#include <string>

namespace troupe {

class simulated_nftables {
public:
  using content = std::map<std::string, std::map<std::string, std::string>>; // map -> element -> value

  /// Empty: done. Otherwise what was wrong, and nothing was changed.
  std::string apply(const std::string& commands);
  content elements() const;
  bool exists() const;       // the table
  void flush();              // somebody else empties the packet filter
  size_t transactions() const;
  /// The next `count` transactions fail.
  void fail(size_t count);

private:
  mutable std::mutex mutex_;
  bool exists_ = false;
  content elements_;
  size_t transactions_ = 0, failures_left_ = 0;
};

} // namespace troupe
