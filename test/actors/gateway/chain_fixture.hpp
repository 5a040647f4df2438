// The chain over a store in memory, in one thread: calls are run to their end, time stands where the test puts it.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <nlohmann/json.hpp>
#include "actors/gateway/gateway.hpp"
#include "test/support/memory_store.hpp"

namespace troupe::test {

using json = nlohmann::json;

/// An I/O thread that is the test itself.
class test_home : public reply_sink {
public:
  void answered(call_ptr call) override { calls.push_back(std::move(call)); }
  void post(std::function<void()> work) override { posts.push_back(std::move(work)); }
  void run_posts() {
    while (!posts.empty()) {
      auto work = std::move(posts.front());
      posts.pop_front();
      work();
    }
  }
  std::deque<call_ptr> calls;
  std::deque<std::function<void()>> posts;
};

struct answer_seen {
  int code = 0;
  std::string type, text;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<body> stream; // of a watch
  json document() const { return json::parse(text); }
  std::vector<std::string> warnings() const {
    std::vector<std::string> found;
    for (auto& [name, value] : headers)
      if (name == "Warning") found.push_back(value);
    return found;
  }
};

struct caller {
  std::string name = "admin";
  std::vector<std::string> groups = {"system:masters"}; // of the client certificate
};

class chain_fixture {
public:
  explicit chain_fixture(std::function<void(gateway_options&)> change = {});

  answer_seen send(const std::string& method, const std::string& target, const std::string& body = {},
                   std::vector<std::pair<std::string, std::string>> headers = {}, const caller& by = {});
  answer_seen get(const std::string& target) { return send("GET", target); }
  answer_seen post(const std::string& target, const json& body) { return send("POST", target, body.dump()); }
  answer_seen put(const std::string& target, const json& body) { return send("PUT", target, body.dump()); }
  answer_seen patch(const std::string& target, const json& body, const std::string& form = "merge-patch+json") {
    return send("PATCH", target, body.dump(), {{"content-type", "application/" + form}});
  }
  answer_seen remove(const std::string& target, const std::string& body = {}) { return send("DELETE", target, body); }
  /// A namespace with its default service account.
  void make_space(const std::string& name);
  /// Everything a stream has to say now.
  static std::string drain(body& stream);
  /// The JSON events of a watch's new bytes.
  std::vector<json> events(answer_seen& watch);

  std::string account_key;       // PEM
  std::shared_ptr<test_home> home = std::make_shared<test_home>();
  memory_store store;
  gateway_options options;
  chain api;
  std::unique_ptr<chain_state> state;
  int64_t wall_ns = 1'790'000'000'000'000'000, steady_ms = 1'000;
  /// Runs between a proposal and its application: for races. Once.
  std::function<void()> before_apply;

private:
  uint64_t random_ = 7;
};

} // namespace troupe::test
