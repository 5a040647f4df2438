// The node for real: containerd, a bridge, images; pods over an API that the test plays. In network and mount namespaces
// of its own. Every case leaves no pod behind; the last one takes the host down.
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_macros.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include "actors/node/container_format.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/network_plan.hpp"
#include "runtime/ports/containerd_port.hpp"
#include "runtime/ports/file_text.hpp"
#include "runtime/ports/machine_probe_port.hpp"
#include "runtime/ports/network_port.hpp"
#include "runtime/ports/process_run.hpp"
#include "test/actors/node/node_machine.hpp"
#include "test/actors/node/stream_client.hpp"

namespace troupe::test {
namespace {

std::string images = "build/images"; // from the command line
host_options host;
machine_configuration configuration;

bool enter_namespaces() {
  return ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0 && run_process({"ip", "link", "set", "lo", "up"}).ok();
}

std::string bring_up() {
  host.name = "nodetest" + std::to_string(::getpid());
  host.data_directory = "/tmp/troupe-" + host.name;
  host.api_port = 16'444;
  auto decided = machine_probe(read_machine_facts(host), host);
  if (auto* no = std::get_if<refusal>(&decided)) return no->line;
  configuration = std::get<machine_configuration>(decided);
  if (auto done = take_steps(network_up_plan(configuration, host)); !done.ok()) return done.error().message;
  if (auto done = containerd_ensure(configuration, host); !done.ok()) return done.error().message;
  for (auto* image : {"/pause.tar", "/hello.tar"})
    if (auto done = image_import(configuration.ctr, configuration.cri_endpoint, images + image); !done.ok()) return done.error().message;
  return {};
}

node_options real_node() {
  node_options options;
  options.name = host.name;
  options.base = "/alpha/node";
  options.port_path = "/alpha/nodes/" + host.name;
  options.data_directory = host.data_directory;
  options.cri_endpoint = configuration.cri_endpoint;
  options.host_address = "10.244.0.1";
  options.pod_cidr = host.pod_cidr;
  options.cgroup_parent = configuration.cgroup_parent;
  options.relist_ms = 200;
  return options;
}

core::Pod shell_pod(const std::string& name, const std::string& script) {
  auto pod = simple_pod(host.name, name);
  auto* container = pod.mutable_spec()->mutable_containers(0);
  for (auto* word : {"/bin/sh", "-c"}) container->add_command(word);
  container->add_command(script);
  return pod;
}

void remove_all(node_machine& m, const std::vector<std::string>& names) {
  for (auto& name : names) m.api->delete_pod("default", name, 1);
  for (auto& name : names) CHECK(m.until([&] { return !m.api->has("/api/v1/namespaces/default/pods/" + name); }, 40));
}

std::string log_of(const core::Pod& pod, int attempt = 0) {
  auto& m = pod.metadata();
  return read_text(host.data_directory + "/logs/pods/" + m.namespace_() + "_" + m.name() + "_" + m.uid() + "/c/" + std::to_string(attempt) + ".log");
}

bool is_ready_node(node_machine& m) {
  auto node = m.api->get<core::Node>("/api/v1/nodes/" + host.name);
  for (auto& condition : node.status().conditions())
    if (condition.type() == "Ready") return condition.status() == "True";
  return false;
}

const core::ContainerStatus& only_status(const core::Pod& pod) {
  static const core::ContainerStatus none;
  return pod.status().containerstatuses_size() ? pod.status().containerstatuses(0) : none;
}

TEST_CASE("a pod runs, with its times") {
  node_machine m(real_node());
  REQUIRE(m.until([&] { return is_ready_node(m); }));
  std::vector<std::string> names;
  std::string times;
  for (int i = 0; i < 5; ++i) {
    auto name = "web-" + std::to_string(i);
    names.push_back(name);
    auto begin = std::chrono::steady_clock::now();
    m.api->put_pod(simple_pod(host.name, name));
    REQUIRE(m.until([&] { return is_ready(m.api->pod("default", name)); }));
    times += " " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count());
  }
  std::printf("pod created -> Ready, ms:%s\n", times.c_str());
  CHECK(m.until([&] {
    auto notes = m.api->notes();
    return std::count(notes.begin(), notes.end(), "Started: Container started") == 5;
  }));
  auto pod = m.api->pod("default", "web-0");
  CHECK(pod.status().podip().starts_with("10.244.0."));
  CHECK(only_status(pod).image() == "localhost/troupe/hello:1");
  CHECK(only_status(pod).state().has_running());
  auto begin = std::chrono::steady_clock::now();
  remove_all(m, names);
  std::printf("5 pods removed in %lld ms\n", static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count()));
  CHECK_FALSE(std::filesystem::exists(host.data_directory + "/pods/" + pod.metadata().uid()));
}

