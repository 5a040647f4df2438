// Container log files as the runtime interface fixes them ("TIME STREAM TAGS TEXT", tag P: the line goes on, F: its end),
// and what a reader of logs asks for (core/v1 PodLogOptions). Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

struct log_wish {
  bool timestamps = false;
  int64_t since_ns = -1;      // calendar time; -1: from the beginning
  int64_t limit_bytes = -1;   // of what is shown; -1: no limit
  bool out = true, err = true;
};

/// Lines of a file in, text for people out. A half line waits for its rest.
class log_filter {
public:
  explicit log_filter(log_wish wish) : wish_(wish) {}
  /// Appends to `to` what of `bytes` is to be shown.
  void take(std::string_view bytes, std::string& to);
  /// The limit is reached: nothing more will be shown.
  bool full() const { return wish_.limit_bytes >= 0 && shown_bytes_ >= wish_.limit_bytes; }

private:
  void line(std::string_view line, std::string& to);
  log_wish wish_;
  std::string rest_;
  int64_t shown_bytes_ = 0;
  bool line_open_ = false; // the last record shown was partial
};

/// Where in `file_bytes` (the end of a file) the last `lines` lines begin; found: false if it holds fewer.
size_t tail_begin(std::string_view end_of_file, int64_t lines, bool& found);

constexpr size_t log_line_bytes_max_shown = 1u << 20; // a longer one without an end is cut

} // namespace troupe
