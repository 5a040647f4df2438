#include "runtime/supervision/actor_tree.hpp"
#include <algorithm>
#include <cstdio>
#include <caf/actor.hpp>
#include <caf/send.hpp>
#include "messages/actors/atoms.hpp"
#include "messages/api/troupe/v1.pb.h"
#include "messages/codec.hpp"
#include "runtime/env.hpp"

namespace troupe {
namespace {

constexpr size_t name_bytes_max = 253; // of a DNS subdomain name

uint64_t hash_of(std::string_view text, uint64_t seed) { // FNV-1a: the same on every machine and release
  uint64_t hash = 1469598103934665603ull ^ seed;
  for (unsigned char letter : text)
    hash = (hash ^ letter) * 1099511628211ull;
  return hash ^ hash >> 29;
}

/// Of one incarnation: who waits for a killed actor's end (kubectl does) sees that the next one is another.
std::string uid_of(std::string_view path, uint64_t epoch, int64_t incarnation) {
  char text[40];
  epoch ^= static_cast<uint64_t>(incarnation) << 32;
  auto high = hash_of(path, epoch), low = hash_of(path, ~epoch);
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(high >> 32), static_cast<unsigned>(high >> 16 & 0xffff),
                static_cast<unsigned>(high & 0xfff), static_cast<unsigned>(low >> 48 & 0xfff), static_cast<unsigned long long>(low & 0xffffffffffff));
  return text;
}

const char* state_text(actor_record::state state) {
  switch (state) {
    case actor_record::state::starting: return "Starting";
    case actor_record::state::running: return "Running";
    case actor_record::state::stopping: return "Stopping";
    case actor_record::state::waiting: break;
  }
  return "Waiting";
}

const kind_row& row() {
  static const kind_row* found = find_kind("troupe.dev", "v1", "actors");
  return *found;
}

template <class Time> void set_time(Time& to, int64_t wall_ns) {
  to.set_seconds(wall_ns / 1'000'000'000);
  to.set_nanos(0); // metav1.Time has whole seconds
}

bool ends_with_label(std::string_view path, std::string_view suffix) {
  if (!path.ends_with(suffix) || suffix.empty())
    return false;
  return path.size() == suffix.size() || suffix.front() == '/' || path[path.size() - suffix.size() - 1] == '/';
}

} // namespace

std::string dotted_name(std::string_view path) {
  std::string name{path.starts_with('/') ? path.substr(1) : path};
  std::replace(name.begin(), name.end(), '/', '.');
  if (name.size() <= name_bytes_max)
    return name;
  char hash[20];
  std::snprintf(hash, sizeof hash, "-%016llx", static_cast<unsigned long long>(hash_of(path, 0)));
  return name.substr(0, name_bytes_max - 17) + hash;
}

/// The published state, as the gateway's generic get and list read it.
class actor_tree::view : public roots {
public:
  explicit view(const actor_tree& tree) : tree_(tree) {}

  uint64_t revision() const override {
    std::lock_guard guard{tree_.mutex_};
    return tree_.revision_;
  }

  object_ptr get(const kind_row&, std::string_view, std::string_view name) const override {
    std::unique_lock guard{tree_.mutex_};
    auto path = tree_.names_.find(std::string{name});
    if (path == tree_.names_.end())
      return nullptr;
    auto found = tree_.nodes_.at(path->second);
    guard.unlock();
    return with_mailbox(found);
  }

  /// A list as of an older revision shows the present one: the tree has no past, and a paged list may go on.
  result<uint64_t> list(const list_range& range, std::vector<object_ptr>& to, bool& more) const override {
    more = false;
    std::vector<node> found;
    uint64_t revision = 0;
    {
      std::lock_guard guard{tree_.mutex_};
      if (range.revision > tree_.revision_)
        return timeout_error("Too large resource version", 1);
      if (range.revision && range.revision >> 20 != tree_.epoch_)
        return gone("The resourceVersion for the provided list is too old.");
      revision = tree_.revision_;
      for (auto& [name, path] : tree_.names_) { // in key order
        auto& one = tree_.nodes_.at(path);
        if (!range.after.empty() && object_key{&row(), {}, name}.text() < range.after)
          continue;
        if (range.limit && found.size() == range.limit) {
          more = true;
          break;
        }
        found.push_back(one);
      }
    }
    for (auto& one : found)
      to.push_back(with_mailbox(one));
    return range.revision ? range.revision : revision;
  }

