// A fatal signal leaves a stack trace on stderr before the process ends.
#pragma once

namespace troupe::cli {

/// For SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT. The handlers use nothing but async-signal-safe calls (backtrace is
/// loaded here already).
void install_stack_trace();

} // namespace troupe::cli
