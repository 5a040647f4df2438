#include <catch2/catch_test_macros.hpp>
#include "messages/api/meta/v1.pb.h"
#include "runtime/control/api_path.hpp"
#include "runtime/control/envelope.hpp"
#include "runtime/control/status_format.hpp"

using namespace troupe;
using namespace std::string_literals;

TEST_CASE("paths of the API") {
  auto& pods = *find_kind("", "v1", "pods");
  auto& nodes = *find_kind("", "v1", "nodes");
  auto& deployments = *find_kind("apps", "v1", "deployments");
  CHECK(api_path(pods, "default", "web-1", "status") == "/api/v1/namespaces/default/pods/web-1/status");
  CHECK(api_path(pods, "", "") == "/api/v1/pods");
  CHECK(api_path(nodes, "", "alpha") == "/api/v1/nodes/alpha");
  CHECK(api_path(deployments, "a b", "x/y") == "/apis/apps/v1/namespaces/a%20b/deployments/x%2Fy");
}

TEST_CASE("actions become requests") {
  action what;
  what.kind = find_kind("", "v1", "pods");
  what.space = "default";
  what.name = "web-1";
  what.body = "BODY";
  SECTION("create") {
    auto in = action_request(what);
    CHECK(in.method == "POST");
    CHECK(in.path == "/api/v1/namespaces/default/pods");
    CHECK(in.header("content-type") == "application/vnd.kubernetes.protobuf");
    auto opened = open_envelope(in.body);
    REQUIRE(opened);
    CHECK(opened->kind == "Pod");
    CHECK(opened->api_version == "v1");
    CHECK(opened->raw == "BODY");
  }
  SECTION("create of a subresource") {
    what.subresource = "binding";
    auto in = action_request(what);
    CHECK(in.path == "/api/v1/namespaces/default/pods/web-1/binding");
    CHECK(open_envelope(in.body)->kind == "Binding");
    what.subresource = "eviction";
    CHECK(open_envelope(action_request(what).body)->api_version == "policy/v1");
  }
  SECTION("remove") {
    what.what = action::verb::remove;
    what.uid = "U";
    what.resource_version = 7;
    what.grace_seconds = 0;
    what.propagation = "Background";
    auto in = action_request(what);
    CHECK(in.method == "DELETE");
    CHECK(in.path == "/api/v1/namespaces/default/pods/web-1");
    CHECK(in.body == R"({"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"U","resourceVersion":"7"},"propagationPolicy":"Background"})");
    what.what = action::verb::remove_collection;
    CHECK(action_request(what).path == "/api/v1/namespaces/default/pods");
  }
  SECTION("patch") {
    what.what = action::verb::patch;
    what.content_type = "application/merge-patch+json";
    auto in = action_request(what);
    CHECK(in.method == "PATCH");
    CHECK(in.header("content-type") == "application/merge-patch+json");
    CHECK(in.body == "BODY");
  }
}

TEST_CASE("the envelope comes apart again, and broken ones are refused") {
  auto bytes = put_in_envelope("apps/v1", "Deployment", "\x01\x02\0x"s);
  CHECK(bytes.starts_with("k8s\0"s));
  auto opened = open_envelope(bytes);
  REQUIRE(opened);
  CHECK(opened->api_version == "apps/v1");
  CHECK(opened->raw == "\x01\x02\0x"s);
  CHECK(open_envelope("k8s").error().code == 400);
  for (size_t cut = 5; cut < bytes.size() - 4; ++cut) // whatever is missing: refused or a shorter message, never a crash
    (void)open_envelope(std::string_view{bytes}.substr(0, cut));
  CHECK_FALSE(open_envelope("k8s\0\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s));
}

TEST_CASE("statuses are read from both forms") {
  auto error = not_found("", "pods", "web-1");
  auto back = read_status(404, "application/json", to_json(error));
  CHECK(back.reason == "NotFound");
  CHECK(back.message == error.message);
  k8s::io::apimachinery::pkg::apis::meta::v1::Status message;
  message.set_reason("Conflict");
  message.set_message("changed");
  message.mutable_details()->set_retryafterseconds(3);
  back = read_status(409, "application/vnd.kubernetes.protobuf", put_in_envelope("v1", "Status", message.SerializeAsString()));
  CHECK(back.reason == "Conflict");
  CHECK(back.retry_after_seconds == 3);
  CHECK(read_status(502, "text/html", "<html>").message == "<html>");
}