TEST_CASE("environment, volumes, hosts file, termination message, exit codes") {
  node_machine m(real_node());
  core::ConfigMap map;
  auto* entry = map.add_data();
  entry->set_key("greeting");
  entry->set_value("hello");
  m.api->put("/api/v1/namespaces/default/configmaps/cm", "v1", "ConfigMap", map);
  core::Secret secret;
  auto* item = secret.add_data();
  item->set_key("password");
  item->set_value("s3cret");
  m.api->put("/api/v1/namespaces/default/secrets/sec", "v1", "Secret", secret);
  auto pod = shell_pod("all", "echo $GREETING $PASSWORD $NAME $IP; cat /cm/greeting /sec/password /token/token; ls -l /sec/; "
                              "grep all /etc/hosts; cat /etc/resolv.conf; touch /scratch/x && echo wrote; id; echo bye > /dev/termination-log; exit 7");
  auto& spec = *pod.mutable_spec();
  spec.set_restartpolicy("Never");
  auto& c = *spec.mutable_containers(0);
  auto variable = [&](const std::string& name) {
    auto* v = c.add_env();
    v->set_name(name);
    return v->mutable_valuefrom();
  };
  auto* key = variable("GREETING")->mutable_configmapkeyref();
  key->mutable_localobjectreference()->set_name("cm");
  key->set_key("greeting");
  auto* secret_key = variable("PASSWORD")->mutable_secretkeyref();
  secret_key->mutable_localobjectreference()->set_name("sec");
  secret_key->set_key("password");
  variable("NAME")->mutable_fieldref()->set_fieldpath("metadata.name");
  variable("IP")->mutable_fieldref()->set_fieldpath("status.podIP");
  auto volume = [&](const std::string& name, const std::string& path) {
    auto* v = spec.add_volumes();
    v->set_name(name);
    auto* mount = c.add_volumemounts();
    mount->set_name(name);
    mount->set_mountpath(path);
    return v->mutable_volumesource();
  };
  volume("cm", "/cm")->mutable_configmap()->mutable_localobjectreference()->set_name("cm");
  volume("sec", "/sec")->mutable_secret()->set_secretname("sec");
  volume("scratch", "/scratch")->mutable_emptydir();
  auto* projected = volume("token", "/token")->mutable_projected();
  auto* token = projected->add_sources()->mutable_serviceaccounttoken();
  token->set_path("token");
  token->set_expirationseconds(3607);
  m.api->put_pod(pod);
  REQUIRE(m.until([&] { return phase_of(m.api->pod("default", "all")) == "Failed"; }));
  auto ended = m.api->pod("default", "all");
  CHECK(only_status(ended).state().terminated().exitcode() == 7);
  CHECK(only_status(ended).state().terminated().message() == "bye\n");
  CHECK(only_status(ended).state().terminated().reason() == "Error");
  auto log = log_of(ended);
  INFO(log);
  CHECK(log.find("hello s3cret all " + ended.status().podip()) != std::string::npos);
  CHECK(log.find("hellos3crettoken-of-all") != std::string::npos);
  CHECK(log.find("nameserver 10.96.0.10") != std::string::npos);
  CHECK(log.find("search default.svc.cluster.local") != std::string::npos);
  CHECK(log.find(ended.status().podip() + "\tall") != std::string::npos);
  CHECK(log.find("wrote") != std::string::npos);
  remove_all(m, {"all"});
  CHECK(read_text("/proc/self/mounts").find(ended.metadata().uid()) == std::string::npos);
}

