// The scenarios of the whole cluster, as a program: build/test/world run roll_out seed=1.
#include "messages/api/apps/v1.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "test/sim/cluster.hpp"
#include "test/sim/scenario.hpp"

using namespace troupe;
using namespace troupe::sim;

namespace {

const std::string deployment = R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":3,)"
  R"("selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"terminationGracePeriodSeconds":1,"automountServiceAccountToken":false,)"
  R"("containers":[{"name":"main","image":"example/web:1"}]}}}})";
const std::string new_image = R"({"spec":{"template":{"spec":{"containers":[{"name":"main","image":"example/web:2"}]}}}})";
const std::string deployments = "/apis/apps/v1/namespaces/default/deployments";

cluster_options options_of(const std::string& bug) {
  cluster_options options;
  options.acknowledge_early = bug == "early-ack";
  options.gap = bug == "gap";
  options.double_bind = bug == "double-bind";
  return options;
}

struct story {
  std::unique_ptr<cluster> all;
  int chapter = 0; // how far the user has come
  bool waiting = false;
};

struct pods_seen {
  int of_image = 0, running = 0, ready = 0, all = 0;
};

pods_seen look_at_pods(const cluster& in, const std::string& image) {
  pods_seen seen;
  for (auto& one : in.list("", "v1", "pods")) {
    auto pod = one->as<k8s::io::api::core::v1::Pod>();
    ++seen.all;
    seen.of_image += pod->spec().containers(0).image() == image;
    seen.running += pod->status().phase() == "Running";
    for (auto& condition : pod->status().conditions())
      seen.ready += condition.type() == "Ready" && condition.status() == "True";
  }
  return seen;
}

/// All replicas are of this image, run, and the Deployment knows it.
bool rolled_out(const cluster& in, const std::string& image, int replicas) {
  auto found = in.get("apps", "v1", "deployments", "default", "web");
  if (!found)
    return false;
  auto web = found->as<k8s::io::api::apps::v1::Deployment>();
  auto& status = web->status();
  bool known = status.observedgeneration() == web->metadata().generation() && status.updatedreplicas() == replicas &&
               status.replicas() == replicas && status.availablereplicas() == replicas;
  auto pods = look_at_pods(in, image);
  return known && pods.all == replicas && pods.of_image == replicas && pods.running == replicas && pods.ready == replicas;
}

std::string cluster_state(const cluster& in) {
  std::string text = "deployments " + std::to_string(in.list("apps", "v1", "deployments").size());
  std::vector<std::string> sets;
  for (auto& one : in.list("apps", "v1", "replicasets")) {
    auto set = one->as<k8s::io::api::apps::v1::ReplicaSet>();
    sets.push_back(set->spec().template_().spec().containers(0).image() + "=" + std::to_string(set->spec().replicas()));
  }
  std::sort(sets.begin(), sets.end());
  for (auto& one : sets)
    text += " " + one;
  auto pods = look_at_pods(in, "example/web:2");
  return text + " pods " + std::to_string(pods.all) + " new " + std::to_string(pods.of_image) + " ready " + std::to_string(pods.ready);
}

void dump(const story& told) {
  std::printf("chapter %d%s\n", told.chapter, told.waiting ? ", waiting for an answer" : "");
  constexpr const char* kinds[][2] = {{"apps", "deployments"}, {"apps", "replicasets"}, {"", "pods"}, {"", "nodes"}};
  for (auto& [group, plural] : kinds)
    for (auto& one : told.all->list(group, "v1", plural))
      std::printf("%s\n", one->json()->c_str());
}

void build(const std::shared_ptr<story>& told, world& in, cluster_options options) {
  told->all = std::make_unique<cluster>(in, std::move(options));
  auto& beta = *in.find("beta");
  auto& gamma = *in.find("gamma");
  beta.rate = 1.0003; // steady clocks drift, and calendars disagree
  beta.offset = 5 * ms;
  gamma.rate = 0.9998;
  gamma.wall_skew = -3600 * sec;
  for (auto& on : in.machines)
    in.boot(*on);
}

/// The user's next step, once what it waits for is there.
void go_on(const std::shared_ptr<story>& told, const char* method, const std::string& path, const std::string& body, const char* type) {
  told->waiting = true;
  told->all->insist(method, path, body, [told] {
    ++told->chapter;
    told->waiting = false;
  }, type);
}

/// A Deployment is created, rolls out, gets a new image, and rolls out again.
play roll_out_with(const cluster_options& options) {
  auto told = std::make_shared<story>();
  play now;
  now.build = [told, options](world& in) { build(told, in, options); };
  now.done = [told](world&) {
    auto& in = *told->all;
    if (told->waiting || !in.serves())
      return false;
    if (told->chapter == 0)
      go_on(told, "POST", deployments, deployment, "application/json");
    else if (told->chapter == 1 && rolled_out(in, "example/web:1", 3))
      go_on(told, "PATCH", deployments + "/web", new_image, "application/strategic-merge-patch+json");
    return told->chapter == 2 && rolled_out(in, "example/web:2", 3);
  };
  now.state = [told](world&) { return cluster_state(*told->all); };
  now.dump = [told](world&) { dump(*told); };
  now.broken = [told](world&) { return told->all->broken(); };
  return now;
}

play roll_out(const std::string& bug) { return roll_out_with(options_of(bug)); }

/// The same while two schedulers work at once.
play rivals(const std::string& bug) {
  auto options = options_of(bug);
  options.rival = true;
  return roll_out_with(options);
}

/// A Deployment is deleted in the foreground: finalizers hold it until its ReplicaSet and its pods are gone.
play delete_foreground(const std::string& bug) {
  auto told = std::make_shared<story>();
  play now;
  now.build = [told, bug](world& in) { build(told, in, options_of(bug)); };
  now.done = [told](world&) {
    auto& in = *told->all;
    if (told->waiting || !in.serves())
      return false;
    if (told->chapter == 0)
      go_on(told, "POST", deployments, deployment, "application/json");
    else if (told->chapter == 1 && rolled_out(in, "example/web:1", 3))
      go_on(told, "DELETE", deployments + "/web", R"({"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground"})", "application/json");
    return told->chapter == 2 && in.list("apps", "v1", "deployments").empty() && in.list("apps", "v1", "replicasets").empty() && in.list("", "v1", "pods").empty();
  };
  now.state = [told](world&) { return cluster_state(*told->all); };
  now.dump = [told](world&) { dump(*told); };
  now.broken = [told](world&) {
    auto& in = *told->all;
    bool deployment_gone = told->chapter == 2 && in.serves() && in.list("apps", "v1", "deployments").empty();
    if (deployment_gone && !in.list("apps", "v1", "replicasets").empty())
      return std::string{"the Deployment is gone before its ReplicaSets"};
    return in.broken();
  };
  return now;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> agents = {"beta", "gamma"};
  return scenario_main(argc, argv, {{"roll_out", roll_out, agents, "alpha"}, {"rivals", rivals, agents, "alpha"}, {"delete_foreground", delete_foreground, agents, "alpha"}});
}
