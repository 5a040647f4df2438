#include "persist/ports/segment_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "persist/log_format.hpp"

namespace troupe {
namespace {

constexpr size_t spares_wanted = 1;
constexpr size_t fill_step_bytes = 256u << 10;
constexpr auto fill_pause = std::chrono::microseconds(500);  // between steps: commits come first
constexpr auto retry_pause = std::chrono::milliseconds(200);
constexpr size_t read_step_bytes = 8u << 20;

bool is_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

struct free_bytes {
  void operator()(char* bytes) const { std::free(bytes); }
};
using block_memory = std::unique_ptr<char, free_bytes>;

block_memory aligned(size_t size) {
  return block_memory{static_cast<char*>(
      std::aligned_alloc(log_block_bytes, (size + log_block_bytes - 1) / log_block_bytes * log_block_bytes))};
}

}  // namespace

segment_files::segment_files(std::string folder, uint64_t segment_bytes)
    : folder_(std::move(folder)), segment_bytes_(segment_bytes) {
  ::mkdir(folder_.c_str(), 0700);
  if (auto listing = ::opendir(folder_.c_str())) {  // half-made spares of an earlier life
    while (auto one = ::readdir(listing))
      if (is_prefix(one->d_name, "spare-")) ::unlink(path(one->d_name).c_str());
    ::closedir(listing);
  }
  maker_ = std::thread{[this] { make_spares(); }};
}

segment_files::~segment_files() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  maker_.join();
  for (auto& [name, file] : open_files_) ::close(file);
}

std::vector<std::string> segment_files::names() {
  std::vector<std::string> found;
  if (auto listing = ::opendir(folder_.c_str())) {
    while (auto one = ::readdir(listing))
      if (is_prefix(one->d_name, "log-")) found.push_back(one->d_name);
    ::closedir(listing);
  }
  std::sort(found.begin(), found.end());
  return found;
}

int segment_files::open_file(const std::string& name) {
  if (auto found = open_files_.find(name); found != open_files_.end()) return found->second;
  int file = -1;
  if (direct_) file = ::open(path(name).c_str(), O_RDWR | O_CLOEXEC | O_DIRECT | O_DSYNC);
  if (file < 0) {
    file = ::open(path(name).c_str(), O_RDWR | O_CLOEXEC);
    if (file >= 0) direct_ = false;  // tmpfs and others know no O_DIRECT
  }
  if (file >= 0) open_files_.emplace(name, file);
  return file;
}

bool segment_files::read(const std::string& name, std::string& to) {
  int file = open_file(name);
  struct stat facts;
  if (file < 0 || ::fstat(file, &facts) != 0) return false;
  to.resize(static_cast<size_t>(facts.st_size));
  auto buffer = aligned(read_step_bytes);
  for (size_t at = 0; at < to.size();) {
    ssize_t got = ::pread(file, buffer.get(), read_step_bytes, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    std::memcpy(to.data() + at, buffer.get(), static_cast<size_t>(got));
    at += static_cast<size_t>(got);
  }
  return true;
}

bool segment_files::sync(const std::string& name) {
  int file = open_file(name);
  return file >= 0 && ::fdatasync(file) == 0;
}

segment_disk::outcome segment_files::write_file(int file, uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t done = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return outcome::failed;
    bytes.remove_prefix(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
  return direct_ || ::fdatasync(file) == 0 ? outcome::ok : outcome::failed;
}

segment_disk::outcome segment_files::write(const std::string& name, uint64_t offset, std::string_view bytes) {
  int file = open_file(name);
  if (file < 0) return outcome::failed;
  if (!direct_ || reinterpret_cast<uintptr_t>(bytes.data()) % log_block_bytes == 0)
    return write_file(file, offset, bytes);
  auto copy = aligned(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return write_file(file, offset, {copy.get(), bytes.size()});
}

segment_disk::outcome segment_files::take_spare(const std::string& name, std::string_view header) {
  std::string spare;
  {
    std::unique_lock lock{mutex_};
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !spares_.empty() || no_space_; });
    waiting_ = false;
    if (spares_.empty()) return outcome::full;
    spare = spares_.back();
    spares_.pop_back();
  }
  changed_.notify_all();
  // The header first: a file that bears a segment's name always has one.
  auto result = write(spare, 0, header);
  int file = open_files_[spare];
  open_files_.erase(spare);
  if (result != outcome::ok || ::rename(path(spare).c_str(), path(name).c_str()) != 0) {
    if (file >= 0) ::close(file);
    return outcome::failed;
  }
  open_files_[name] = file;
  sync_folder();
  return outcome::ok;
}

void segment_files::recycle(const std::string& name) {
  if (auto found = open_files_.find(name); found != open_files_.end()) {
    ::close(found->second);
    open_files_.erase(found);
  }
  std::lock_guard guard{mutex_};
  auto spare = "spare-" + std::to_string(spare_number_++);
  if (spares_.size() <= spares_wanted && ::rename(path(name).c_str(), path(spare).c_str()) == 0)
    spares_.push_back(spare);
  else
    ::unlink(path(name).c_str());
  sync_folder();
}

void segment_files::sync_folder() {
  int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

/// A file full of zeros, durable. Without O_DSYNC: its flushes would stand in the way of the commits'.
bool segment_files::fill(const std::string& name) {
  int file = ::open(path(name).c_str(), O_RDWR | O_CLOEXEC | O_CREAT | O_TRUNC | O_DIRECT, 0600);
  if (file < 0) file = ::open(path(name).c_str(), O_RDWR | O_CLOEXEC | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return false;
  auto zeros = aligned(fill_step_bytes);
  std::memset(zeros.get(), 0, fill_step_bytes);
  bool ok = true;
  for (uint64_t at = 0; ok && at < segment_bytes_;) {
    size_t step = std::min<uint64_t>(fill_step_bytes, segment_bytes_ - at);
    ok = ::pwrite(file, zeros.get(), step, static_cast<off_t>(at)) == static_cast<ssize_t>(step);
    at += step;
    std::unique_lock lock{mutex_};
    if (stop_)
      ok = false;
    else if (!waiting_)
      changed_.wait_for(lock, fill_pause, [&] { return stop_ || waiting_; });
  }
  ok = ok && ::fsync(file) == 0;
  ::close(file);
  return ok;
}

void segment_files::make_spares() {
  for (;;) {
    std::string name;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return stop_ || spares_.size() < spares_wanted; });
      if (stop_) return;
      name = "spare-" + std::to_string(spare_number_++);
    }
    bool ok = fill(name);
    if (!ok) ::unlink(path(name).c_str());
    std::unique_lock lock{mutex_};
    no_space_ = !ok;
    if (ok) spares_.push_back(name);
    changed_.notify_all();
    if (!ok) changed_.wait_for(lock, retry_pause, [&] { return stop_; });
  }
}

}  // namespace troupe