TEST_CASE("the crash loop, a missing image, a missing ConfigMap") {
  node_machine m(real_node());
  m.api->put_pod(shell_pod("crash", "exit 1"));
  m.api->put_pod(simple_pod(host.name, "noimage", "localhost/none:1"));
  auto config = simple_pod(host.name, "noconfig");
  config.mutable_spec()->mutable_containers(0)->add_envfrom()->mutable_configmapref()->mutable_localobjectreference()->set_name("late");
  m.api->put_pod(config);
  REQUIRE(m.until([&] { return only_status(m.api->pod("default", "crash")).state().waiting().reason() == "CrashLoopBackOff"; }));
  CHECK(only_status(m.api->pod("default", "crash")).restartcount() == 1);
  REQUIRE(m.until([&] { return only_status(m.api->pod("default", "noimage")).state().waiting().reason() == "ErrImageNeverPull"; }));
  REQUIRE(m.until([&] { return only_status(m.api->pod("default", "noconfig")).state().waiting().reason() == "CreateContainerConfigError"; }));
  CHECK(only_status(m.api->pod("default", "noconfig")).state().waiting().message() == "configmap \"late\" not found");
  core::ConfigMap map;
  m.api->put("/api/v1/namespaces/default/configmaps/late", "v1", "ConfigMap", map);
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "noconfig")); }));
  remove_all(m, {"crash", "noimage", "noconfig"});
}

TEST_CASE("probes and graceful end") {
  node_machine m(real_node());
  auto pod = shell_pod("probed", "trap 'echo term; exit 0' TERM; touch /tmp/ready; while :; do sleep 0.1; done");
  auto& c = *pod.mutable_spec()->mutable_containers(0);
  auto exec = [](core::Probe* probe, const char* word, const char* argument) {
    probe->mutable_handler()->mutable_exec()->add_command(word);
    probe->mutable_handler()->mutable_exec()->add_command(argument);
    probe->set_periodseconds(1);
    probe->set_timeoutseconds(2);
    probe->set_failurethreshold(1);
  };
  exec(c.mutable_readinessprobe(), "ls", "/tmp/ready");
  exec(c.mutable_livenessprobe(), "ls", "/tmp/ready");
  m.api->put_pod(pod);
  auto web = simple_pod(host.name, "http");
  auto* http = web.mutable_spec()->mutable_containers(0)->mutable_readinessprobe();
  http->mutable_handler()->mutable_httpget()->set_path("/");
  http->mutable_handler()->mutable_httpget()->mutable_port()->set_intval(8080);
  http->set_periodseconds(1);
  http->set_timeoutseconds(1);
  m.api->put_pod(web);
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "probed")); }));
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "http")); }));
  // liveness: the file goes, the container is restarted
  auto id = only_status(m.api->pod("default", "probed")).containerid();
  auto removed = run_process({configuration.ctr, "--address", configuration.cri_endpoint, "--namespace", "k8s.io", "tasks", "exec", "--exec-id", "x",
                              id.substr(std::string("containerd://").size()), "rm", "/tmp/ready"});
  REQUIRE(removed.ok());
  REQUIRE(m.until([&] { return only_status(m.api->pod("default", "probed")).restartcount() == 1 && is_ready(m.api->pod("default", "probed")); }));
  CHECK(log_of(m.api->pod("default", "probed"), 0).find("term") != std::string::npos);
  CHECK(only_status(m.api->pod("default", "probed")).laststate().terminated().exitcode() == 0);
  remove_all(m, {"probed", "http"});
}

