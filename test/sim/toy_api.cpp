#include "test/sim/toy_api.hpp"
#include "messages/api/core/v1/config.pb.h"
#include "messages/codec.hpp"
#include "runtime/control/envelope.hpp"

namespace troupe::sim {
namespace {

struct place {
  const kind_row* kind = nullptr;
  std::string space, name;
};

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    auto slash = path.find('/', 1);
    parts.emplace_back(path.substr(1, slash == std::string_view::npos ? slash : slash - 1));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  }
  return parts;
}

/// /api/v1/[namespaces/SPACE/]PLURAL[/NAME], core group only.
place place_of(std::string_view path) {
  auto parts = parts_of(path);
  place found;
  if (parts.size() < 3)
    return found;
  size_t at = 2;
  if (parts.size() >= 5 && parts[2] == "namespaces") {
    found.space = parts[3];
    at = 4;
  }
  found.kind = find_kind("", "v1", parts[at]);
  if (parts.size() > at + 1)
    found.name = parts[at + 1];
  return found;
}

std::string named(const kind_row& kind, const std::string& space, const std::string& name) {
  auto message = new_message(kind);
  auto& metadata = static_cast<k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta&>(*object_meta(*message));
  metadata.set_name(name);
  metadata.set_namespace_(space);
  return to_wire(*message);
}

void say_object(reply& out, int code, const object& one) {
  out.code = code;
  out.content_type = "application/vnd.kubernetes.protobuf";
  out.text = put_in_envelope(api_version(one.kind()), one.kind().kind, one.protobuf());
}

} // namespace

struct toy_api::state_of_home : chain_state {
  explicit state_of_home(toy_api& to) : api(to) {}
  void tick(int64_t) override {}
  toy_api& api;
};

void toy_api::attach(machine& on) {
  on_ = &on;
  auto made = std::make_shared<chain>();
  made->handle = handle;
  made->committed = committed;
  made->make_state = [this](std::shared_ptr<reply_sink>) { return std::make_unique<state_of_home>(*this); };
  made->propose = [this](call_ptr call) { propose(call); };
  made->state = this;
  on.held.push_back(made);
  on.env->api = made.get();
  on.env->state = this;
  on.env->events = this;
}

step toy_api::handle(const call_ptr& call, const roots&, chain_state& state) {
  auto& api = static_cast<state_of_home&>(state).api;
  ++api.calls;
  api.users.push_back(call->user.name);
  auto where = place_of(call->in.path);
  if (!where.kind) {
    set_error(call->out, not_found("", "", call->in.path));
    return step::ready;
  }
  if (call->in.method == "GET") {
    if (auto found = api.get(*where.kind, where.space, where.name))
      say_object(call->out, 200, *found);
    else
      set_error(call->out, not_found("", where.kind->plural, where.name));
    return step::ready;
  }
  operation wanted;
  wanted.key.kind = where.kind;
  wanted.key.space = where.space;
  if (call->in.method == "POST") {
    auto opened = open_envelope(call->in.body);
    auto made = object::make(*where.kind, 0, opened ? opened->raw : std::string_view{});
    wanted.key.name = made->name();
    wanted.expected = absent_revision;
    wanted.bytes = made->bytes();
  } else {
    wanted.what = operation::verb::remove;
    wanted.key.name = where.name;
    auto found = api.get(*where.kind, where.space, where.name);
    if (!found) {
      set_error(call->out, not_found("", where.kind->plural, where.name));
      return step::ready;
    }
    wanted.expected = found->revision();
  }
  call->write.operations = {wanted};
  return step::proposed;
}

step toy_api::committed(const call_ptr& call, const roots&, chain_state&) {
  auto& key = call->write.operations[0].key;
  switch (call->outcome.what) {
    case txn_outcome::kind::committed:
      say_object(call->out, call->in.method == "POST" ? 201 : 200, *call->outcome.objects[0]);
      break;
    case txn_outcome::kind::conflicting: set_error(call->out, already_exists("", key.kind->plural, key.name)); break;
    default: set_error(call->out, service_unavailable("refused", 1)); break;
  }
  return step::ready;
}

