#include "messages/call.hpp"

#include <atomic>

namespace troupe {
namespace {

constexpr int unanswered_retry_seconds = 1;

} // namespace

std::string_view request::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

void set_error(reply& out, const status& error) {
  out.code = error.code;
  out.content_type = "application/json";
  out.text = to_json(error);
  out.parts.clear();
  out.stream.reset();
  out.upgraded.reset();
  if (error.retry_after_seconds != 0) out.headers.emplace_back("Retry-After", std::to_string(error.retry_after_seconds));
}

void answer(call_ptr answered) {
  if (!answered || !answered->home) return;
  auto before = std::atomic_ref(answered->where).exchange(call::state::answered);
  if (before == call::state::answered) return;
  auto home = answered->home;
  home->answered(std::move(answered));
}

call::~call() {
  if (where == state::answered || !home) return;
  // The shared pointer is gone, so a new call carries the answer home.
  auto last = std::make_shared<call>();
  last->in = std::move(in);
  last->user = std::move(user);
  last->trusted = trusted;
  last->wall_ns = wall_ns;
  last->steady_ms = steady_ms;
  last->deadline_ms = deadline_ms;
  last->connection = std::move(connection);
  last->stream = stream;
  last->home = home;
  last->where = state::answered;
  if (where == state::proposed)
    set_error(last->out, timeout_error("the outcome of the request is unknown", unanswered_retry_seconds));
  else
    set_error(last->out, service_unavailable("the server stopped before it handled the request", unanswered_retry_seconds));
  home->answered(std::move(last));
}

} // namespace troupe