TEST_CASE("init containers, sidecars, hooks, users and limits") {
  node_machine m(real_node());
  auto pod = shell_pod("parts", "cat /data/x; trap 'echo term; exit 0' TERM; while :; do sleep 0.1; done");
  auto& spec = *pod.mutable_spec();
  auto* volume = spec.add_volumes();
  volume->set_name("data");
  volume->mutable_volumesource()->mutable_emptydir()->set_medium("Memory");
  auto mount = [](core::Container& c) {
    auto* one = c.add_volumemounts();
    one->set_name("data");
    one->set_mountpath("/data");
  };
  mount(*spec.mutable_containers(0));
  auto add_init = [&](const std::string& name, const std::string& script) {
    auto* c = spec.add_initcontainers();
    *c = spec.containers(0);
    c->set_name(name);
    c->set_command(2, script);
    return c;
  };
  add_init("first", "echo one > /data/x");
  add_init("side", "trap 'exit 0' TERM; while :; do sleep 0.1; done")->set_restartpolicy("Always");
  add_init("second", "test -s /data/x && echo two >> /data/x");
  auto* hook = spec.mutable_containers(0)->mutable_lifecycle()->mutable_prestop()->mutable_exec();
  for (auto* word : {"sh", "-c", "echo prestop > /proc/1/fd/1"}) hook->add_command(word);
  m.api->put_pod(pod);
  auto user = shell_pod("user", "id; grep NoNewPrivs /proc/self/status; touch /x; cat /proc/self/cgroup");
  user.mutable_spec()->set_restartpolicy("Never");
  user.mutable_spec()->mutable_securitycontext()->set_runasuser(1000);
  user.mutable_spec()->mutable_securitycontext()->set_fsgroup(2000);
  auto* security = user.mutable_spec()->mutable_containers(0)->mutable_securitycontext();
  security->set_readonlyrootfilesystem(true);
  security->set_allowprivilegeescalation(false);
  m.api->put_pod(user);
  auto hungry = shell_pod("hungry", "dd if=/dev/zero of=/dev/null bs=200M count=1");
  hungry.mutable_spec()->set_restartpolicy("Never");
  auto* limit = hungry.mutable_spec()->mutable_containers(0)->mutable_resources()->add_limits();
  limit->set_key("memory");
  limit->mutable_value()->set_string("20Mi");
  m.api->put_pod(hungry);
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "parts")); }));
  CHECK(m.api->pod("default", "parts").status().initcontainerstatuses_size() == 3);
  REQUIRE(m.until([&] { return log_of(m.api->pod("default", "parts")).find("two") != std::string::npos; }));
  REQUIRE(m.until([&] { return phase_of(m.api->pod("default", "user")) == "Succeeded"; }));
  auto text = log_of(m.api->pod("default", "user"));
  INFO(text);
  CHECK(text.find("uid=1000 gid=0") != std::string::npos);
  CHECK(text.find("2000") != std::string::npos);
  CHECK(text.find("NoNewPrivs:\t1") != std::string::npos);
  CHECK(text.find("Read-only file system") != std::string::npos);
  CHECK(text.find(configuration.cgroup_parent + "/pod") != std::string::npos);
  REQUIRE(m.until([&] { return phase_of(m.api->pod("default", "hungry")) == "Failed"; }));
  CHECK(only_status(m.api->pod("default", "hungry")).state().terminated().reason() == "OOMKilled");
  remove_all(m, {"parts", "user", "hungry"});
}

