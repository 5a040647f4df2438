#include "runtime/control/api_client.hpp"
#include <algorithm>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>
#include "runtime/control/api_path.hpp"
#include "runtime/control/envelope.hpp"
#include "runtime/control/status_format.hpp"

namespace troupe {
namespace {

constexpr int64_t tick_ms = 1'000;
constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";

/// The home of an actor's calls: both doors lead to its mailbox. What comes for a dead actor is dropped.
class mailbox_sink : public reply_sink {
public:
  explicit mailbox_sink(caf::weak_actor_ptr actor) : actor_(std::move(actor)) {}
  void answered(call_ptr call) override {
    if (auto actor = actor_.lock())
      caf::anon_send(caf::actor_cast<caf::actor>(actor), call_home{std::move(call)});
  }
  void post(std::function<void()> work) override {
    if (auto actor = actor_.lock())
      caf::anon_send(caf::actor_cast<caf::actor>(actor), posted{std::make_shared<std::function<void()>>(std::move(work))});
  }

private:
  caf::weak_actor_ptr actor_;
};

bool has_header(const request& in, std::string_view name) {
  return std::any_of(in.headers.begin(), in.headers.end(), [&](auto& header) { return header.first == name; });
}

std::string whole_text(const reply& out) {
  std::string text = out.text;
  for (auto& part : out.parts)
    text += *part;
  return text;
}

/// A body of unknown length that is not endless (a large list) is read at once; nothing for an endless one.
bool drain(body& stream, std::string& to) {
  while (!stream.done()) {
    size_t had = to.size();
    constexpr size_t piece_bytes = 64u << 10;
    to.resize(had + piece_bytes);
    size_t got = stream.read(to.data() + had, piece_bytes);
    to.resize(had + got);
    if (got == 0 && !stream.done())
      return false;
  }
  return true;
}

bool endless(const request& in) {
  return in.query.find("watch=") != std::string::npos || in.path.ends_with("/log") || in.path.find("/watch/") != std::string::npos;
}

} // namespace

api_identity service_account(const std::string& space, const std::string& name, std::string user_agent) {
  return {"system:serviceaccount:" + space + ":" + name,
          {"system:serviceaccounts", "system:serviceaccounts:" + space},
          std::move(user_agent), false};
}

api_identity controller_account(const std::string& name) {
  return service_account("kube-system", name, "kube-controller-manager");
}

api_client::api_client(caf::local_actor* self, env_ptr env, api_identity identity)
  : self_(self), env_(std::move(env)), identity_(std::move(identity)), alarm_(self) {
  user_.name = identity_.user;
  user_.groups = identity_.groups;
  user_.groups.push_back("system:authenticated");
  home_ = std::make_shared<mailbox_sink>(caf::actor_cast<caf::weak_actor_ptr>(self->ctrl()));
  if (env_->api && env_->api->make_state)
    chain_state_ = env_->api->make_state(home_);
}

api_client::~api_client() = default;

void api_client::call(request in, const kind_row* row, done then, int64_t deadline_ms) {
  auto made = std::make_shared<troupe::call>();
  if (!has_header(in, "accept"))
    in.headers.emplace_back("accept", protobuf_type);
  if (row && !in.body.empty() && !has_header(in, "content-type")) {
    in.headers.emplace_back("content-type", protobuf_type);
    in.body = put_in_envelope(api_version(*row), row->kind, in.body);
  }
  if (!has_header(in, "user-agent"))
    in.headers.emplace_back("user-agent", identity_.user_agent);
  made->in = std::move(in);
  made->user = user_;
  made->trusted = true;
  made->wall_ns = env_->wall_ns();
  made->steady_ms = alarm_.now_ms();
  made->random = env_->random();
  made->deadline_ms = made->steady_ms + deadline_ms;
  made->home = home_;
  do
    made->stream = ++calls_ & 0x7fffffff;
  while (pending_.contains(made->stream));
  pending_[made->stream] = {std::move(then), made->deadline_ms, false};
  arm();
  auto next = env_->api->handle(made, *env_->api->state, *chain_state_);
  if (next == step::ready)
    answer(made); // by the mailbox, so that no continuation runs inside call()
  else
    go_on(made, next);
}

void api_client::get(const kind_row& row, const std::string& space, const std::string& name, done then) {
  request in;
  in.method = "GET";
  in.path = api_path(row, space, name);
  call(std::move(in), nullptr, std::move(then));
}

void api_client::run(const action& what, done then) { call(action_request(what), nullptr, std::move(then)); }

void api_client::go_on(const call_ptr& made, step next) {
  if (next == step::ready)
    return finish(made);
  if (next == step::elsewhere)
    return; // it comes home by answer()
  auto found = pending_.find(made->stream);
  if (found != pending_.end())
    found->second.proposed = true;
  made->where = troupe::call::state::proposed;
  made->outcome = {};
  env_->api->propose(made);
}

void api_client::home(call_home& message) {
  auto made = std::move(message.answered);
  if (made->outcome.what == txn_outcome::kind::none)
    return finish(made);
  auto next = env_->api->committed(made, *env_->api->state, *chain_state_);
  go_on(made, next);
}

void api_client::finish(const call_ptr& made) {
  made->where = troupe::call::state::answered;
  auto found = pending_.extract(made->stream);
  if (!found)
    return; // its deadline has passed
  auto answer = read_reply(*made);
  found.mapped().then(answer);
}

api_reply api_client::read_reply(troupe::call& made) const {
  api_reply to;
  to.code = made.out.code;
  to.content_type = made.out.content_type;
  if (made.outcome.what == txn_outcome::kind::committed)
    to.revision = made.outcome.revision;
  to.body = whole_text(made.out);
  if (made.out.stream) {
    if (endless(made.in) && made.out.code < 400)
      to.stream = std::move(made.out.stream);
    else if (!drain(*made.out.stream, to.body)) {
      to.code = 500;
      to.error = internal_error("a body that was to be whole is not");
      return to;
    }
  }
  if (to.code >= 400) {
    to.error = read_status(to.code, to.content_type, to.body);
    return to;
  }
  if (!to.stream && !identity_.keep_envelopes && to.content_type.starts_with(protobuf_type) && !to.body.empty()) {
    auto opened = open_envelope(to.body);
    if (opened)
      to.body = std::string{opened->raw};
  }
  return to;
}

void api_client::run_posted(posted& message) {
  if (message.work && *message.work)
    (*message.work)();
}

void api_client::arm() {
  if (!pending_.empty() || keep_ticking_)
    alarm_.at(alarm_.now_ms() + tick_ms);
}

void api_client::keep_ticking(bool wanted) {
  keep_ticking_ = wanted;
  arm();
}

void api_client::tick() {
  alarm_.fired();
  auto now_ms = alarm_.now_ms();
  if (chain_state_)
    chain_state_->tick(now_ms);
  std::vector<pending> late;
  for (auto one = pending_.begin(); one != pending_.end();) {
    auto here = one++;
    if (here->second.deadline_ms <= now_ms)
      late.push_back(std::move(pending_.extract(here).mapped()));
  }
  for (auto& one : late) {
    api_reply to;
    to.code = 504;
    to.error = timeout_error(one.proposed ? "the request was proposed, and its outcome is unknown" : "the request was not answered in time", 1);
    one.then(to);
  }
  arm();
}

} // namespace troupe
