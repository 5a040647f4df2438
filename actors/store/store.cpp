#include "actors/store/store.hpp"

#include <caf/send.hpp>

#include "actors/store/store_state.hpp"
#include "messages/actors/store.hpp"
#include "persist/ports/segment_files.hpp"
#include "persist/ports/threaded_history_port.hpp"
#include "persist/ports/threaded_log_port.hpp"
#include "runtime/supervision/supervisor_actor.hpp"

namespace troupe {
namespace {

using start_function = caf::actor (*)(const spawn_context&, const env_ptr&, store_state_ptr);

child_spec child(std::string name, std::string kind, start_function start, const store_state_ptr& state) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = std::move(kind);
  spec.start = [start, state](const spawn_context& context, const env_ptr& env) { return start(context, env, state); };
  return spec;
}

class replica_store : public store_backend {
 public:
  explicit replica_store(store_state_ptr state) : state_(std::move(state)) {}
  const roots& state() const override { return state_->replica.published; }
  tables& events() override { return state_->replica.windows; }

  void propose(const env_ptr& env, call_ptr request) override {
    if (auto replica = env->actors.get<replica_actor>("/" + env->machine + "/store/replica")) {
      caf::anon_send(replica, propose_call{std::move(request)});
      return;
    }
    request->outcome.what = txn_outcome::kind::refused;
    request->outcome.why = "the store is starting";
    answer(std::move(request));
  }

  /// Ports first: a replica loads through them. The tables come last and are not waited for: feeds keep what they miss.
  std::vector<child_spec> children() override {
    auto replica = child("replica", "Replica", spawn_replica, state_);
    replica.own_thread = true;  // syncs small groups itself
    replica.says_ready = true;
    std::vector<child_spec> tables;
    for (auto& row : kinds()) {
      if (!row.stored || row.storage != row.index) continue;
      child_spec table;
      table.name = group_resource(row);
      table.kind = "Table";
      table.start = [state = state_, kind = &row](const spawn_context& context, const env_ptr& env) {
        return spawn_table(context, env, state, *kind);
      };
      tables.push_back(std::move(table));
    }
    return {child("log", "LogPort", spawn_log_port, state_),
            child("history", "HistoryPort", spawn_history_port, state_), std::move(replica),
            supervisor_spec("tables", std::move(tables))};
  }

 private:
  store_state_ptr state_;
};

}  // namespace

std::unique_ptr<store_backend> make_store(const store_options& options, std::unique_ptr<log_port> log,
                                          std::unique_ptr<history_port> history) {
  return std::make_unique<replica_store>(
      std::make_shared<store_state>(options, nullptr, std::move(log), std::move(history)));
}

result<std::unique_ptr<store_backend>> open_store(const store_options& options) {
  auto folder = data_folder::open(options.data_dir + "/store");
  if (!folder) return folder.error();
  auto path = (*folder)->path();
  auto make_disk = [path, bytes = options.segment_bytes] {
    return std::make_unique<segment_files>(path + "/log", bytes);
  };
  auto state =
      std::make_shared<store_state>(options, std::move(*folder), std::make_unique<threaded_log_port>(make_disk),
                                    std::make_unique<threaded_history_port>(path + "/history.db"));
  return std::unique_ptr<store_backend>{std::make_unique<replica_store>(std::move(state))};
}

}  // namespace troupe
