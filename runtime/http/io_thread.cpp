#include "runtime/http/io_thread.hpp"

#include <chrono>
#include <cstring>
#include <ctime>
#include <exception>
#include <utility>

namespace troupe {

constexpr int64_t tick_ms = 1000;

void write_block::append(const void* from, size_t count) {
  std::memcpy(bytes.get() + size, from, count);
  size += count;
}

io_thread::io_thread(const http_options& options, const chain& handlers, http_totals& counted)
    : totals(counted), options_(options), chain_(handlers) {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  random_.seed(seed);
  loop.rung = [this] { arrivals(); };
  loop.batch_end = [this] { return batch_end(); };
}

io_thread::~io_thread() = default;

void io_thread::start(std::function<void()> ready) {
  state_ = chain_.make_state(shared_from_this());
  thread_ = std::thread([this, ready = std::move(ready)] {
    loop.after(tick_ms, [this] { tick(); });
    if (ready) ready();
    loop.run();
  });
}

void io_thread::finish(int64_t drain_ms) {
  post([this, drain_ms] {
    finishing_ = true;
    if (connections_.empty()) return end();
    for (auto& [_, one] : std::unordered_map(connections_)) one->drain();
    loop.after(drain_ms, [this] { end(); });
  });
}

void io_thread::join() {
  if (thread_.joinable()) thread_.join();
}

void io_thread::end() {
  for (auto& [_, one] : std::unordered_map(connections_)) one->close();
  state_.reset(); // it holds this thread as its home, and so do calls
  loop.stop();
  std::vector<call_ptr> answers;
  std::vector<std::function<void()>> posts;
  std::lock_guard guard{mutex_};
  ended_ = true;
  answers.swap(answers_);
  posts.swap(posts_);
}

// ---- the two doors

void io_thread::answered(call_ptr call) {
  std::lock_guard guard{mutex_};
  if (ended_) return;
  answers_.push_back(std::move(call));
  if (!std::exchange(rung_, true)) loop.ring();
}

void io_thread::post(std::function<void()> work) {
  std::lock_guard guard{mutex_};
  if (ended_) return;
  posts_.push_back(std::move(work));
  if (!std::exchange(rung_, true)) loop.ring();
}

void io_thread::arrivals() {
  std::vector<call_ptr> answers;
  std::vector<std::function<void()>> posts;
  {
    std::lock_guard guard{mutex_};
    rung_ = false;
    answers.swap(answers_);
    posts.swap(posts_);
  }
  for (auto& call : answers) {
    if (call->outcome.what == txn_outcome::kind::none || !state_) {
      deliver(std::move(call));
      continue;
    }
    // The outcome of a proposed write: the call is its home thread's again.
    call->where = call::state::fresh;
    step said = step::ready;
    try {
      said = chain_.committed(call, *chain_.state, *state_);
    } catch (const std::exception& error) {
      log(std::string("exception after a write: ") + error.what() + ", " + call->in.method + " " + call->in.path);
      set_error(call->out, internal_error("the server failed to handle the outcome of the request"));
    }
    settle(std::move(call), said);
  }
  for (auto& work : posts) work();
}

// ---- calls

int64_t io_thread::wall_ns() const {
  if (options_.wall_ns) return options_.wall_ns();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

call_ptr io_thread::make_call(const std::shared_ptr<connection>& of, int32_t stream) {
  auto made = std::make_shared<call>();
  made->wall_ns = wall_ns();
  made->steady_ms = loop.now_ms();
  made->random = random_();
  made->connection = of;
  made->stream = stream;
  return made;
}

int64_t io_thread::run(call_ptr call) {
  call->home = shared_from_this();
  totals.requests.fetch_add(1, std::memory_order_relaxed);
  totals.in_flight.fetch_add(1, std::memory_order_relaxed);
  step said = step::ready;
  try {
    said = chain_.handle(call, *chain_.state, *state_);
  } catch (const std::exception& error) {
    log(std::string("exception in the handler chain: ") + error.what() + ", " + call->in.method + " " + call->in.path);
    set_error(call->out, internal_error("the server failed to handle the request"));
  }
  auto deadline_ms = call->deadline_ms;
  settle(std::move(call), said);
  return deadline_ms;
}

void io_thread::settle(call_ptr call, step said) {
  if (said == step::ready) {
    deliver(std::move(call));
  } else if (said == step::proposed) {
    call->outcome = {};
    call->where = call::state::proposed;
    chain_.propose(std::move(call));
  } // elsewhere: whoever keeps it answers, or its destructor does
}

void io_thread::deliver(call_ptr call) {
  call->where = call::state::answered;
  totals.in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (auto alive = std::static_pointer_cast<connection>(call->connection.lock()))
    if (!alive->closed()) alive->deliver(std::move(call));
}

// ---- connections

void io_thread::touch(connection& one) {
  if (std::exchange(one.touched, true)) return;
  touched_.push_back(one.shared_from_this());
}

void io_thread::again(std::shared_ptr<connection> one) { again_.push_back(std::move(one)); }

void io_thread::open(std::shared_ptr<connection> one) {
  auto keep = one; // start() may close it
  connections_.emplace(one.get(), one);
  if (loop.add(keep->descriptor(), keep)) keep->start();
  else keep->close();
}

void io_thread::closed(connection& one) {
  connections_.erase(&one);
  if (finishing_ && connections_.empty()) loop.after(0, [this] { // not now: a handshake may be becoming a connection
      if (connections_.empty() && state_) end();
    });
}

bool io_thread::batch_end() {
  for (auto& one : std::exchange(resuming_, std::exchange(again_, {})))
    if (!one->closed()) one->resume();
  while (!touched_.empty()) // a flush may touch others, for instance by ending a watch
    for (auto& one : std::exchange(touched_, {})) {
      one->touched = false;
      if (!one->closed()) one->flush();
    }
  return !resuming_.empty() || !again_.empty();
}

void io_thread::end_generation(uint64_t generation) {
  if (generation == newest_) next_ = newest_ + 1;
  std::vector<std::shared_ptr<connection>> leaving;
  for (auto& [_, one] : connections_)
    if (one->generation() == generation) leaving.push_back(one);
  for (auto& one : leaving) one->drain();
}

void io_thread::tick() {
  loop.after(tick_ms, [this] { tick(); });
  if (state_) state_->tick(loop.now_ms());
  std::vector<std::shared_ptr<connection>> all;
  all.reserve(connections_.size());
  for (auto& [_, one] : connections_) all.push_back(one);
  for (auto& one : all)
    if (!one->closed()) one->tick(loop.now_ms());
}

const std::string& io_thread::date() {
  auto second = wall_ns() / 1'000'000'000;
  if (second == date_second_) return date_;
  date_second_ = second;
  time_t when = second;
  tm parts{};
  gmtime_r(&when, &parts);
  char text[40];
  strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return date_ = text;
}

void io_thread::log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

} // namespace troupe
