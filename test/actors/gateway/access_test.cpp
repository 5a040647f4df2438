// Who may do what: RBAC follows its objects, nodes see what is theirs, tokens live as long as what they are bound to.
#include <catch2/catch_test_macros.hpp>
#include "actors/gateway/filters/token_format.hpp"
#include "test/actors/gateway/chain_fixture.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

const std::string rbac = "/apis/rbac.authorization.k8s.io/v1";
const caller alice{"alice", {}};
const caller node{"system:node:n1", {"system:nodes"}};

int code(chain_fixture& cluster, const caller& by, const std::string& method, const std::string& target, const std::string& body = {}) {
  return cluster.send(method, target, body, {}, by).code;
}

void allow(chain_fixture& cluster, const std::string& name, const json& rule, const json& subject) {
  std::string space = rbac + "/namespaces/default";
  REQUIRE(cluster.post(space + "/roles", {{"metadata", {{"name", name}}}, {"rules", json::array({rule})}}).code == 201);
  json reference = {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", name}};
  REQUIRE(cluster.post(space + "/rolebindings", {{"metadata", {{"name", name}}}, {"roleRef", reference}, {"subjects", json::array({subject})}}).code == 201);
}

json pod(const std::string& name, const std::string& secret) {
  json volume = {{"name", "s"}, {"secret", {{"secretName", secret}}}};
  return {{"metadata", {{"name", name}}},
          {"spec", {{"containers", json::array({{{"name", "c"}, {"image", "i"}}})}, {"volumes", json::array({volume})}}}};
}

void bind(chain_fixture& cluster, const std::string& name, const std::string& to) {
  json binding = {{"metadata", {{"name", name}}}, {"target", {{"kind", "Node"}, {"name", to}}}};
  REQUIRE(cluster.post("/api/v1/namespaces/default/pods/" + name + "/binding", binding).code == 201);
}

std::string token(chain_fixture& cluster, const json& specification = json::object()) {
  auto seen = cluster.post("/api/v1/namespaces/default/serviceaccounts/default/token", {{"spec", specification}});
  REQUIRE(seen.code == 201);
  return seen.document()["status"]["token"];
}

answer_seen ask(chain_fixture& cluster, const std::string& by_token) {
  return cluster.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}", {{"authorization", "Bearer " + by_token}}, {"", {}});
}

} // namespace

TEST_CASE("a role takes effect with its binding and ends with it, without a pause") {
  chain_fixture cluster;
  std::string maps = "/api/v1/namespaces/default/configmaps";
  CHECK(code(cluster, alice, "GET", maps) == 403);
  allow(cluster, "reader", {{"apiGroups", {""}}, {"resources", {"configmaps"}}, {"verbs", {"list"}}}, {{"kind", "User"}, {"name", "alice"}});
  CHECK(code(cluster, alice, "GET", maps) == 200);
  CHECK(code(cluster, alice, "GET", maps + "/x") == 403);
  CHECK(code(cluster, alice, "GET", "/api/v1/configmaps") == 403);
  CHECK(cluster.remove(rbac + "/namespaces/default/rolebindings/reader").code == 200);
  CHECK(code(cluster, alice, "GET", maps) == 403);
}

