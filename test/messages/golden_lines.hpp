// Lines of a gzip file below test/golden/ (tests run in the source folder).
#pragma once
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <vector>

inline std::string read_golden(const std::string& path) {
  gzFile file = gzopen(("test/golden/" + path).c_str(), "rb");
  if (!file) throw std::runtime_error("cannot open test/golden/" + path);
  std::string text;
  char piece[65536];
  for (int count; (count = gzread(file, piece, sizeof piece)) > 0;) text.append(piece, size_t(count));
  gzclose(file);
  return text;
}

inline std::vector<std::string> golden_lines(const std::string& path) {
  std::string text = read_golden(path);
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}
