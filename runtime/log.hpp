// What a process says to its operator, in klog's format: "I1124 15:04:05.123456    4711 file.cpp:12] text". Thread-safe.
// Secrets (tokens, keys, Secret data) are never passed to it.
#pragma once
#include <functional>
#include <source_location>
#include <string>
#include <string_view>

namespace troupe {

enum class log_level : char { info = 'I', warning = 'W', error = 'E' };

void log_info(std::string_view text, std::source_location = std::source_location::current());
void log_warning(std::string_view text, std::source_location = std::source_location::current());
void log_error(std::string_view text, std::source_location = std::source_location::current());

/// Is detail of this level wanted (-v)? Ask before making an expensive text.
bool log_detail(int level);
void set_log_detail(int level);

/// Where lines go; the default is standard error. An empty function silences it (the simulation, tests).
void set_log_sink(std::function<void(log_level, const std::string& line)>);

/// The line as it is written, without newline; control characters in `text` are escaped. Pure.
std::string log_line(log_level, int64_t wall_ns, int process, std::string_view file, unsigned line, std::string_view text);

constexpr size_t log_line_bytes_max = 16u << 10; // the rest is cut off, and said so

} // namespace troupe
