// A store and a handler chain of a few lines, for tests of what stands on them: get, list, create, delete of protobuf
// objects; commits take virtual time. What it holds survives its machine.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "messages/call.hpp"
#include "messages/event.hpp"
#include "messages/roots.hpp"
#include "test/sim/world.hpp"

namespace troupe::sim {

class toy_api : public roots, public tables {
public:
  /// Puts itself into on.env: api, state, events.
  void attach(machine& on);

  /// Directly, as somebody else's write.
  object_ptr put(const kind_row&, const std::string& space, const std::string& name);
  void remove(const kind_row&, const std::string& space, const std::string& name);
  /// "configmaps/a/root-ca namespaces//a ..."
  std::string state() const;

  uint64_t revision() const override { return revision_; }
  object_ptr get(const kind_row&, std::string_view space, std::string_view name) const override;
  result<uint64_t> list(const list_range&, std::vector<object_ptr>& to, bool& more) const override;
  size_t count(const kind_row&, std::string_view space) const override;

  uint64_t progress(const kind_row&) const override { return revision_; }
  bool read(const kind_row&, uint64_t after, size_t limit, std::vector<event_ptr>& to, uint64_t& through) const override;
  void read_history(const kind_row&, uint64_t after, std::function<void(result<history_page>)> done) const override;
  void subscribe(const kind_row&, std::weak_ptr<table_subscriber>) override;

  size_t calls = 0, commits = 0;
  size_t window = 1000;       // events kept; older ones must be had by a list
  double refuse = 0;          // probability that a proposal is refused (503)
  double forget = 0;          // probability that a call is dropped on the floor, after or before its commit
  nanoseconds commit_min = 100 * us, commit_max = 5 * ms;
  std::vector<std::string> users; // who called

private:
  struct state_of_home;
  static step handle(const call_ptr&, const roots&, chain_state&);
  static step committed(const call_ptr&, const roots&, chain_state&);
  void propose(const call_ptr&);
  txn_outcome commit(const txn&);
  void emit(event::type, const kind_row&, object_ptr now, object_ptr before);

  machine* on_ = nullptr;
  uint64_t revision_ = 1, floor_ = 1;
  std::map<std::string, object_ptr> objects_; // by key text
  std::vector<event_ptr> events_;
  std::vector<std::pair<const kind_row*, std::weak_ptr<table_subscriber>>> subscribers_;
};

} // namespace troupe::sim
