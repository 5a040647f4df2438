#include "test/actors/gateway/chain_fixture.hpp"
#include <catch2/catch_test_macros.hpp>
#include "runtime/pki/pki.hpp"

namespace troupe::test {

chain_fixture::chain_fixture(std::function<void(gateway_options&)> change) {
  account_key = *pki::make_key();
  options.state = &store;
  options.events = &store;
  options.propose = [this](call_ptr call) {
    if (auto first = std::exchange(before_apply, nullptr)) first();
    store.propose(std::move(call));
  };
  options.authority_pem = "-----BEGIN CERTIFICATE-----\n";
  options.account_key_pem = account_key;
  options.api_address = "192.0.2.10";
  if (change) change(options);
  for (auto& write : bootstrap(store, options, wall_ns, 1)) store.apply(write);
  api = make_chain(options);
  state = api.make_state(home);
}

answer_seen chain_fixture::send(const std::string& method, const std::string& target, const std::string& body,
                                std::vector<std::pair<std::string, std::string>> headers, const caller& by) {
  auto call = std::make_shared<troupe::call>();
  size_t question = target.find('?');
  call->in.method = method;
  call->in.path = target.substr(0, question);
  if (question != std::string::npos) call->in.query = target.substr(question + 1);
  call->in.body = body;
  call->in.headers = std::move(headers);
  call->in.peer_name = by.name;
  call->in.peer_groups = by.groups;
  call->wall_ns = wall_ns;
  call->steady_ms = steady_ms;
  call->random = random_ += 1'000;
  call->home = home;
  auto went = api.handle(call, store, *state);
  while (went == step::proposed) {
    api.propose(call);
    REQUIRE(home->calls.size() == 1);
    home->calls.pop_front();
    went = api.committed(call, store, *state);
  }
  REQUIRE(went == step::ready);
  call->where = call::state::answered;
  answer_seen seen{call->out.code, call->out.content_type, call->out.text, call->out.headers, nullptr};
  for (auto& part : call->out.parts) seen.text += *part;
  seen.stream = std::move(call->out.stream);
  home->run_posts();
  if (seen.stream && call->in.query.find("watch") == std::string::npos) seen.text += drain(*seen.stream);
  return seen;
}

void chain_fixture::make_space(const std::string& name) {
  REQUIRE(post("/api/v1/namespaces", {{"metadata", {{"name", name}}}}).code == 201);
  REQUIRE(post("/api/v1/namespaces/" + name + "/serviceaccounts", {{"metadata", {{"name", "default"}}}}).code == 201);
}

std::string chain_fixture::drain(body& stream) {
  std::string text;
  char room[512];
  while (size_t some = stream.read(room, sizeof room)) text.append(room, some);
  return text;
}

std::vector<json> chain_fixture::events(answer_seen& watch) {
  home->run_posts();
  std::vector<json> found;
  std::string text = drain(*watch.stream);
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    found.push_back(json::parse(text.substr(at, end - at)));
    at = end + 1;
  }
  return found;
}

} // namespace troupe::test
