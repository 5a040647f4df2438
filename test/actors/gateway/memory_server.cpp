// A server over a store in memory: the whole API without a cluster, for replaying recordings against the chain.
//   gateway_memory_server FOLDER PORT    writes FOLDER/admin.kubeconfig and serves until it is ended by a signal
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include "actors/gateway/gateway.hpp"
#include "runtime/http/http_server.hpp"
#include "runtime/pki/pki.hpp"
#include "test/support/memory_store.hpp"

namespace {

int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void write_file(const std::string& path, const std::string& text) {
  auto written = troupe::pki::write_private(path, text);
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str()), std::exit(1);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: %s FOLDER PORT\n", argv[0]), 2;
  sigset_t ends; // blocked before any thread starts
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  int64_t now_seconds = wall_ns() / 1'000'000'000;
  auto authority = troupe::pki::make_authority("troupe-ca", now_seconds);
  troupe::pki::request serving{"kube-apiserver", {}, {"localhost"}, {"127.0.0.1"}, true, false, now_seconds, 365};
  troupe::pki::request admin{"kubernetes-admin", {"system:masters"}, {}, {}, false, true, now_seconds, 365};
  auto server_pair = troupe::pki::issue(*authority, serving), admin_pair = troupe::pki::issue(*authority, admin);
  write_file(folder + "/ca.crt", authority->certificate_pem);
  write_file(folder + "/server.crt", server_pair->certificate_pem);
  write_file(folder + "/server.key", server_pair->key_pem);
  std::string url = "https://127.0.0.1:" + std::string(argv[2]);
  write_file(folder + "/admin.kubeconfig", troupe::pki::kubeconfig("memory", url, authority->certificate_pem, *admin_pair));

  troupe::test::memory_store store;
  troupe::gateway_options options;
  options.state = &store;
  options.events = &store;
  options.propose = [&](troupe::call_ptr call) { store.propose(std::move(call)); };
  options.authority_pem = authority->certificate_pem;
  options.account_key_pem = *troupe::pki::make_key();
  options.api_address = "192.0.2.10";
  options.api_port = static_cast<uint16_t>(std::atoi(argv[2]));
  for (auto& write : troupe::bootstrap(store, options, wall_ns(), 1)) store.apply(write);
  troupe::chain api = troupe::make_chain(options);

  troupe::http_options http;
  http.port = options.api_port;
  http.certificate_file = folder + "/server.crt";
  http.key_file = folder + "/server.key";
  http.client_ca_file = folder + "/ca.crt";
  http.log = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  auto server = troupe::http_server::start(http, api);
  if (!server) return std::fprintf(stderr, "%s\n", server.error().message.c_str()), 1;
  (*server)->open_generation();
  int which = 0;
  sigwait(&ends, &which);
  (*server)->stop(0);
  return 0;
}
