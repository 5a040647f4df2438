// serviceaccounts/token: a signed token for an account, bound to a pod, a secret or a node where that is asked for.
#include <algorithm>
#include "actors/gateway/filters/node_authorizer.hpp"
#include "actors/gateway/filters/token_format.hpp"
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/authentication/v1.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/meta/v1.pb.h"

namespace authentication = k8s::io::api::authentication::v1;
namespace core = k8s::io::api::core::v1;

namespace troupe::gateway {
namespace {

constexpr int64_t shortest_seconds = 600, usual_seconds = 3'600, longest_seconds = int64_t{1} << 32;
// Clients that do not read a token again get a year in place of the hour they asked for (kubelet's projected volumes ask
// for 3607 seconds), with a warning time in the token: --service-account-extend-token-expiration.
constexpr int64_t projected_seconds = 3'607, extended_seconds = 365 * 24 * 3'600 + 7;

result<nothing> check(const authentication::TokenRequest& from) {
  std::vector<status_cause> causes;
  int64_t seconds = from.spec().expirationseconds();
  if (from.spec().has_expirationseconds() && seconds < shortest_seconds)
    causes.push_back({"FieldValueInvalid", "Invalid value: " + std::to_string(seconds) + ": may not specify a duration less than 10 minutes", "spec.expirationSeconds"});
  if (seconds > longest_seconds)
    causes.push_back({"FieldValueInvalid", "Invalid value: " + std::to_string(seconds) + ": may not specify a duration larger than 2^32 seconds", "spec.expirationSeconds"});
  if (causes.empty()) return nothing{};
  return invalid("authentication.k8s.io", "TokenRequest", "", std::move(causes));
}

/// Fills the object that the token is bound to. 404 where it is not there, 409 where it is another one.
result<nothing> bind(const exchange& run, const authentication::BoundObjectReference& reference, token_claims& claims) {
  if (reference.kind().empty()) return nothing{};
  std::string plural = reference.kind() == "Pod" ? "pods" : reference.kind() == "Secret" ? "secrets" : reference.kind() == "Node" ? "nodes" : "";
  if (plural.empty()) return bad_request("cannot bind token for serviceaccount \"" + run.info.name + "\" to object with kind " + reference.kind());
  auto found = run.state().get(*find_kind("", "v1", plural), plural == "nodes" ? "" : run.info.space, reference.name());
  if (!found) return not_found("", plural, reference.name());
  if (!reference.uid().empty() && reference.uid() != found->uid())
    return conflict("", plural, reference.name(), "the UID in the bound object reference (" + reference.uid() +
                                                      ") does not match the UID in record. The object might have been deleted and then recreated");
  bound_object bound{std::string(found->name()), std::string(found->uid())};
  if (plural == "secrets") claims.secret = bound;
  if (plural == "nodes") claims.node = bound;
  if (plural != "pods") return nothing{};
  claims.pod = bound;
  auto pod = found->as<core::Pod>();
  if (pod->spec().serviceaccountname() != run.info.name)
    return bad_request("cannot bind token for serviceaccount \"" + run.info.name + "\" to pod running with different serviceaccount name.");
  if (auto node = run.state().get(*find_kind("", "v1", "nodes"), "", pod->spec().nodename()))
    claims.node = {std::string(node->name()), std::string(node->uid())};
  return nothing{};
}

void set_times(token_claims& claims, int64_t now_seconds, int64_t seconds) {
  claims.issued_seconds = claims.not_before_seconds = now_seconds;
  claims.expires_seconds = now_seconds + seconds;
  if (seconds != projected_seconds) return;
  claims.warn_after_seconds = now_seconds + seconds;
  claims.expires_seconds = now_seconds + extended_seconds;
}

void fill_metadata(object_meta_message& metadata, const object_ptr& account, int64_t now_seconds) {
  metadata.set_name(std::string(account->name()));
  metadata.set_namespace_(std::string(account->space()));
  metadata.mutable_creationtimestamp()->set_seconds(now_seconds);
  metadata.mutable_creationtimestamp()->set_nanos(0);
}

} // namespace

step run_token_request(const exchange_ptr& run) {
  if (auto good = check_write_options(*run, "CreateOptions"); !good) return fail(*run, good.error());
  auto decoded = decode_request(*run, body_type_of(*run->part));
  if (!decoded) return fail(*run, decoded.error());
  auto& asked = static_cast<authentication::TokenRequest&>(**decoded);
  auto found = existing(*run);
  if (!found) return fail(*run, found.error());
  if (!asked.metadata().name().empty() && asked.metadata().name() != run->info.name)
    return fail(*run, bad_request("the name of the object (" + asked.metadata().name() + ") does not match the name on the URL (" + run->info.name + ")"));
  if (auto good = settle_space(*run, *asked.mutable_metadata()); !good) return fail(*run, good.error());
  auto& options = run->shared.options;
  if (asked.spec().audiences_size() == 0) asked.mutable_spec()->add_audiences(options.issuer);
  if (!asked.spec().has_expirationseconds()) asked.mutable_spec()->set_expirationseconds(usual_seconds);
  if (auto good = check(asked); !good) return fail(*run, good.error());
  random_stream random(run->request.random);
  token_claims claims;
  claims.issuer = options.issuer;
  claims.identity = random_uid(random);
  claims.audiences.assign(asked.spec().audiences().begin(), asked.spec().audiences().end());
  claims.space = (*found)->space();
  claims.account = (*found)->name();
  claims.account_uid = (*found)->uid();
  int64_t now_seconds = run->request.wall_ns / 1'000'000'000;
  set_times(claims, now_seconds, asked.spec().expirationseconds());
  if (auto good = bind(*run, asked.spec().boundobjectref(), claims); !good) return fail(*run, good.error());
  if (auto node = node_of(run->request.user); !node.empty() && (claims.pod.name.empty() || claims.node.name != node))
    return fail(*run, forbidden("", "serviceaccounts", run->info.name, "node requested token not bound to a pod scheduled on it"));
  auto token = run->shared.keys->sign(claims);
  if (!token) return fail(*run, token.error());
  fill_metadata(*asked.mutable_metadata(), *found, now_seconds);
  asked.mutable_metadata()->set_uid(random_uid(random));
  asked.mutable_status()->set_token(*token);
  asked.mutable_status()->mutable_expirationtimestamp()->set_seconds(now_seconds + asked.spec().expirationseconds());
  asked.mutable_status()->mutable_expirationtimestamp()->set_nanos(0);
  return answer_message(*run, 201, asked, "authentication.k8s.io/v1", "TokenRequest");
}

} // namespace troupe::gateway
