#include "persist/ports/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace troupe {
namespace {

status cannot(const std::string& path) {
  return plain_error(path + ": " + std::strerror(errno));
}

/// Writes a small file whole, durably.
bool write_file(const std::string& path, const std::string& text) {
  auto fresh = path + ".new";
  int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  bool ok = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  return ok && ::rename(fresh.c_str(), path.c_str()) == 0;
}

std::string read_file(const std::string& path) {
  std::ifstream from{path};
  return {std::istreambuf_iterator<char>{from}, {}};
}

}  // namespace

result<std::unique_ptr<data_folder>> data_folder::open(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return plain_error(path + ": " + failure.message());
  ::chmod(path.c_str(), 0700);
  auto lock_path = path + "/lock";
  int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return cannot(lock_path);
  std::unique_ptr<data_folder> folder{new data_folder(path, lock)};
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) return plain_error(path + " is in use by process " + read_file(lock_path));
  auto process = std::to_string(::getpid());
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, process.data(), process.size(), 0) < 0) return cannot(lock_path);
  auto version_path = path + "/format";
  auto known = std::to_string(format_version);
  auto found = read_file(version_path);
  while (!found.empty() && found.back() == '\n') found.pop_back();
  if (found.empty()) {
    if (std::filesystem::exists(path + "/history.db") || std::filesystem::exists(path + "/log"))
      return plain_error(path + " holds data but does not say of which format; this version reads format " + known);
    if (!write_file(version_path, known + "\n")) return cannot(version_path);
  } else if (found != known) {
    return plain_error(path + " is of format " + found + ", this version reads format " + known);
  }
  return folder;
}

data_folder::~data_folder() {
  ::close(lock_);
}

}  // namespace troupe