  size_t count(const kind_row&, std::string_view) const override {
    std::lock_guard guard{tree_.mutex_};
    return tree_.nodes_.size();
  }

private:
  object_ptr with_mailbox(const node& one) const {
    auto waiting = tree_.mailbox_ ? tree_.mailbox_(one.record.path) : 0;
    return waiting ? tree_.encode(one.record, one.revision, waiting) : one.object;
  }
  const actor_tree& tree_;
};

class actor_tree::news : public tables {
public:
  explicit news(actor_tree& tree) : tree_(tree) {}

  uint64_t progress(const kind_row&) const override {
    std::lock_guard guard{tree_.mutex_};
    return tree_.revision_;
  }

  bool read(const kind_row&, uint64_t after, size_t limit, std::vector<event_ptr>& to, uint64_t& through) const override {
    std::lock_guard guard{tree_.mutex_};
    if (after < tree_.floor_)
      return false;
    auto one = std::upper_bound(tree_.window_.begin(), tree_.window_.end(), after,
                                [](uint64_t revision, const event_ptr& held) { return revision < held->revision; });
    for (; one != tree_.window_.end() && limit > 0; ++one, --limit) {
      to.push_back(*one);
      through = (*one)->revision;
    }
    if (one == tree_.window_.end())
      through = tree_.revision_;
    return true;
  }

  void read_history(const kind_row&, uint64_t, std::function<void(result<history_page>)> done) const override {
    done(gone("too old resource version: actors are not stored"));
  }

