// The order in which the chain asks strategies, without the chain: create, update, patch and two subresources over a
// state in memory. So recorded requests can be put to the strategies alone.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/patch.hpp"
#include "test/support/memory_roots.hpp"

namespace troupe::test {

struct place {
  const kind_row* kind = nullptr;
  std::string space, name, subresource;
};
/// "/apis/apps/v1/namespaces/a/deployments/b/status"; kind is null where there is no such resource.
place place_of(std::string_view path);

struct outcome {
  int code = 200;
  status error;      // code >= 400
  std::string json;  // the object as the request's version shows it
  std::vector<std::string> warnings;
};

class kind_server {
public:
  explicit kind_server(int64_t wall_ns) : wall_ns_(wall_ns) {}
  outcome post(std::string_view path, std::string_view body);
  outcome put(std::string_view path, std::string_view body);
  outcome patch(std::string_view path, patch_form form, std::string_view text);
  outcome get(std::string_view path);
  outcome remove(std::string_view path);
  /// As a delete that waits for somebody: the object stays, with a deletionTimestamp.
  void begin_removal(std::string_view path);

  /// Namespace, its service account and others that a request needs.
  void make(std::string_view path, std::string_view body) { made_.push_back(post(path, body)); }
  const memory_roots& state() const { return state_; }
  user_info user{"kubernetes-admin",
                 "",
                 {"system:masters", "system:authenticated"},
                 {{"authentication.kubernetes.io/credential-id", {"X509SHA256=x"}}}};
  int64_t wall_ns() const { return wall_ns_; }

private:
  outcome create(const place&, std::string_view body);
  outcome post_to_pod(const place&, std::string_view body);
  outcome update(const place&, const object_ptr& before, message_ptr now);
  outcome commit(const place&, gateway::verb_context&, const google::protobuf::Message&, int code);
  outcome shown(const place&, const google::protobuf::Message&, int code);
  gateway::verb_context context(const place&, const std::string& name);

  memory_roots state_;
  gateway::address_ranges addresses_;
  gateway::random_stream random_{7};
  std::vector<operation> also_;
  std::vector<std::string> warnings_;
  std::vector<outcome> made_;
  int64_t wall_ns_;
};

}  // namespace troupe::test