TEST_CASE("killed actors and a restarted process find their containers") {
  auto api = std::make_shared<fake_api>();
  std::string id;
  {
    node_machine m(real_node(), api);
    m.api->put_pod(simple_pod(host.name, "stay"));
    REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "stay")); }));
    id = only_status(m.api->pod("default", "stay")).containerid();
    for (auto* path : {"/alpha/node/runtime", "/alpha/node/host", "/alpha/node/pods", "/alpha/node/source", "/alpha/node/pods/default/stay"}) {
      INFO(path);
      REQUIRE(m.until([&] { return m.kill(path); }));
      auto name = std::string("probe");
      m.api->put_pod(simple_pod(host.name, name));
      REQUIRE(m.until([&] { return is_ready(m.api->pod("default", name)); }));
      remove_all(m, {name});
    }
  }
  node_machine again(real_node(), api);
  REQUIRE(again.until([&] { return again.world->actors.below("/alpha/node/pods/").size() == 1; }));
  auto extra = simple_pod(host.name, "extra");
  again.api->put_pod(extra);
  REQUIRE(again.until([&] { return is_ready(again.api->pod("default", "extra")); }));
  auto pod = again.api->pod("default", "stay");
  CHECK(only_status(pod).containerid() == id);
  CHECK(only_status(pod).restartcount() == 0);
  remove_all(again, {"stay", "extra"});
}

stream_begin stream_to(stream_begin::verb what, const core::Pod& pod) {
  stream_begin begin;
  begin.what = what;
  begin.space = pod.metadata().namespace_();
  begin.pod = pod.metadata().name();
  begin.pod_uid = pod.metadata().uid();
  begin.container = "c";
  return begin;
}

std::string log_text(node_streams& streams, stream_begin begin) {
  auto reader = std::make_shared<client>();
  REQUIRE(reader->open(streams, host.name, std::move(begin), reader));
  auto out = reader->wire.open(channel_kind::out);
  auto status = reader->wire.open(channel_kind::status);
  REQUIRE(reader->until([&] { return reader->ended[status] || !reader->refused.empty(); }));
  return reader->refused.empty() ? reader->got[out] : "refused: " + reader->refused;
}

