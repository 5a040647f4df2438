#include "cli/stack_trace.hpp"
#include <initializer_list>
#include <execinfo.h>
#include <unistd.h>
#include <csignal>
#include <cstring>

namespace troupe::cli {

namespace {

constexpr int frames_max = 64;

void on_fatal(int signal) {
  constexpr char line[] = "troupe: fatal signal; stack:\n";
  [[maybe_unused]] auto done = ::write(2, line, sizeof line - 1);
  void* frames[frames_max];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, frames_max), 2);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

} // namespace

void install_stack_trace() {
  void* first[1];
  ::backtrace(first, 1); // loads libgcc now, not within a handler
  struct sigaction action {};
  action.sa_handler = on_fatal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigaction(signal, &action, nullptr);
}

} // namespace troupe::cli
