// Who may do what: the question, and its answer (apiserver/pkg/authorization/authorizer).
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "messages/call.hpp"
#include "messages/roots.hpp"

namespace troupe::gateway {

struct house;

struct access_question {
  bool resource = true;
  std::string verb;
  std::string group, version, plural, subresource, space, name; // a resource
  std::string path;                                             // anything else
  std::string field_selector;                                   // of list and watch, for the Node authorizer
};

struct access_answer {
  bool allowed = false;
  std::string reason; // why not, for people: "node: ..."; empty where there is nothing to say
};

/// Asks system:masters, the Node authorizer, then RBAC. Deterministic: from the root given.
access_answer decide(house&, const user_info&, const access_question&, const roots&);

/// `User "x" cannot get resource "pods" in API group "" in the namespace "y"`.
std::string denial_text(const user_info&, const access_question&, std::string_view reason);
/// The 403 document.
status denial(const user_info&, const access_question&, std::string_view reason);

} // namespace troupe::gateway
