// toy_server_main PORT [SECONDS]: the server over the toy chain, for load programs; prints its CPU seconds at the end.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <csignal>

#include "test/runtime/http/server_fixture.hpp"

int main(int count, char** words) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  toy::world toys;
  troupe::http_options options;
  options.port = uint16_t(count > 1 ? std::atoi(words[1]) : 0);
  auto folder = toy::certificates().string();
  options.certificate_file = folder + "/server.crt";
  options.key_file = folder + "/server.key";
  options.client_ca_file = folder + "/ca.crt";
  auto started = troupe::http_server::start(options, toys.make_chain());
  if (!started) return std::fprintf(stderr, "%s\n", started.error().message.c_str()), 1;
  auto& server = **started;
  server.open_generation();
  std::printf("port %u certificates %s\n", server.port(), folder.c_str());
  std::fflush(stdout);
  int which = 0;
  sigwait(&ends, &which);
  server.stop(1000);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  std::printf("cpu %.3f s, requests %llu\n", seconds(used.ru_utime) + seconds(used.ru_stime), (unsigned long long)server.counts().requests);
}
