#include "persist/raft_engine.hpp"

#include <cstring>
#include <stdexcept>
// raft.h is C: it has no extern "C" of its own, and one of its static assertions is not C++.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#pragma push_macro("static_assert")
#undef static_assert
#define static_assert(...)
extern "C" {
#include <raft.h>
}
#pragma pop_macro("static_assert")
static_assert(RAFT_VERSION_NUMBER == 2201, "who owns what after raft_step() is 0.22.1's rule, and changed since");

namespace troupe {
namespace {

const std::string& address_of_self() {
  static const std::string address = "self";  // libraft wants one; messages will find their way by id
  return address;
}

raft_configuration alone(uint64_t id) {
  raft_configuration configuration;
  raft_configuration_init(&configuration);
  if (raft_configuration_add(&configuration, id, address_of_self().c_str(), RAFT_VOTER) != 0) throw std::bad_alloc{};
  return configuration;
}

}  // namespace

struct raft_engine::engine {
  explicit engine(uint64_t own_id) : id(own_id) {}
  uint64_t id;
  raft state{};
  ready step(raft_event& event, int64_t now_ms);
};

raft_engine::ready raft_engine::engine::step(raft_event& event, int64_t now_ms) {
  event.time = static_cast<raft_time>(now_ms);
  event.capacity = 0;
  raft_update update{};
  ready to_do;
  if (int code = raft_step(&state, &event, &update); code != 0) {
    to_do.error = raft_strerror(code);
    return to_do;
  }
  if ((update.flags & (RAFT_UPDATE_CURRENT_TERM)) || (update.flags & (RAFT_UPDATE_VOTED_FOR))) {
    to_do.append = true;
    to_do.batch.has_hard = true;
    to_do.batch.hard = {raft_current_term(&state), raft_voted_for(&state)};
  }
  if ((update.flags & (RAFT_UPDATE_ENTRIES)) && update.entries.n > 0) {
    to_do.append = true;
    to_do.batch.first = update.entries.index;
    // The batch is ours now: one allocation under all entries of this update.
    std::shared_ptr<const char> block(static_cast<char*>(update.entries.batch[0].batch),
                                      [](const char* p) { raft_free(const_cast<char*>(p)); });
    for (unsigned i = 0; i < update.entries.n; ++i) {
      auto& entry = update.entries.batch[i];
      to_do.batch.entries.push_back({entry.term, static_cast<uint16_t>(entry.type), block,
                                     static_cast<const char*>(entry.buf.base), static_cast<uint32_t>(entry.buf.len)});
    }
  }
  to_do.commit = raft_commit_index(&state);
  return to_do;
}

raft_engine::raft_engine(uint64_t id, uint32_t seed) : engine_(std::make_unique<engine>(id)) {
  auto& state = engine_->state;
  if (raft_init(&state, nullptr, nullptr, id, address_of_self().c_str()) != 0) throw std::bad_alloc{};
  raft_seed(&state, seed);
  raft_set_pre_vote(&state, true);
  raft_set_election_timeout(&state, 1000);
  raft_set_heartbeat_timeout(&state, 100);
  raft_set_max_inflight_entries(&state, 1024);
}

raft_engine::~raft_engine() {
  raft_close(&engine_->state, nullptr);
}

log_entry raft_engine::first_configuration(uint64_t id) {
  auto configuration = alone(id);
  raft_buffer encoded;
  int code = raft_configuration_encode(&configuration, &encoded);
  raft_configuration_close(&configuration);
  if (code != 0) throw std::bad_alloc{};
  std::shared_ptr<const char> block(static_cast<char*>(encoded.base),
                                    [](const char* p) { raft_free(const_cast<char*>(p)); });
  return {1, RAFT_CHANGE, block, block.get(), static_cast<uint32_t>(encoded.len)};
}

raft_engine::ready raft_engine::start(const log_image& log, const applied_position& applied, int64_t now_ms) {
  raft_event event{};
  event.type = RAFT_START;
  event.start.term = log.hard.term;
  event.start.voted_for = log.hard.vote;
  raft_snapshot_metadata snapshot{};
  if (applied.index != 0) {
    snapshot.index = applied.index;
    snapshot.term = applied.term;
    snapshot.configuration = alone(engine_->id);
    snapshot.configuration_index = 1;
    event.start.metadata = &snapshot;
  }
  std::vector<raft_entry> entries;
  for (auto& entry : log.entries) {
    auto bytes = const_cast<char*>(entry.bytes);
    entries.push_back({entry.term, static_cast<raft_entry_type>(entry.type), {bytes, entry.size}, bytes});
  }
  event.start.start_index = log.first;
  event.start.entries = entries.data();
  event.start.n_entries = static_cast<unsigned>(entries.size());
  return engine_->step(event, now_ms);
}

raft_engine::ready raft_engine::submit(const std::string& bytes, int64_t now_ms) {
  auto block = static_cast<char*>(raft_malloc(bytes.size()));
  if (block == nullptr) throw std::bad_alloc{};
  std::memcpy(block, bytes.data(), bytes.size());
  raft_entry entry{raft_current_term(&engine_->state), RAFT_COMMAND, {block, bytes.size()}, block};
  raft_event event{};
  event.type = RAFT_SUBMIT;
  event.submit.entries = &entry;
  event.submit.n = 1;
  auto to_do = engine_->step(event, now_ms);
  if (!to_do.error.empty()) raft_free(block);
  return to_do;
}

raft_engine::ready raft_engine::persisted(uint64_t index, int64_t now_ms) {
  if (index <= engine_->state.last_stored) return {};
  raft_event event{};
  event.type = RAFT_PERSISTED_ENTRIES;
  event.persisted_entries.index = index;
  return engine_->step(event, now_ms);
}

raft_engine::ready raft_engine::applied(uint64_t index, bool configuration, int64_t now_ms) {
  engine_->state.last_applied = index;
  if (!configuration) return {};
  raft_event event{};
  event.type = RAFT_CONFIGURATION;
  event.configuration.index = index;
  event.configuration.conf = alone(engine_->id);
  return engine_->step(event, now_ms);
}

raft_engine::ready raft_engine::compacted(const applied_position& position, int64_t now_ms) {
  raft_event event{};
  event.type = RAFT_SNAPSHOT;
  event.snapshot.metadata.index = position.index;
  event.snapshot.metadata.term = position.term;
  event.snapshot.metadata.configuration = alone(engine_->id);
  event.snapshot.metadata.configuration_index = 1;
  event.snapshot.trailing = 0;
  return engine_->step(event, now_ms);
}

raft_engine::ready raft_engine::timeout(int64_t now_ms) {
  raft_event event{};
  event.type = RAFT_TIMEOUT;
  return engine_->step(event, now_ms);
}

bool raft_engine::leader() const {
  return raft_state(&engine_->state) == RAFT_LEADER;
}
uint64_t raft_engine::term() const {
  return raft_current_term(&engine_->state);
}
uint64_t raft_engine::last_index() const {
  return raft_last_index(&engine_->state);
}
bool raft_engine::is_configuration(uint16_t type) {
  return type == RAFT_CHANGE;
}
bool raft_engine::is_command(uint16_t type) {
  return type == RAFT_COMMAND;
}

}  // namespace troupe
