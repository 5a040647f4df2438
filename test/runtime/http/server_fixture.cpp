#include "test/runtime/http/server_fixture.hpp"

#include <unistd.h>

#include <ctime>
#include <stdexcept>

#include "runtime/pki/pki.hpp"

using namespace troupe;

namespace toy {
namespace {

struct folder {
  std::filesystem::path path;
  pki::credential authority;
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-http-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path = name;
    authority = pki::make_authority("toy", time(nullptr)).value();
    write("ca", authority);
    auto server = request("server");
    server.server = true;
    server.dns_names = {"localhost"};
    server.addresses = {"127.0.0.1"};
    write("server", pki::issue(authority, server).value());
    auto alice = request("alice");
    alice.organizations = {"devs", "ops"};
    alice.client = true;
    write("alice", pki::issue(authority, alice).value());
    auto other = pki::make_authority("other", time(nullptr)).value();
    write("stranger", pki::issue(other, alice).value());
  }
  ~folder() { std::filesystem::remove_all(path); }
  static pki::request request(const std::string& name) {
    pki::request made;
    made.common_name = name;
    made.not_before_seconds = time(nullptr);
    made.days = 1;
    return made;
  }
  void write(const std::string& name, const pki::credential& what) {
    (void)pki::write_private((path / (name + ".crt")).string(), what.certificate_pem).ok();
    (void)pki::write_private((path / (name + ".key")).string(), what.key_pem).ok();
  }
};

folder& files() {
  static folder made;
  return made;
}

client_files named(const std::string& name) {
  auto& path = files().path;
  return {(path / "ca.crt").string(), (path / (name + ".crt")).string(), (path / (name + ".key")).string()};
}

} // namespace

const std::filesystem::path& certificates() { return files().path; }

void renew_serving_certificate() {
  auto server = folder::request("server");
  server.server = true;
  server.dns_names = {"localhost"};
  server.addresses = {"127.0.0.1"};
  files().write("server", pki::issue(files().authority, server).value());
}

running::running() {
  http_options options;
  options.port = 0;
  options.certificate_file = (files().path / "server.crt").string();
  options.key_file = (files().path / "server.key").string();
  options.client_ca_file = (files().path / "ca.crt").string();
  auto started = http_server::start(options, toys.make_chain());
  if (!started) throw std::runtime_error(started.error().message);
  server = std::move(*started);
  generation = server->open_generation();
}

running::~running() { server->stop(0); }

client_files running::anonymous() const { return {(files().path / "ca.crt").string(), "", ""}; }
client_files running::alice() const { return named("alice"); }
client_files running::stranger() const { return named("stranger"); }

} // namespace toy