  void subscribe(const kind_row&, std::weak_ptr<table_subscriber> subscriber) override {
    std::lock_guard guard{tree_.mutex_};
    std::erase_if(tree_.subscribers_, [](auto& held) { return held.expired(); });
    tree_.subscribers_.push_back(std::move(subscriber));
  }

private:
  actor_tree& tree_;
};

actor_tree::actor_tree(std::string machine, uint64_t epoch_seconds)
  : machine_(std::move(machine)), epoch_(epoch_seconds), revision_(epoch_seconds << 20 | 1), floor_(revision_),
    view_(std::make_unique<view>(*this)), news_(std::make_unique<news>(*this)) {}

actor_tree::~actor_tree() = default;

object_ptr actor_tree::encode(const actor_record& record, uint64_t revision, int64_t mailbox) const {
  api::v1::Actor actor;
  auto& metadata = *actor.mutable_metadata();
  metadata.set_name(dotted_name(record.path));
  metadata.set_uid(uid_of(record.path, epoch_, record.incarnation));
  if (record.started_ns)
    set_time(*metadata.mutable_creationtimestamp(), record.started_ns);
  auto& spec = *actor.mutable_spec();
  spec.set_path(record.path);
  spec.set_kind(record.kind);
  spec.set_machine(record.machine);
  if (!record.parent.empty())
    spec.set_parent(record.parent);
  auto& status = *actor.mutable_status();
  status.set_state(state_text(record.now));
  status.set_restarts(record.restarts);
  status.set_mailbox(mailbox);
  status.set_incarnation(record.incarnation);
  if (record.started_ns)
    set_time(*status.mutable_started(), record.started_ns);
  if (!record.last_failure.empty())
    status.set_lastfailure(record.last_failure);
  if (record.last_failure_ns)
    set_time(*status.mutable_lastfailuretime(), record.last_failure_ns);
  return object::make(row(), revision, to_wire(actor));
}

void actor_tree::note(event::type what, uint64_t revision, object_ptr now, object_ptr before) {
  window_.push_back(std::make_shared<event>(event{what, revision, std::move(now), std::move(before)}));
  while (window_.size() > actor_events_max) {
    floor_ = window_.front()->revision;
    window_.pop_front();
  }
}

void actor_tree::expect_end(const std::string& path) {
  actor_record next;
  {
    std::lock_guard guard{mutex_};
    auto found = nodes_.find(path);
    if (found == nodes_.end())
      return;
    next = found->second.record;
  }
  ++next.incarnation;
  next.now = actor_record::state::stopping;
  put(next);
}

void actor_tree::put(const actor_record& given) {
  auto record = given;
  std::vector<std::weak_ptr<table_subscriber>> tell;
  uint64_t revision = 0;
  {
    std::lock_guard guard{mutex_};
    auto& one = nodes_[record.path];
    record.incarnation = std::max(record.incarnation, one.record.incarnation); // expect_end was ahead
    if (one.object && one.record == record)
      return;
    auto before = std::move(one.object);
    if (before && one.record.incarnation != record.incarnation) {
      // Another uid under the same name: the old object has gone. Who waits for that (kubectl delete) must see it.
      auto gone = ++revision_;
      note(event::type::deleted, gone, encode(one.record, gone, 0), before);
      before = nullptr;
    }
    revision = ++revision_;
    one.record = record;
    one.revision = revision;
    one.object = encode(record, revision, 0);
    names_[dotted_name(record.path)] = record.path;
    note(before ? event::type::modified : event::type::added, revision, one.object, before);
    tell = subscribers_;
  }
  for (auto& held : tell)
    if (auto subscriber = held.lock())
      subscriber->table_changed(row(), revision);
}

void actor_tree::erase(const std::string& path) {
  std::vector<std::weak_ptr<table_subscriber>> tell;
  uint64_t revision = 0;
  {
    std::lock_guard guard{mutex_};
    auto found = nodes_.extract(path);
    if (!found)
      return;
    revision = ++revision_;
    names_.erase(dotted_name(path));
    auto& one = found.mapped();
    note(event::type::deleted, revision, encode(one.record, revision, 0), one.object);
    tell = subscribers_;
  }
  for (auto& held : tell)
    if (auto subscriber = held.lock())
      subscriber->table_changed(row(), revision);
}

void actor_tree::ask_mailbox(std::function<int64_t(const std::string&)> ask) {
  std::lock_guard guard{mutex_};
  mailbox_ = std::move(ask);
}

result<actor_record> actor_tree::find(std::string_view name) const {
  std::lock_guard guard{mutex_};
  if (auto exact = nodes_.find(std::string{name}); exact != nodes_.end())
    return exact->second.record;
  if (auto dotted = names_.find(std::string{name}); dotted != names_.end())
    return nodes_.at(dotted->second).record;
  const node* only = nullptr;
  size_t found = 0;
  std::string some;
  for (auto& [path, one] : nodes_) {
    if (!ends_with_label(path, name))
      continue;
    only = &one;
    if (++found <= 3)
      some += (some.empty() ? "" : ", ") + path;
  }
  if (found == 0)
    return not_found("troupe.dev", "actors", name);
  if (found > 1)
    return conflict("troupe.dev", "actors", name, std::to_string(found) + " actors have this name: " + some);
  return only->record;
}

std::vector<actor_record> actor_tree::all() const {
  std::lock_guard guard{mutex_};
  std::vector<actor_record> records;
  for (auto& [path, one] : nodes_)
    records.push_back(one.record);
  return records;
}

const roots& actor_tree::state() const { return *view_; }
tables& actor_tree::events() { return *news_; }

result<nothing> kill_actor(env& env, std::string_view name) {
  if (!env.tree)
    return not_found("troupe.dev", "actors", name);
  auto found = env.tree->find(name);
  if (!found)
    return found.error();
  if (found->parent.empty())
    return method_not_allowed("troupe.dev", "actors", "delete");
  auto handle = env.actors.get<caf::actor>(found->path);
  if (!handle) // between two incarnations
    return conflict("troupe.dev", "actors", name, "the actor is not running just now");
  env.tree->expect_end(found->path);
  if (found->supervisor)
    caf::anon_send(handle, kill_atom::value);
  else
    caf::anon_send_exit(handle, caf::exit_reason::kill);
  return nothing{};
}

} // namespace troupe
