// Small files of /proc, /sys and our own, whole. Blocking; for ports.
#pragma once
#include <string>

namespace troupe {

/// Empty where it cannot be read. At most file_text_bytes_max.
std::string read_text(const std::string& path);
/// Replaces the file atomically (for files of our own: a new file is renamed over it). False: errno says why.
bool write_text(const std::string& path, const std::string& text, int mode = 0644);
/// Writes into an existing file in one call, as /proc and /sys want it. False: errno says why.
bool write_setting(const std::string& path, const std::string& text);

constexpr size_t file_text_bytes_max = 16u << 20;

} // namespace troupe
