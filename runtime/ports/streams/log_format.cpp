#include "runtime/ports/streams/log_format.hpp"
#include <algorithm>
#include "messages/time_format.hpp"

namespace troupe {

void log_filter::take(std::string_view bytes, std::string& to) {
  while (!bytes.empty() && !full()) {
    auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
      rest_ += bytes;
      if (rest_.size() > log_line_bytes_max_shown) rest_.clear();
      return;
    }
    if (rest_.empty()) {
      line(bytes.substr(0, end), to);
    } else {
      rest_ += bytes.substr(0, end);
      auto whole = std::move(rest_);
      rest_.clear();
      line(whole, to);
    }
    bytes.remove_prefix(end + 1);
  }
}

void log_filter::line(std::string_view line, std::string& to) {
  auto first = line.find(' ');
  auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  auto third = second == std::string_view::npos ? second : line.find(' ', second + 1);
  if (second == std::string_view::npos) return; // not of this format
  auto stream = line.substr(first + 1, second - first - 1);
  auto tags = line.substr(second + 1, third == std::string_view::npos ? third : third - second - 1);
  auto text = third == std::string_view::npos ? std::string_view{} : line.substr(third + 1);
  if ((stream == "stdout" && !wish_.out) || (stream == "stderr" && !wish_.err)) return;
  if (wish_.since_ns >= 0) {
    auto time = parse_time(line.substr(0, first));
    if (time && time->seconds * 1'000'000'000 + time->nanoseconds < wish_.since_ns) return;
  }
  std::string shown;
  if (wish_.timestamps && !line_open_) shown.append(line.substr(0, first)).push_back(' ');
  shown += text;
  line_open_ = tags.starts_with("P");
  if (!line_open_) shown.push_back('\n');
  if (wish_.limit_bytes >= 0) {
    auto left = static_cast<size_t>(std::max<int64_t>(0, wish_.limit_bytes - shown_bytes_));
    if (shown.size() > left) shown.resize(left);
  }
  shown_bytes_ += static_cast<int64_t>(shown.size());
  to += shown;
}

size_t tail_begin(std::string_view end_of_file, int64_t lines, bool& found) {
  found = true;
  if (lines <= 0) return end_of_file.size();
  int64_t seen = 0;
  for (size_t at = end_of_file.size(); at-- > 0;) {
    if (end_of_file[at] != '\n' || at + 1 == end_of_file.size()) continue;
    if (++seen == lines) return at + 1;
  }
  found = false;
  return 0;
}

} // namespace troupe