TEST_CASE("exec, logs and port-forward") {
  node_machine m(real_node());
  auto streams = make_node_streams(m.world, {m.options});
  m.api->put_pod(shell_pod("streams", "for i in 1 2 3 4 5; do echo line $i; done; while :; do sleep 1; done"));
  m.api->put_pod(simple_pod(host.name, "server"));
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "streams")) && is_ready(m.api->pod("default", "server")); }));
  auto pod = m.api->pod("default", "streams");

  SECTION("exec passes input, outputs and the exit code") {
    auto begin = stream_to(stream_begin::verb::exec, pod);
    begin.arguments = {"sh", "-c", "cat; echo problem >&2; exit 3"};
    begin.in = begin.out = begin.err = true;
    auto c = std::make_shared<client>();
    REQUIRE(c->open(*streams, host.name, begin, c));
    REQUIRE(c->until([&] { return c->ready; }));
    auto in = c->wire.open(channel_kind::in), out = c->wire.open(channel_kind::out), err = c->wire.open(channel_kind::err);
    auto status = c->wire.open(channel_kind::status);
    std::string sent;
    for (int i = 0; i < 100'000; ++i) sent += std::to_string(i) + "\n";
    size_t at = 0;
    REQUIRE(c->until([&] {
      at += c->wire.write(in, std::string_view(sent).substr(at));
      if (at == sent.size() && !c->ended[in]) {
        c->wire.fin(in);
        c->ended[in] = true;
      }
      return c->ended[status];
    }));
    CHECK(c->got[out] == sent);
    CHECK(c->got[err] == "problem\n");
    auto outcome = stream_outcome::decode(c->got[status]);
    REQUIRE(outcome);
    CHECK(outcome->what == stream_outcome::kind::exited);
    CHECK(outcome->exit_code == 3);
  }
  SECTION("a program that is not there, a container that is not there") {
    auto begin = stream_to(stream_begin::verb::exec, pod);
    begin.arguments = {"/no/such"};
    begin.out = begin.err = true;
    auto c = std::make_shared<client>();
    REQUIRE(c->open(*streams, host.name, begin, c));
    c->wire.open(channel_kind::out);
    c->wire.open(channel_kind::err);
    auto status = c->wire.open(channel_kind::status);
    REQUIRE(c->until([&] { return c->ended[status]; }));
    CHECK(stream_outcome::decode(c->got[status])->what == stream_outcome::kind::failed);
    begin.container = "none";
    auto other = std::make_shared<client>();
    REQUIRE(other->open(*streams, host.name, begin, other));
    REQUIRE(other->until([&] { return !other->refused.empty(); }));
    CHECK(other->refused == "container not found (\"none\")");
  }
  SECTION("logs: all, the tail, of the previous run, followed to the end") {
    auto begin = stream_to(stream_begin::verb::log, pod);
    // A pod may be Ready before its shell has said anything.
    CHECK(m.until([&] { return log_text(*streams, begin) == "line 1\nline 2\nline 3\nline 4\nline 5\n"; }));
    begin.tail_lines = 2;
    CHECK(log_text(*streams, begin) == "line 4\nline 5\n");
    begin.previous = true;
    CHECK(log_text(*streams, begin) == "refused: previous terminated container \"c\" in pod \"streams\" not found");
    auto ending = shell_pod("ending", "echo begin; sleep 2; echo end");
    ending.mutable_spec()->set_restartpolicy("Never");
    m.api->put_pod(ending);
    REQUIRE(m.until([&] { return only_status(m.api->pod("default", "ending")).state().has_running(); }));
    auto follow = stream_to(stream_begin::verb::log, m.api->pod("default", "ending"));
    follow.follow = true;
    CHECK(log_text(*streams, follow) == "begin\nend\n");
    remove_all(m, {"ending"});
  }
  SECTION("port-forward reaches the pod's loopback and tells of closed ports") {
    auto c = std::make_shared<client>();
    REQUIRE(c->open(*streams, host.name, stream_to(stream_begin::verb::forward, m.api->pod("default", "server")), c));
    REQUIRE(c->until([&] { return c->ready; }));
    auto good = c->wire.open(channel_kind::port, 8080), bad = c->wire.open(channel_kind::port, 9);
    c->wire.write(good, "GET / HTTP/1.0\r\n\r\n");
    REQUIRE(c->until([&] { return c->ended[good] && c->ended[bad]; }));
    CHECK(c->got[good].starts_with("HTTP/1."));
    CHECK(c->got[bad].find("IPv4: dial tcp4 127.0.0.1:9: connect: connection refused") != std::string::npos);
  }
  remove_all(m, {"streams", "server"});
}

TEST_CASE("twenty pods at once") {
  node_machine m(real_node());
  REQUIRE(m.until([&] { return is_ready_node(m); }));
  std::vector<std::string> names;
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    names.push_back("many-" + std::to_string(i));
    m.api->put_pod(simple_pod(host.name, names.back()));
  }
  for (auto& name : names) REQUIRE(m.until([&] { return is_ready(m.api->pod("default", name)); }, 60));
  std::printf("20 pods Ready in %lld ms\n", static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count()));
  remove_all(m, names);
}

} // namespace
} // namespace troupe::test

int main(int count, char** words) {
  using namespace troupe::test;
  if (count > 1 && words[1][0] != '-') {
    images = words[1];
    --count;
    for (int i = 1; i < count; ++i) words[i] = words[i + 1];
  }
  if (::geteuid() != 0 || !enter_namespaces()) {
    std::printf("SKIPPED: needs root with network and mount namespaces\n");
    return 0;
  }
  if (auto why = bring_up(); !why.empty()) {
    std::printf("SKIPPED: %s\n", why.c_str());
    return 0;
  }
  auto failed = Catch::Session().run(count, words);
  auto down = troupe::host_down(host, nullptr);
  if (!down.ok()) std::printf("down: %s\n", down.error().message.c_str());
  std::filesystem::remove_all(host.data_directory);
  return failed || !down.ok();
}
