// Kinds that are answered and never stored: access reviews and token reviews (authorization.k8s.io, authentication.k8s.io).
#include <algorithm>
#include "actors/gateway/filters/access.hpp"
#include "actors/gateway/filters/authenticate.hpp"
#include "actors/gateway/filters/rules_cache.hpp"
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/authentication/v1.pb.h"
#include "messages/api/authorization/v1.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/json_text.hpp"

namespace authentication = k8s::io::api::authentication::v1;
namespace authorization = k8s::io::api::authorization::v1;

namespace troupe::gateway {
namespace {

step answer_review(exchange& run, int code, const Message& review) {
  return answer_message(run, code, review, api_version(*run.kind), run.kind->kind);
}

template <class Spec>
access_question question_in(const Spec& spec) {
  access_question asked;
  if (spec.has_nonresourceattributes()) {
    asked.resource = false;
    asked.path = spec.nonresourceattributes().path();
    asked.verb = spec.nonresourceattributes().verb();
    return asked;
  }
  auto& from = spec.resourceattributes();
  asked.verb = from.verb();
  asked.group = from.group();
  asked.version = from.version();
  asked.plural = from.resource();
  asked.subresource = from.subresource();
  asked.space = from.namespace_();
  asked.name = from.name();
  return asked;
}

/// Exactly one of the two kinds of attributes.
template <class Spec>
void check_attributes(const Spec& spec, std::vector<status_cause>& causes) {
  if (spec.has_resourceattributes() != spec.has_nonresourceattributes()) return;
  std::string value = "null";
  if (spec.has_nonresourceattributes()) {
    value = "{\"Path\":";
    append_json_string(value, spec.nonresourceattributes().path());
    value += ",\"Verb\":";
    append_json_string(value, spec.nonresourceattributes().verb());
    value += "}";
  }
  causes.push_back({"FieldValueInvalid", "Invalid value: " + value + ": exactly one of nonResourceAttributes or resourceAttributes must be specified", "spec"});
}

status invalid_review(std::vector<status_cause> causes) { return invalid("authorization.k8s.io", "", "", std::move(causes)); }

void set_answer(const access_answer& answer, authorization::SubjectAccessReviewStatus& to) {
  to.set_allowed(answer.allowed);
  to.set_reason(answer.reason);
}

step review_self(exchange& run, authorization::SelfSubjectAccessReview& review) {
  std::vector<status_cause> causes;
  check_attributes(review.spec(), causes);
  if (!causes.empty()) return fail(run, invalid_review(std::move(causes)));
  set_answer(decide(run.shared, run.request.user, question_in(review.spec()), run.state()), *review.mutable_status());
  return answer_review(run, 201, review);
}

template <class Review>
step review_subject(exchange& run, Review& review, bool local) {
  auto& spec = review.spec();
  std::vector<status_cause> causes;
  check_attributes(spec, causes);
  if (spec.user().empty() && spec.groups_size() == 0)
    causes.push_back({"FieldValueInvalid", "Invalid value: \"\": at least one of user or group must be specified", "spec.user"});
  if (local && spec.has_resourceattributes() && spec.resourceattributes().namespace_() != run.info.space)
    causes.push_back({"FieldValueInvalid", "Invalid value: " + go_quoted(spec.resourceattributes().namespace_()) + ": must match metadata.namespace", "spec.resourceAttributes.namespace"});
  if (local && spec.has_nonresourceattributes())
    causes.push_back({"FieldValueInvalid", "Invalid value: null: disallowed on this kind of request", "spec.nonResourceAttributes"});
  if (!causes.empty()) return fail(run, invalid_review(std::move(causes)));
  user_info user;
  user.name = spec.user();
  user.uid = spec.uid();
  user.groups.assign(spec.groups().begin(), spec.groups().end());
  set_answer(decide(run.shared, user, question_in(spec), run.state()), *review.mutable_status());
  return answer_review(run, 201, review);
}

template <class Entry>
void copy(const std::vector<std::string>& from, Entry* to) {
  for (auto& text : from) *to->Add() = text;
}

step review_rules(exchange& run, authorization::SelfSubjectRulesReview& review) {
  if (review.spec().namespace_().empty()) return fail(run, bad_request("no namespace on request"));
  auto& to = *review.mutable_status();
  auto& user = run.request.user;
  auto rules = run.shared.rules->read(run.state())->rules_of(user, review.spec().namespace_());
  for (auto& rule : rules) {
    if (rule.paths.empty()) {
      auto* resource = to.add_resourcerules();
      copy(rule.verbs, resource->mutable_verbs());
      copy(rule.groups, resource->mutable_apigroups());
      copy(rule.resources, resource->mutable_resources());
      copy(rule.names, resource->mutable_resourcenames());
    } else {
      auto* path = to.add_nonresourcerules();
      copy(rule.verbs, path->mutable_verbs());
      copy(rule.paths, path->mutable_nonresourceurls());
    }
  }
  to.set_incomplete(false);
  review.mutable_spec()->clear_namespace_();
  return answer_review(run, 201, review);
}

template <class Info>
void write_user(const user_info& user, Info& to) {
  to.set_username(user.name);
  to.set_uid(user.uid);
  copy(user.groups, to.mutable_groups());
  auto extra = user.extra;
  std::sort(extra.begin(), extra.end());
  for (auto& [key, values] : extra) {
    auto* entry = to.add_extra();
    entry->set_key(key);
    copy(values, entry->mutable_value()->mutable_items());
  }
}

bool shared_audience(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  return std::any_of(one.begin(), one.end(), [&](auto& audience) { return std::find(other.begin(), other.end(), audience) != other.end(); });
}

/// As Go prints a list of strings with %q.
std::string quoted_list(const std::vector<std::string>& values) {
  std::string text = "[";
  for (auto& value : values) text += (text.size() > 1 ? " " : "") + go_quoted(value);
  return text + "]";
}

step review_token(exchange& run, authentication::TokenReview& review) {
  if (review.spec().token().empty()) return fail(run, bad_request("token is required for TokenReview in authentication"));
  auto& issuer = run.shared.options.issuer;
  std::vector<std::string> audiences(review.spec().audiences().begin(), review.spec().audiences().end());
  if (audiences.empty()) audiences.push_back(issuer);
  auto& to = *review.mutable_status();
  auto* claims = run.local.tokens->open(*run.shared.keys, review.spec().token());
  auto user = claims ? token_user(*claims, audiences, issuer, run.request.wall_ns, run.state()) : result<user_info>(unauthorized());
  if (!user) {
    to.set_error("invalid bearer token");
    if (claims && !shared_audience(claims->audiences, audiences))
      to.set_error("[invalid bearer token, token audiences " + quoted_list(claims->audiences) + " is invalid for the target audiences " + quoted_list(audiences) + "]");
    return answer_review(run, 201, review);
  }
  to.set_authenticated(true);
  write_user(*user, *to.mutable_user());
  for (auto& audience : audiences)
    if (std::find(claims->audiences.begin(), claims->audiences.end(), audience) != claims->audiences.end()) to.add_audiences(audience);
  return answer_review(run, 201, review);
}

step review_me(exchange& run, authentication::SelfSubjectReview& review) {
  auto& metadata = metadata_of(review);
  metadata.mutable_creationtimestamp()->set_seconds(run.request.wall_ns / 1'000'000'000);
  metadata.mutable_creationtimestamp()->set_nanos(0);
  write_user(run.request.user, *review.mutable_status()->mutable_userinfo());
  return answer_review(run, 201, review);
}

} // namespace

step run_review(const exchange_ptr& run) {
  run->warnings.clear();
  if (auto good = check_write_options(*run, "CreateOptions"); !good) return fail(*run, good.error());
  auto decoded = decode_request(*run, troupe::body_type_of(*run->kind));
  if (!decoded) return fail(*run, decoded.error());
  auto& message = **decoded;
  if (run->kind->plural == "selfsubjectaccessreviews") return review_self(*run, static_cast<authorization::SelfSubjectAccessReview&>(message));
  if (run->kind->plural == "subjectaccessreviews") return review_subject(*run, static_cast<authorization::SubjectAccessReview&>(message), false);
  if (run->kind->plural == "localsubjectaccessreviews") {
    if (auto good = settle_space(*run, metadata_of(message)); !good) return fail(*run, good.error());
    return review_subject(*run, static_cast<authorization::LocalSubjectAccessReview&>(message), true);
  }
  if (run->kind->plural == "selfsubjectrulesreviews") return review_rules(*run, static_cast<authorization::SelfSubjectRulesReview&>(message));
  if (run->kind->plural == "tokenreviews") return review_token(*run, static_cast<authentication::TokenReview&>(message));
  return review_me(*run, static_cast<authentication::SelfSubjectReview&>(message));
}

} // namespace troupe::gateway