void toy_api::propose(const call_ptr& call) {
  auto& random = on_->random();
  bool refused = random.chance(refuse), lost_before = random.chance(forget / 2), lost_after = random.chance(forget / 2);
  on_->later(random.between(commit_min, commit_max), [this, call, refused, lost_before, lost_after]() mutable {
    if (lost_before) {
      call->home = nullptr;
      return;
    }
    if (refused)
      call->outcome.what = txn_outcome::kind::refused;
    else
      call->outcome = commit(call->write);
    if (lost_after)
      call->home = nullptr;
    else
      answer(std::move(call));
  });
}

txn_outcome toy_api::commit(const txn& write) {
  txn_outcome outcome;
  auto& wanted = write.operations[0];
  auto found = get(*wanted.key.kind, wanted.key.space, wanted.key.name);
  auto has = found ? found->revision() : absent_revision;
  if (wanted.expected != any_revision && wanted.expected != has) {
    outcome.what = txn_outcome::kind::conflicting;
    outcome.current = found;
    return outcome;
  }
  ++commits;
  outcome.what = txn_outcome::kind::committed;
  outcome.revision = ++revision_;
  auto& kind = *wanted.key.kind;
  auto now = object::make(kind, revision_, wanted.what == operation::verb::put ? std::string_view{wanted.bytes} : found->bytes());
  if (wanted.what == operation::verb::put)
    objects_[wanted.key.text()] = now;
  else
    objects_.erase(wanted.key.text());
  outcome.objects = {now};
  emit(wanted.what == operation::verb::remove ? event::type::deleted : event::type::added, kind, now, found);
  return outcome;
}

object_ptr toy_api::put(const kind_row& kind, const std::string& space, const std::string& name) {
  txn write;
  operation wanted;
  wanted.key = {&kind, space, name};
  wanted.bytes = named(kind, space, name);
  write.operations = {wanted};
  return commit(write).objects[0];
}

void toy_api::remove(const kind_row& kind, const std::string& space, const std::string& name) {
  if (!get(kind, space, name))
    return;
  txn write;
  operation wanted;
  wanted.what = operation::verb::remove;
  wanted.key = {&kind, space, name};
  write.operations = {wanted};
  commit(write);
}

void toy_api::emit(event::type what, const kind_row& kind, object_ptr now, object_ptr before) {
  events_.push_back(std::make_shared<event>(event{what, revision_, std::move(now), std::move(before)}));
  if (events_.size() > window) {
    floor_ = events_.front()->revision;
    events_.erase(events_.begin());
  }
  for (auto& [of, held] : subscribers_)
    if (auto subscriber = of == &kind ? held.lock() : nullptr)
      subscriber->table_changed(kind, revision_);
}

std::string toy_api::state() const {
  std::string text;
  for (auto& [key, one] : objects_)
    text += key + " ";
  return text;
}

object_ptr toy_api::get(const kind_row& kind, std::string_view space, std::string_view name) const {
  auto found = objects_.find(object_key{&kind, std::string{space}, std::string{name}}.text());
  return found == objects_.end() ? nullptr : found->second;
}

result<uint64_t> toy_api::list(const list_range& range, std::vector<object_ptr>& to, bool& more) const {
  more = false;
  for (auto& [key, one] : objects_)
    if (&one->kind() == range.kind && (range.space.empty() || one->space() == range.space))
      to.push_back(one);
  return revision_;
}

size_t toy_api::count(const kind_row& kind, std::string_view) const {
  size_t found = 0;
  for (auto& [key, one] : objects_)
    found += &one->kind() == &kind;
  return found;
}

bool toy_api::read(const kind_row& kind, uint64_t after, size_t limit, std::vector<event_ptr>& to, uint64_t& through) const {
  if (after < floor_)
    return false;
  for (auto& one : events_) {
    if (one->revision <= after || &one->object->kind() != &kind)
      continue;
    if (limit-- == 0)
      return true;
    to.push_back(one);
    through = one->revision;
  }
  through = revision_;
  return true;
}

void toy_api::read_history(const kind_row&, uint64_t, std::function<void(result<history_page>)> done) const {
  done(gone("too old"));
}

void toy_api::subscribe(const kind_row& kind, std::weak_ptr<table_subscriber> subscriber) {
  subscribers_.emplace_back(&kind, std::move(subscriber));
}

} // namespace troupe::sim
