// The texts that containerd and CNI are given, against files that were looked at by eye and run.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>
#include "runtime/host/containerd_config_format.hpp"
#include "test/runtime/host/machines.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

std::string golden(const std::string& name) {
  std::ifstream file("test/runtime/host/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void check_machine(const machine_facts& facts, const std::string& name) {
  auto options = alpha_options();
  auto configuration = std::get<machine_configuration>(machine_probe(facts, options));
  auto paths = host_paths_of(options);
  CHECK(containerd_config_format(configuration, paths) == golden(name + ".toml"));
  CHECK(cni_configuration_format(configuration, paths, options.pod_cidr) == golden(name + ".conflist"));
}

} // namespace

TEST_CASE("configuration of the machine measured on") { check_machine(measured_machine(), "measured"); }
TEST_CASE("configuration of stock Debian 12") { check_machine(debian_12(), "debian_12"); }
TEST_CASE("configuration beside Docker") { check_machine(docker_machine(), "docker"); }
