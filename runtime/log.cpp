#include "runtime/log.hpp"
#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <unistd.h>

namespace troupe {
namespace {

std::atomic<int> detail_level{0};

struct sink_holder {
  std::mutex mutex;
  std::function<void(log_level, const std::string&)> write = [](log_level, const std::string& line) {
    std::string whole = line + "\n"; // one write: lines of several processes on one terminal stay whole
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, whole.data(), whole.size());
  };
};

sink_holder& sink() {
  static sink_holder holder;
  return holder;
}

void write_line(log_level level, std::string_view text, const std::source_location& where) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  auto line = log_line(level, int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec, getpid(), where.file_name(), where.line(), text);
  auto& holder = sink();
  std::lock_guard guard{holder.mutex};
  if (holder.write)
    holder.write(level, line);
}

void append_escaped(std::string& to, std::string_view text) {
  bool cut = text.size() > log_line_bytes_max;
  for (unsigned char letter : text.substr(0, log_line_bytes_max)) {
    if (letter == '\n')
      to += "\\n";
    else if (letter < 0x20 || letter == 0x7f) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", letter);
      to += code.data();
    } else
      to += static_cast<char>(letter);
  }
  if (cut)
    to += "... (" + std::to_string(text.size()) + " bytes)";
}

} // namespace

std::string log_line(log_level level, int64_t wall_ns, int process, std::string_view file, unsigned line, std::string_view text) {
  time_t seconds = wall_ns / 1'000'000'000;
  tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 64> head{};
  std::snprintf(head.data(), head.size(), "%c%02d%02d %02d:%02d:%02d.%06d %7d ", static_cast<char>(level), parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(wall_ns / 1000 % 1'000'000), process);
  std::string whole = head.data();
  auto slash = file.rfind('/');
  whole += slash == std::string_view::npos ? file : file.substr(slash + 1);
  whole += ":" + std::to_string(line) + "] ";
  append_escaped(whole, text);
  return whole;
}

void log_info(std::string_view text, std::source_location where) { write_line(log_level::info, text, where); }
void log_warning(std::string_view text, std::source_location where) { write_line(log_level::warning, text, where); }
void log_error(std::string_view text, std::source_location where) { write_line(log_level::error, text, where); }

bool log_detail(int level) { return level <= detail_level.load(std::memory_order_relaxed); }
void set_log_detail(int level) { detail_level.store(level, std::memory_order_relaxed); }

void set_log_sink(std::function<void(log_level, const std::string&)> write) {
  auto& holder = sink();
  std::lock_guard guard{holder.mutex};
  holder.write = std::move(write);
}

} // namespace troupe