TEST_CASE("subresources, names and stars in rules") {
  chain_fixture cluster;
  allow(cluster, "logs", {{"apiGroups", {""}}, {"resources", {"pods/log"}}, {"verbs", {"get"}}}, {{"kind", "User"}, {"name", "alice"}});
  CHECK(code(cluster, alice, "GET", "/api/v1/namespaces/default/pods/p/log") == 404);
  CHECK(code(cluster, alice, "GET", "/api/v1/namespaces/default/pods/p") == 403);
  allow(cluster, "one", {{"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"get"}}, {"resourceNames", {"s"}}}, {{"kind", "Group"}, {"name", "system:authenticated"}});
  CHECK(code(cluster, alice, "GET", "/api/v1/namespaces/default/secrets/s") == 404);
  CHECK(code(cluster, alice, "GET", "/api/v1/namespaces/default/secrets/t") == 403);
}

TEST_CASE("anonymous users see health and version, and nothing else") {
  chain_fixture cluster;
  const caller nobody{"", {}};
  CHECK(code(cluster, nobody, "GET", "/version") == 200);
  CHECK(code(cluster, nobody, "GET", "/readyz") == 200);
  CHECK(code(cluster, nobody, "GET", "/api") == 403);
  CHECK(code(cluster, nobody, "GET", "/metrics") == 403);
}

TEST_CASE("a node reads the secrets of its own pods only") {
  chain_fixture cluster;
  std::string secrets = "/api/v1/namespaces/default/secrets";
  for (std::string name : {"mine", "theirs"}) REQUIRE(cluster.post(secrets, {{"metadata", {{"name", name}}}}).code == 201);
  REQUIRE(cluster.post("/api/v1/namespaces/default/pods", pod("p", "mine")).code == 201);
  REQUIRE(cluster.post("/api/v1/namespaces/default/pods", pod("q", "theirs")).code == 201);
  CHECK(code(cluster, node, "GET", secrets + "/mine") == 403);
  bind(cluster, "p", "n1");
  bind(cluster, "q", "n2");
  CHECK(code(cluster, node, "GET", secrets + "/mine") == 200);
  CHECK(code(cluster, node, "GET", secrets + "/theirs") == 403);
  CHECK(code(cluster, node, "GET", secrets) == 403);
}

TEST_CASE("a node changes its own Node, lease and pods only") {
  chain_fixture cluster;
  std::string nodes = "/api/v1/nodes", leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  CHECK(code(cluster, node, "POST", nodes, R"({"metadata":{"name":"n1"}})") == 201);
  CHECK(code(cluster, node, "POST", nodes, R"({"metadata":{"name":"n2"}})") == 403);
  CHECK(code(cluster, node, "POST", leases, R"({"metadata":{"name":"n1"}})") == 201);
  CHECK(code(cluster, node, "GET", leases + "/n2") == 403);
  REQUIRE(cluster.post("/api/v1/namespaces/default/pods", pod("p", "s")).code == 201);
  REQUIRE(cluster.post("/api/v1/namespaces/default/pods", pod("q", "s")).code == 201);
  bind(cluster, "p", "n1");
  bind(cluster, "q", "n2");
  auto status = [&](const std::string& name) {
    return cluster.send("PATCH", "/api/v1/namespaces/default/pods/" + name + "/status", R"({"status":{"phase":"Running"}})",
                        {{"content-type", "application/merge-patch+json"}}, node).code;
  };
  CHECK(status("p") == 200);
  CHECK(status("q") == 403);
  CHECK(code(cluster, node, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1") == 200);
  CHECK(code(cluster, node, "GET", "/api/v1/pods") == 403);
}

TEST_CASE("a token proves its service account until it is too old or the account is gone") {
  chain_fixture cluster;
  REQUIRE(cluster.get("/api/v1/namespaces/default/serviceaccounts/default").code == 200);
  auto mine = token(cluster);
  auto seen = ask(cluster, mine);
  CHECK(seen.code == 201);
  CHECK(seen.document()["status"]["userInfo"]["username"] == "system:serviceaccount:default:default");
  CHECK(ask(cluster, token(cluster, {{"audiences", {"other"}}})).code == 401);
  CHECK(ask(cluster, mine.substr(0, mine.size() - 4) + "AAAA").code == 401);
  cluster.wall_ns += 2 * 3'600'000'000'000;
  CHECK(ask(cluster, mine).code == 401);
  cluster.wall_ns -= 2 * 3'600'000'000'000;
  CHECK(ask(cluster, mine).code == 201);
  CHECK(cluster.remove("/api/v1/namespaces/default/serviceaccounts/default").code == 200);
  CHECK(ask(cluster, mine).code == 401);
}

TEST_CASE("a token that is bound to a pod ends with the pod") {
  chain_fixture cluster;
  REQUIRE(cluster.post("/api/v1/namespaces/default/pods", pod("p", "s")).code == 201);
  auto bound = token(cluster, {{"boundObjectRef", {{"kind", "Pod"}, {"apiVersion", "v1"}, {"name", "p"}}}});
  auto extra = ask(cluster, bound).document()["status"]["userInfo"]["extra"];
  CHECK(extra["authentication.kubernetes.io/pod-name"] == json::array({"p"}));
  CHECK(cluster.remove("/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0").code == 200);
  CHECK(ask(cluster, bound).code == 401);
}

TEST_CASE("tokens of another key, and without a signature, are no tokens") {
  chain_fixture one, other;
  auto foreign = token(other);
  CHECK(ask(one, foreign).code == 401);
  gateway::token_keys keys(one.account_key);
  CHECK_FALSE(keys.open("eyJhbGciOiJub25lIn0.e30.").ok());
  CHECK_FALSE(keys.open("").ok());
  CHECK(keys.key_set().find("\"ES256\"") != std::string::npos);
}

TEST_CASE("a certificate that is not the cluster's is refused, not taken for anonymous") {
  chain_fixture cluster;
  auto call = std::make_shared<troupe::call>();
  call->in.method = "GET";
  call->in.path = "/version";
  call->in.peer_credential = "X509SHA256=00";
  call->home = cluster.home;
  CHECK(cluster.api.handle(call, cluster.store, *cluster.state) == step::ready);
  call->where = call::state::answered;
  CHECK(call->out.code == 401);
}
