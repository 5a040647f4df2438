// The table `ip troupe` with real packets: a bridge, three pods that serve, one that only asks, and a machine outside, each a
// network namespace below one of our own.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <map>
#include <spawn.h>
#include <sys/wait.h>
#include "actors/proxy/table_format.hpp"
#include "runtime/host/network_plan.hpp"
#include "runtime/ports/conntrack_port.hpp"
#include "runtime/ports/machine_probe_port.hpp"
#include "runtime/ports/network_port.hpp"
#include "test/actors/proxy/services.hpp"
#include "test/runtime/host/own_namespaces.hpp"

extern char** environ;
using namespace troupe;
using namespace troupe::test;

namespace {

std::string hello = "build/images/hello"; // from the command line
const service_table_options here{"alpha", address("10.244.0.0"), 24};
const table_format_options format{"10.244.0.0/24", "10.244.0.0/16", "10.96.0.0/12", false};

void run(const std::string& line, const std::string& input = "") {
  auto outcome = run_process({"sh", "-c", line}, input);
  INFO(line << ": " << outcome.error);
  REQUIRE(outcome.ok());
}

class server {
public:
  explicit server(const std::string& pod) {
    std::string program = "exec ip netns exec " + pod + " unshare --uts sh -c 'hostname " + pod + " && exec " + hello + " serve 8080' >/dev/null";
    std::string shell = "sh", option = "-c";
    char* words[] = {shell.data(), option.data(), program.data(), nullptr};
    REQUIRE(::posix_spawn(&pid_, "/bin/sh", nullptr, nullptr, words, environ) == 0);
  }
  ~server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

private:
  pid_t pid_ = -1;
};

/// Who answered; "refused" or what else went wrong.
std::string ask(const std::string& from, const std::string& target) {
  std::vector<std::string> words{hello, "ask", target, "--once"};
  if (!from.empty()) words.insert(words.begin(), {"ip", "netns", "exec", from});
  auto outcome = run_process(words);
  if (outcome.output.starts_with("hello from ")) return outcome.output.substr(11, outcome.output.find('\n') - 11);
  return outcome.output.find("Connection refused") == std::string::npos ? outcome.output + outcome.error : "refused";
}

std::map<std::string, int> ask_often(const std::string& from, const std::string& target, int times) {
  std::map<std::string, int> answers;
  for (int time = 0; time < times; ++time) ++answers[ask(from, target)];
  return answers;
}

/// Network and servers, made once.
struct stage {
  stage() {
    host_options options;
    options.name = "network";
    options.data_directory = "/nonexistent";
    options.api_port = 16444;
    auto decided = machine_probe(read_machine_facts(options), options);
    if (auto* no = std::get_if<refusal>(&decided)) FAIL(no->line);
    auto made = take_steps(network_up_plan(std::get<machine_configuration>(decided), options));
    if (!made) FAIL(made.error().message);
    for (int number = 1; number <= 4; ++number) {
      std::string pod = "pod" + std::to_string(number), inside = "10.244.0." + std::to_string(number + 1);
      run("ip netns add " + pod + " && ip link add " + pod + " type veth peer name eth0 netns " + pod + " && ip link set " + pod +
          " master troupe0 up && bridge link set dev " + pod + " hairpin on && ip -n " + pod + " link set lo up && ip -n " + pod + " address add " +
          inside + "/24 dev eth0 && ip -n " + pod + " link set eth0 up && ip -n " + pod + " route add default via 10.244.0.1");
      if (number <= 3) servers.push_back(std::make_unique<server>(pod));
    }
    run("ip netns add outside && ip link add out type veth peer name eth0 netns outside && ip address add 192.0.2.1/24 dev out && ip link set out up"
        " && ip -n outside address add 192.0.2.2/24 dev eth0 && ip -n outside link set eth0 up && ip -n outside link set lo up");
    for (int number = 1; number <= 3; ++number)
      for (int look = 0; look < 500 && ask("", "10.244.0." + std::to_string(number + 1) + ":8080") != "pod" + std::to_string(number); ++look)
        ::usleep(10'000); // polls
    load();
  }
  void load() { run("nft -f -", table_format(format, table.elements())); }
  void change() {
    auto commands = table.changes();
    if (!commands.empty()) run("nft -f -", commands);
  }
  std::vector<std::unique_ptr<server>> servers;
  service_table table{here};
};

stage& the_stage() {
  static stage made;
  return made;
}

const std::vector<std::string> everybody{"10.244.0.2", "10.244.0.3", "10.244.0.4"};

} // namespace

TEST_CASE("a Service's address reaches every endpoint, from pods and from the machine") {
  auto& on = the_stage();
  on.table.put(service("web", "10.96.0.20"));
  on.table.put(slice("web-1", "web", everybody));
  on.change();
  for (std::string from : {"pod4", "pod1", ""}) {
    INFO("from " << from);
    auto answers = ask_often(from, "10.96.0.20:80", 60); // to miss one of three: once in 10^10 runs
    CHECK(answers.size() == 3);
    CHECK(answers["pod1"] + answers["pod2"] + answers["pod3"] == 60);
  }
}

TEST_CASE("an endpoint that goes gets no more connections") {
  auto& on = the_stage();
  on.table.put(service("web", "10.96.0.20"));
  on.table.put(slice("web-1", "web", {"10.244.0.2", "10.244.0.4"}));
  on.change();
  auto answers = ask_often("pod4", "10.96.0.20:80", 40);
  CHECK(answers.size() == 2);
  CHECK(answers.count("pod2") == 0);
}

TEST_CASE("a pod reaches itself through its Service") {
  auto& on = the_stage();
  on.table.put(service("self", "10.96.0.21"));
  on.table.put(slice("self-1", "self", {"10.244.0.2"}));
  on.change();
  CHECK(ask("pod1", "10.96.0.21:80") == "pod1");
}

TEST_CASE("no endpoint, no such port, no such Service: refused at once") {
  auto& on = the_stage();
  on.table.put(service("empty", "10.96.0.22"));
  on.change();
  CHECK(ask("pod4", "10.96.0.22:80") == "refused");
  CHECK(ask("", "10.96.0.22:80") == "refused");
  CHECK(ask("pod4", "10.96.77.77:80") == "refused");
  on.table.put(slice("empty-1", "empty", {"10.244.0.3"}));
  on.change();
  CHECK(ask("pod4", "10.96.0.22:80") == "pod2");
  CHECK(ask("pod4", "10.96.0.22:81") == "refused");
}

TEST_CASE("a node port is open on the machine's addresses, from inside and outside") {
  auto& on = the_stage();
  auto view = service("door", "10.96.0.23");
  view.ports[0].node_port = 30080;
  on.table.put(view);
  on.table.put(slice("door-1", "door", everybody));
  on.change();
  CHECK(ask_often("outside", "192.0.2.1:30080", 60).size() == 3);
  CHECK(ask_often("pod4", "192.0.2.1:30080", 60).size() == 3);
  CHECK(ask("", "192.0.2.1:30080").starts_with("pod"));
  CHECK(ask("outside", "192.0.2.1:30081") == "refused");
}

TEST_CASE("session affinity keeps a client with its endpoint") {
  auto& on = the_stage();
  auto view = service("sticky", "10.96.0.24");
  view.sticky = true;
  on.table.put(view);
  on.table.put(slice("sticky-1", "sticky", everybody));
  on.change();
  CHECK(ask_often("pod4", "10.96.0.24:80", 30).size() == 1);
}

TEST_CASE("a UDP client is translated anew when its endpoint goes") {
  auto& on = the_stage();
  auto view = service("names", "10.96.0.25", 53);
  view.ports[0].protocol = transport::udp;
  auto endpoints = slice("names-1", "names", {"10.244.0.2"});
  endpoints.ports[0].protocol = transport::udp;
  on.table.put(view);
  on.table.put(endpoints);
  on.change();
  on.table.take_stale();
  auto flows_to = [](const std::string& text) {
    int count = 0;
    for (auto& flow : translated_flows()) count += flow.address == address("10.96.0.25") && flow.endpoint == address(text);
    return count;
  };
  const std::vector<std::string> send{"ip", "netns", "exec", "pod4", "bash", "-c", "echo x > /dev/udp/10.96.0.25/53"};
  run_process(send);
  CHECK(flows_to("10.244.0.2") == 1);
  endpoints.endpoints[0].address = address("10.244.0.3");
  on.table.put(endpoints);
  on.change();
  CHECK(forget_flows(on.table.take_stale()).empty());
  CHECK(flows_to("10.244.0.2") == 0);
  run_process(send);
  CHECK(flows_to("10.244.0.3") == 1);
}

TEST_CASE("a full load while traffic flows changes nothing for anybody") {
  auto& on = the_stage();
  on.table.put(service("web", "10.96.0.20"));
  on.table.put(slice("web-1", "web", everybody));
  on.load();
  CHECK(ask_often("pod4", "10.96.0.20:80", 60).size() == 3);
}

int main(int count, char** words) {
  if (count > 1) hello = std::string(words[1]) + "/hello";
  return run_in_own_namespaces(words[0]);
}
