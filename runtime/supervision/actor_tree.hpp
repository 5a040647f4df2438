// The actors of a machine as objects (Actor, troupe.dev/v1): supervisors write here, the gateway reads it like any kind.
// Never stored. Revisions begin with the process's epoch, so a watch from another life of the process gets 410.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>
#include "messages/event.hpp"
#include "messages/roots.hpp"

namespace troupe {

struct env;

struct actor_record {
  std::string path;    // "/alpha/store/replica"
  std::string kind;    // child_spec::kind
  std::string machine;
  std::string parent;  // path of its supervisor; empty for the root
  enum class state : uint8_t { waiting, starting, running, stopping } now = state::waiting;
  int64_t restarts = 0;
  int64_t incarnation = 0;
  int64_t started_ns = 0;       // calendar time; 0: not started
  std::string last_failure;     // text of the last abnormal end
  int64_t last_failure_ns = 0;  // calendar time; 0: never failed
  bool supervisor = false;
  bool operator==(const actor_record&) const = default;
};

/// metadata.name of an actor: the path with dots for slashes; where that is over 253 bytes, cut and ended by a hash.
std::string dotted_name(std::string_view path);

/// Thread-safe. The gateway asks state() and events() for kind `actors` instead of the store's.
class actor_tree {
public:
  actor_tree(std::string machine, uint64_t epoch_seconds);
  ~actor_tree();

  void put(const actor_record&);
  void erase(const std::string& path);
  /// It has been told to die: from now on the name is its next incarnation's, which is stopping. So whoever deleted it
  /// finds the old one gone at once, however fast the new one comes.
  void expect_end(const std::string& path);
  /// Current number of waiting messages of an actor, asked when an object is read; unset: 0.
  void ask_mailbox(std::function<int64_t(const std::string& path)>);

  /// By path, dotted name, or a suffix of the path that only one actor has ("store/replica", "replica").
  /// 404 where there is none, 409 (naming the first few) where there are several.
  result<actor_record> find(std::string_view name) const;
  std::vector<actor_record> all() const; // in path order

  const roots& state() const;
  tables& events();

private:
  class view;
  class news;
  struct node {
    actor_record record;
    uint64_t revision = 0;
    object_ptr object; // as of `revision`, mailbox 0
  };
  object_ptr encode(const actor_record&, uint64_t revision, int64_t mailbox) const;
  void note(event::type, uint64_t revision, object_ptr now, object_ptr before);

  const std::string machine_;
  const uint64_t epoch_;
  mutable std::mutex mutex_;
  uint64_t revision_;
  std::map<std::string, node> nodes_; // by path
  std::map<std::string, std::string> names_; // dotted name -> path
  std::deque<event_ptr> window_;
  uint64_t floor_; // events after this revision are in the window
  std::vector<std::weak_ptr<table_subscriber>> subscribers_;
  std::function<int64_t(const std::string&)> mailbox_;
  std::unique_ptr<view> view_;
  std::unique_ptr<news> news_;
};

/// Kills an actor of this machine (`name` as in actor_tree::find); a supervisor kills its children first, then all start
/// again in order. 404, 409; 405 for the root. From any thread; returns when the order is given, not when it is dead.
result<nothing> kill_actor(env&, std::string_view name);

constexpr size_t actor_events_max = 4096; // changes kept for watches; older ones: 410

} // namespace troupe
