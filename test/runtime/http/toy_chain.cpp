#include "test/runtime/http/toy_chain.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <stdexcept>

#include "messages/roots.hpp"

using namespace troupe;

namespace toy {
namespace {

world* here = nullptr;

class no_roots final : public roots {
public:
  uint64_t revision() const override { return 0; }
  object_ptr get(const kind_row&, std::string_view, std::string_view) const override { return nullptr; }
  result<uint64_t> list(const list_range&, std::vector<object_ptr>&, bool&) const override { return uint64_t{0}; }
  size_t count(const kind_row&, std::string_view) const override { return 0; }
};

// Bytes behind a 101 come back in capitals; "bye" ends. A deaf one never takes any.
class loud final : public duplex {
public:
  explicit loud(bool deaf) : deaf_(deaf) {}
  void from_client(std::string_view bytes) override {
    for (char byte : bytes) out_ += char(byte >= 'a' && byte <= 'z' ? byte - 32 : byte);
    finished_ |= bytes.find("bye") != bytes.npos;
  }
  void client_closed() override {}
  std::string& out() override { return out_; }
  void taken() override {}
  bool stalled() const override { return deaf_ || out_.size() > (1 << 20); }
  bool finished() const override { return finished_; }
  void attach(body_sink*) override {}
  void tick(int64_t) override {}
  void wind_up() override {
    out_ += "THE END";
    finished_ = true;
  }

private:
  std::string out_;
  bool deaf_, finished_ = false;
};

size_t number_in(std::string_view query, size_t otherwise) {
  return query.empty() ? otherwise : size_t(std::strtoull(std::string(query).c_str(), nullptr, 10));
}

} // namespace

// One I/O thread's watches.
struct world::state final : chain_state {
  std::shared_ptr<reply_sink> home;
  std::set<watch*> open;
  explicit state(std::shared_ptr<reply_sink> home) : home(std::move(home)) {
    std::lock_guard guard{here->mutex};
    here->states.insert(this);
  }
  ~state() override {
    std::lock_guard guard{here->mutex};
    here->states.erase(this);
  }
  void tick(int64_t) override {}
};

struct world::watch final : body {
  state& owner;
  std::deque<text_ptr> queue;
  size_t offset = 0;
  bool ending = false;
  body_sink* sink = nullptr;
  explicit watch(state& of) : owner(of) {
    owner.open.insert(this);
    count(1);
  }
  ~watch() override {
    owner.open.erase(this);
    count(-1);
  }
  void count(int by) {
    std::lock_guard guard{here->mutex};
    here->watches += size_t(by);
    here->changed.notify_all();
  }
  size_t read(char* to, size_t room) override {
    size_t count = 0;
    while (count < room && !queue.empty()) {
      auto take = std::min(room - count, queue.front()->size() - offset);
      std::memcpy(to + count, queue.front()->data() + offset, take);
      count += take;
      offset += take;
      if (offset < queue.front()->size()) break;
      queue.pop_front();
      offset = 0;
    }
    return count;
  }
  bool done() const override { return ending && queue.empty(); }
  void attach(body_sink* to) override { sink = to; }
  void wind_up() override {
    queue.resize(std::min<size_t>(queue.size(), offset ? 1 : 0));
    ending = true;
    if (sink) sink->body_ready();
  }
};

world::world() {
  here = this;
  store_ = std::thread([this] { store(); });
}

world::~world() {
  {
    std::lock_guard guard{mutex};
    stopping_ = true;
    changed.notify_all();
  }
  store_.join();
  kept.clear();
  here = nullptr;
}

chain world::make_chain() {
  static const no_roots nothing_stored;
  chain made;
  made.handle = [](const call_ptr& call, const roots&, chain_state& s) {
    if (call->in.path == "/watch") {
      call->out.stream = std::make_unique<watch>(static_cast<state&>(s));
      return step::ready;
    }
    return here->handle(call);
  };
  made.committed = [](const call_ptr& call, const roots&, chain_state&) {
    call->out.code = 201;
    call->out.text = std::to_string(call->outcome.revision);
    return step::ready;
  };
  made.make_state = [](std::shared_ptr<reply_sink> home) { return std::make_unique<state>(std::move(home)); };
  made.propose = [](call_ptr call) { here->propose(std::move(call)); };
  made.state = &nothing_stored;
  return made;
}

step world::handle(const call_ptr& call) {
  auto& in = call->in;
  auto& out = call->out;
  out.content_type = "text/plain";
  if (in.path == "/text") {
    out.text = "hello";
  } else if (in.path == "/echo") {
    out.text = std::move(in.body);
    out.headers.emplace_back("X-Method", in.method);
  } else if (in.path == "/whoami") {
    out.text = in.peer_name;
    for (auto& group : in.peer_groups) out.text += "," + group;
    if (in.peer_name.empty() && !in.peer_credential.empty()) out.text = "bad certificate";
    out.text += " " + std::to_string(in.http_major);
  } else if (in.path == "/big") {
    out.text = "[";
    out.parts.assign(number_in(in.query, 8), big);
    out.parts.push_back(std::make_shared<std::string>("]"));
  } else if (in.path == "/write" || in.path == "/lost-write") {
    return step::proposed;
  } else if (in.path == "/throw") {
    throw std::runtime_error("thrown on purpose");
  } else if (in.path == "/lost") {
    return step::elsewhere; // nobody keeps it
  } else if (in.path == "/keep") {
    call->deadline_ms = in.query.empty() ? 0 : call->steady_ms + int64_t(number_in(in.query, 0));
    std::lock_guard guard{mutex};
    kept.push_back(call);
    changed.notify_all();
    return step::elsewhere;
  } else if (in.path == "/upgrade") {
    out.code = 101;
    out.headers = {{"Connection", "Upgrade"}, {"Upgrade", "loud"}};
    out.upgraded = std::make_unique<loud>(in.query == "deaf");
  } else {
    set_error(out, not_found("", "paths", in.path));
  }
  return step::ready;
}

void world::propose(call_ptr call) {
  if (call->in.path == "/lost-write") return;
  std::lock_guard guard{mutex};
  proposed.push_back(std::move(call));
  changed.notify_all();
}

// Answers what was proposed, a batch at a time, from its own thread.
void world::store() {
  std::unique_lock lock{mutex};
  for (;;) {
    changed.wait(lock, [&] { return stopping_ || !proposed.empty(); });
    if (stopping_) return;
    std::vector<call_ptr> batch;
    batch.swap(proposed);
    lock.unlock();
    for (auto& call : batch) {
      call->outcome.what = txn_outcome::kind::committed;
      call->outcome.revision = ++revision;
      answer(std::move(call));
    }
    lock.lock();
  }
}

void world::tell_watchers(const std::string& line) {
  auto text = std::make_shared<std::string>(line);
  std::lock_guard guard{mutex};
  for (auto* s : states)
    s->home->post([s, text] {
      for (auto* one : s->open) {
        if (one->ending) continue;
        one->queue.push_back(text);
        if (one->sink) one->sink->body_ready();
      }
    });
}

void world::await_watches(size_t count) {
  std::unique_lock lock{mutex};
  changed.wait(lock, [&] { return watches == count; });
}

void world::await_kept(size_t count) {
  std::unique_lock lock{mutex};
  changed.wait(lock, [&] { return kept.size() == count; });
}

void world::answer_kept() {
  std::vector<call_ptr> all;
  {
    std::lock_guard guard{mutex};
    all.swap(kept);
  }
  for (auto& call : all) {
    call->out.text = "kept";
    answer(std::move(call));
  }
}

void world::drop_kept() {
  std::vector<call_ptr> all;
  std::lock_guard guard{mutex};
  all.swap(kept);
}

} // namespace toy
