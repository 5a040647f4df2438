// The folder that the store lives in: made, locked against a second process, and of a format that this version reads.
#pragma once
#include <memory>
#include <string>

#include "messages/result.hpp"

namespace troupe {

class data_folder {
 public:
  /// Makes it (0700) where it is not there. Errors are one line for people: another process holds it (its number is
  /// named), another format version wrote it, it cannot be written.
  static result<std::unique_ptr<data_folder>> open(const std::string& path);
  ~data_folder();
  data_folder(const data_folder&) = delete;
  data_folder& operator=(const data_folder&) = delete;
  const std::string& path() const { return path_; }

  static constexpr int format_version = 1;

 private:
  data_folder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

}  // namespace troupe
