#include "actors/gateway/filters/authenticate.hpp"
#include <algorithm>
#include "actors/gateway/filters/filters.hpp"

namespace troupe::gateway {
namespace {

constexpr std::string_view account_prefix = "system:serviceaccount:";
constexpr int64_t leeway_seconds = 10;

bool has(const std::vector<std::string>& values, std::string_view wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

/// The token after "Bearer "; empty: none (another scheme is as good as none).
std::string bearer(const request& from) {
  auto header = from.header("authorization");
  if (header.size() < 7) return {};
  std::string scheme(header.substr(0, 7));
  for (auto& letter : scheme) letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
  if (scheme != "bearer ") return {};
  auto token = header.substr(7);
  while (!token.empty() && token.front() == ' ') token.remove_prefix(1);
  return std::string(token);
}

/// The object is there and is the one that was meant; a deleting one counts while its grace lasts.
bool alive(const roots& state, std::string_view plural, std::string_view space, const bound_object& wanted) {
  if (wanted.name.empty()) return true;
  auto found = state.get(*find_kind("", "v1", plural), space, wanted.name);
  return found && found->uid() == wanted.uid;
}

} // namespace

const token_claims* token_cache::open(const token_keys& keys, const std::string& token) {
  if (auto found = known_.find(token); found != known_.end()) return &found->second;
  auto claims = keys.open(token);
  if (!claims) return nullptr;
  if (known_.size() >= tokens_max) known_.clear();
  return &known_.emplace(token, std::move(*claims)).first->second;
}

std::vector<std::string> account_groups(std::string_view user_name) {
  if (!user_name.starts_with(account_prefix)) return {};
  auto rest = user_name.substr(account_prefix.size());
  return {"system:serviceaccounts", "system:serviceaccounts:" + std::string(rest.substr(0, rest.find(':')))};
}

void add_authenticated(user_info& user) {
  if (!has(user.groups, "system:authenticated") && !has(user.groups, "system:unauthenticated"))
    user.groups.push_back("system:authenticated");
}

result<user_info> token_user(const token_claims& claims, const std::vector<std::string>& audiences, const std::string& issuer,
                             int64_t wall_ns, const roots& state) {
  int64_t now_seconds = wall_ns / 1'000'000'000;
  bool meant = std::any_of(audiences.begin(), audiences.end(), [&](auto& audience) { return has(claims.audiences, audience); });
  if (!meant || claims.issuer != issuer || now_seconds > claims.expires_seconds + leeway_seconds ||
      now_seconds < claims.not_before_seconds - leeway_seconds)
    return unauthorized();
  if (!alive(state, "serviceaccounts", claims.space, {claims.account, claims.account_uid}) ||
      !alive(state, "pods", claims.space, claims.pod) || !alive(state, "secrets", claims.space, claims.secret) ||
      !alive(state, "nodes", "", claims.node))
    return unauthorized();
  user_info user;
  user.name = std::string(account_prefix) + claims.space + ":" + claims.account;
  user.uid = claims.account_uid;
  user.groups = account_groups(user.name);
  user.extra.push_back({"authentication.kubernetes.io/credential-id", {"JTI=" + claims.identity}});
  if (!claims.node.name.empty()) {
    user.extra.push_back({"authentication.kubernetes.io/node-name", {claims.node.name}});
    user.extra.push_back({"authentication.kubernetes.io/node-uid", {claims.node.uid}});
  }
  if (!claims.pod.name.empty()) {
    user.extra.push_back({"authentication.kubernetes.io/pod-name", {claims.pod.name}});
    user.extra.push_back({"authentication.kubernetes.io/pod-uid", {claims.pod.uid}});
  }
  add_authenticated(user);
  return user;
}

filtered filter_authenticate(exchange& run) {
  auto& call = run.request;
  if (call.trusted) {
    if (call.user.groups.empty()) call.user.groups = account_groups(call.user.name);
    add_authenticated(call.user);
    return std::nullopt;
  }
  if (!call.in.peer_name.empty()) {
    call.user.name = call.in.peer_name;
    call.user.groups = call.in.peer_groups;
    if (!call.in.peer_credential.empty())
      call.user.extra.push_back({"authentication.kubernetes.io/credential-id", {call.in.peer_credential}});
    add_authenticated(call.user);
    return std::nullopt;
  }
  if (!call.in.peer_credential.empty()) return fail(run, unauthorized()); // a certificate that is not ours
  auto token = bearer(call.in);
  if (token.empty()) {
    call.user.name = "system:anonymous";
    call.user.groups = {"system:unauthenticated"};
    return std::nullopt;
  }
  auto* claims = run.local.tokens->open(*run.shared.keys, token);
  if (!claims) return fail(run, unauthorized());
  auto& issuer = run.shared.options.issuer;
  auto user = token_user(*claims, {issuer}, issuer, call.wall_ns, run.state());
  if (!user) return fail(run, user.error());
  call.user = std::move(*user);
  return std::nullopt;
}

} // namespace troupe::gateway
