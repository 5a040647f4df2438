// The host for real: network, containerd, an image, a running container, and everything gone afterwards. In network and
// mount namespaces of its own, so that nothing of the machine is touched but its cgroups, below /troupe/NAME.
#include <catch2/catch_test_macros.hpp>
#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include "runtime/host/clean_up_plan.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/network_plan.hpp"
#include "runtime/ports/containerd_port.hpp"
#include "runtime/ports/file_text.hpp"
#include "runtime/ports/machine_probe_port.hpp"
#include "runtime/ports/network_port.hpp"
#include "runtime/ports/process_run.hpp"
#include "test/runtime/host/own_namespaces.hpp"

using namespace troupe;
namespace files = std::filesystem;

namespace {

std::string images = "build/images"; // from the command line

std::set<std::string> tree(const std::string& root) {
  std::set<std::string> found;
  std::error_code failed;
  for (files::recursive_directory_iterator at(root, files::directory_options::skip_permission_denied, failed), end; !failed && at != end;
       at.increment(failed))
    found.insert(at->path().string());
  return found;
}

/// What `down` must leave as it was.
struct snapshot {
  std::set<std::string> links, mounts, cgroups, run_files, results, shims;
  std::string rules;
  bool operator==(const snapshot&) const = default;
};

std::set<std::string> lines(const std::string& text) {
  std::set<std::string> found;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) found.insert(line);
  return found;
}

snapshot look(const host_options& options) {
  snapshot now;
  now.links = lines(run_process({"ip", "-brief", "link", "show"}).output);
  now.mounts = lines(read_text("/proc/self/mounts"));
  for (auto& root : cgroup_roots(read_text("/proc/self/mounts"))) {
    if (files::exists(root + host_paths_of(options).cgroup)) now.cgroups.insert(root + host_paths_of(options).cgroup);
    for (auto& folder : tree(root + host_paths_of(options).cgroup)) now.cgroups.insert(folder); // hierarchies belong to all
  }
  now.run_files = tree("/run");
  now.results = tree("/var/lib/cni");
  now.rules = run_process({"nft", "list", "ruleset"}).output;
  for (auto& entry : files::directory_iterator("/proc"))
    if (is_shim_of(read_text(entry.path().string() + "/cmdline"), host_paths_of(options).containerd_socket)) now.shims.insert(entry.path());
  return now;
}

machine_configuration configuration_of(const host_options& options) {
  auto decided = machine_probe(read_machine_facts(options), options);
  if (auto* no = std::get_if<refusal>(&decided)) FAIL(no->line);
  return std::get<machine_configuration>(decided);
}

/// A container as containerd's client makes it, with cgroup and folders where the CRI plugin has them.
process_outcome run_container(const machine_configuration& configuration, const host_paths& paths, const std::string& name) {
  return run_process({configuration.ctr, "--address", configuration.cri_endpoint, "--namespace", "k8s.io", "run", "--detach", "--cgroup",
                      configuration.cgroup_parent + "/pod1/" + name, "--fifo-dir", paths.run + "/fifo", "--runc-root", paths.runtime_root,
                      "localhost/troupe/hello:1", name, "/hello", "serve"});
}

} // namespace

TEST_CASE("up, a container, a restart that adopts, down: as before") {
  host_options options;
  options.name = "hosttest" + std::to_string(::getpid());
  options.data_directory = "/tmp/troupe-" + options.name;
  options.api_port = 16443;
  auto before = look(options);
  auto configuration = configuration_of(options);

  REQUIRE(take_steps(network_up_plan(configuration, options)).ok());
  REQUIRE(take_steps(network_up_plan(configuration, options)).ok()); // again: nothing to do
  CHECK(bridge_is_up());
  CHECK(read_text("/proc/sys/net/ipv4/ip_forward") == "1\n");

  auto started = containerd_ensure(configuration, options);
  if (!started) FAIL(started.error().message);
  CHECK_FALSE(started->adopted);
  CHECK(::getsid(started->pid) == started->pid);
  auto adopted = containerd_ensure(configuration, options);
  REQUIRE(adopted.ok());
  CHECK(adopted->adopted);
  CHECK(adopted->pid == started->pid);

  auto imported = image_import(configuration.ctr, configuration.cri_endpoint, images + "/hello.tar");
  if (!imported) FAIL(imported.error().message);
  CHECK(*imported == std::vector<std::string>{"localhost/troupe/hello:1"});
  CHECK_FALSE(image_import(configuration.ctr, configuration.cri_endpoint, "/nonexistent.tar").ok());

  auto ran = run_container(configuration, host_paths_of(options), "one");
  if (!ran.ok()) FAIL(ran.error);
  REQUIRE(run_process({"ip", "link", "add", "veth1", "type", "veth", "peer", "name", "veth2"}).ok());
  REQUIRE(run_process({"ip", "link", "set", "veth1", "master", bridge_name}).ok());
  REQUIRE(run_process({"nft", "add", "table", "ip", nftables_table_name}).ok());
  auto during = look(options);
  CHECK(during.shims.size() == 1);
  CHECK(during.cgroups.size() >= 3);
  CHECK(during.mounts.size() > before.mounts.size());

  // containerd dies: the container does not notice, and the next one finds it.
  containerd_stop(host_paths_of(options));
  CHECK(containerd_alive(host_paths_of(options)) == 0);
  auto again = containerd_ensure(configuration, options);
  REQUIRE(again.ok());
  CHECK_FALSE(again->adopted);
  CHECK(look(options).shims == during.shims);
  auto tasks = run_process({configuration.ctr, "--address", configuration.cri_endpoint, "--namespace", "k8s.io", "tasks", "list"});
  CHECK(tasks.output.find("RUNNING") != std::string::npos);

  std::vector<std::string> log;
  auto down = host_down(options, [&](const std::string& line) { log.push_back(line); });
  if (!down) FAIL(down.error().message);
  CHECK(log.size() >= 5);
  auto after = look(options);
  CHECK(after.links == before.links);
  CHECK(after.mounts == before.mounts);
  CHECK(after.cgroups == before.cgroups);
  CHECK(after.run_files == before.run_files);
  CHECK(after.results == before.results);
  CHECK(after.rules == before.rules);
  CHECK(after.shims == before.shims);
  CHECK(host_down(options, nullptr).ok()); // again: nothing to do
  files::remove_all(options.data_directory);
}

int main(int count, char** words) {
  if (count > 1) images = words[1];
  if (find_program("containerd").empty()) {
    std::puts("SKIPPED: needs containerd");
    return 0;
  }
  return test::run_in_own_namespaces(words[0]);
}
