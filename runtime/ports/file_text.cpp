#include "runtime/ports/file_text.hpp"
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace troupe {

namespace {

bool write_all(int file, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    ssize_t size = ::write(file, text.data() + at, text.size() - at);
    if (size < 0) return false;
    at += size_t(size);
  }
  return true;
}

} // namespace

std::string read_text(const std::string& path) {
  std::string text;
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  char buffer[65'536];
  for (ssize_t size; text.size() < file_text_bytes_max && (size = ::read(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, size_t(size));
  ::close(file);
  return text;
}

bool write_text(const std::string& path, const std::string& text, int mode) {
  std::string next = path + ".next";
  int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return false;
  bool written = write_all(file, text);
  ::close(file);
  if (written && ::rename(next.c_str(), path.c_str()) == 0) return true;
  ::unlink(next.c_str());
  return false;
}

bool write_setting(const std::string& path, const std::string& text) {
  int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool written = write_all(file, text);
  ::close(file);
  return written;
}

} // namespace troupe
