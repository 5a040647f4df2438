// Segments in a folder: O_DIRECT and O_DSYNC where the file system has them, otherwise a write and fdatasync. A helper
// thread keeps a zero-filled spare file ready, so that the commit path never allocates space on the disk.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "persist/ports/segment_disk.hpp"

namespace troupe {

class segment_files : public segment_disk {
 public:
  /// Makes the folder (0700) where it is not there. Begins to make a spare at once.
  segment_files(std::string folder, uint64_t segment_bytes);
  ~segment_files() override;

  std::vector<std::string> names() override;
  bool read(const std::string& name, std::string& to) override;
  bool sync(const std::string& name) override;
  outcome write(const std::string& name, uint64_t offset, std::string_view bytes) override;
  outcome take_spare(const std::string& name, std::string_view header) override;
  void recycle(const std::string& name) override;
  uint64_t segment_bytes() const override { return segment_bytes_; }
  uint64_t random() override { return random_(); }

 private:
  int open_file(const std::string& name);
  outcome write_file(int file, uint64_t offset, std::string_view bytes);
  bool fill(const std::string& name);
  void make_spares();
  void sync_folder();
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  const std::string folder_;
  const uint64_t segment_bytes_;
  bool direct_ = true;
  std::map<std::string, int> open_files_;
  std::random_device random_source_;
  std::mt19937_64 random_{random_source_()};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> spares_;
  uint64_t spare_number_ = 0;
  bool waiting_ = false;  // somebody needs a spare now: do not spare the disk
  bool no_space_ = false, stop_ = false;
  std::thread maker_;
};

}  // namespace troupe
