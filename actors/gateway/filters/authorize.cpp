#include "actors/gateway/filters/access.hpp"
#include "actors/gateway/filters/filters.hpp"

namespace troupe::gateway {

access_question question_of(const exchange& run) {
  auto& info = run.info;
  access_question asked;
  asked.resource = info.resource;
  asked.verb = info.verb;
  asked.group = info.group;
  asked.version = info.version;
  asked.plural = info.plural;
  asked.subresource = info.subresource;
  asked.space = info.space;
  asked.name = info.name;
  asked.path = info.path;
  if (info.resource && info.group.empty() && info.plural == "pods" && !info.named) asked.field_selector = run.query.text("fieldSelector");
  return asked;
}

filtered filter_authorize(exchange& run) {
  auto asked = question_of(run);
  auto answer = decide(run.shared, run.request.user, asked, run.state());
  if (answer.allowed) return std::nullopt;
  return fail(run, denial(run.request.user, asked, answer.reason));
}

} // namespace troupe::gateway
