// For tests that change a machine: they run in network and mount namespaces of their own, with an empty /run and
// /var/lib (libcni writes there).
#pragma once
#include <catch2/catch_session.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cstdio>
#include "runtime/ports/process_run.hpp"

namespace troupe::test {

/// Runs all test cases of the program there. To be the end of main().
inline int run_in_own_namespaces(const char* program) {
  if (::geteuid() != 0) {
    std::puts("SKIPPED: needs root");
    return 0;
  }
  bool entered = ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 ::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0 && ::mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755") == 0 &&
                 run_process({"ip", "link", "set", "lo", "up"}).ok();
  if (!entered) {
    std::puts("SKIPPED: namespaces cannot be made here");
    return 0;
  }
  const char* words[] = {program};
  return Catch::Session().run(1, words);
}

} // namespace troupe::test
