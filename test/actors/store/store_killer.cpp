// A store in a real process that is killed with SIGKILL at random moments of a write load, many times over one folder.
//   store_killer [FOLDER] [ROUNDS] [SEED]
// The child writes through the real actors and ports and says what was acknowledged; the parent kills it, starts it
// again and checks: nothing acknowledged is lost, no pair is half applied, nothing is there twice.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "test/actors/store/store_rig.hpp"
#include "test/sim/random.hpp"

using namespace troupe;
using namespace troupe::store_test;

namespace {

constexpr int pairs = 40;
constexpr size_t in_flight = 16;

std::string pair_name(int pair) {
  return "pair-" + std::to_string(pair);
}

/// What a child says on its pipe, one line each: "had PAIR NUMBER" (at its start), "ack PAIR NUMBER", "bad TEXT",
/// "ready".
class child {
 public:
  child(const std::string& folder, uint64_t seed, int to) : options_{folder}, random_(seed), to_(to) {
    options_.segment_bytes = 1u << 20;  // many segments
    options_.compact_every_ms = 400;    // and many compactions
  }
  [[noreturn]] void run() {
    options_.refused = [this](const std::string& why) { say("bad " + why); };
    store_rig rig{options_};
    rig.write({{put("default", "start", std::to_string(random_.next()))}});
    look(rig);
    look_at_history(rig);
    say("ready");
    write_for_ever(rig);
  }

 private:
  void say(const std::string& line) {
    auto text = line + "\n";
    if (::write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(3);
  }
  void look(store_rig& rig) {
    for (int pair = 0; pair < pairs; ++pair) {
      auto left = rig.store().state().get(config_maps(), "left", pair_name(pair));
      auto right = rig.store().state().get(config_maps(), "right", pair_name(pair));
      if (!left != !right || (left && (text_of(*left) != text_of(*right) || left->revision() != right->revision())))
        say("bad half applied: " + pair_name(pair));
      if (!left) continue;
      numbers_[pair] = std::stoull(text_of(*left));
      say("had " + std::to_string(pair) + " " + std::to_string(numbers_[pair]));
    }
  }
  /// Every number of every pair at most once in what is kept of the history, and in rising order.
  void look_at_history(store_rig& rig) {
    uint64_t after = 0;
    std::map<std::string, uint64_t> last;
    for (;;) {
      std::promise<result<history_page>> answer;
      rig.store().events().read_history(config_maps(), after,
                                        [&](result<history_page> page) { answer.set_value(std::move(page)); });
      auto page = answer.get_future().get();
      if (!page && page.error().code == 410) {  // below the last compaction: begin higher
        after = after == 0 ? 1 : after * 2;
        continue;
      }
      if (!page) return say("bad history: " + page.error().message);
      for (auto& one : page->events) {
        if (one->object->space() != "left" && one->object->space() != "right") continue;
        auto number = std::stoull(text_of(*one->object));
        auto& before = last[one->object->key().text()];
        if (number <= before) say("bad there twice: " + one->object->key().text());
        before = number;
      }
      if (page->through == after) return;
      after = page->through;
    }
  }
  void write_for_ever(store_rig& rig) {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<call_ptr> back;
    auto home = std::make_shared<test_home>([&](const call_ptr& one) {
      std::lock_guard guard{mutex};
      back.push_back(one);
      changed.notify_one();
    });
    auto send = [&](int pair) {
      auto number = std::to_string(++numbers_[pair]);
      auto filler = std::string(random_.below(3000), 'x');
      auto one = make_call(home, {{put("left", pair_name(pair), number), put("right", pair_name(pair), number),
                                   put("filler", pair_name(pair), filler)}});
      one->stream = pair;
      rig.propose(one);
    };
    for (int pair = 0; pair < static_cast<int>(in_flight); ++pair) send(pair);
    int next = in_flight;
    for (;;) {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return !back.empty(); });
      auto one = back.front();
      back.pop_front();
      lock.unlock();
      if (one->outcome.what != txn_outcome::kind::committed)
        say("bad not committed: " + one->outcome.why);
      else
        say("ack " + std::to_string(one->stream) + " " + text_of(*one->outcome.objects[0]));
      send(next);
      next = (next + 1) % pairs;
    }
  }

  store_options options_;
  sim::random_stream random_;
  std::map<int, uint64_t> numbers_;
  int to_;
};

/// The parent's side of one life.
class life {
 public:
  explicit life(std::map<int, uint64_t>& acknowledged) : acknowledged_(acknowledged) {}
  /// Kills the child when it has said so many lines (the first of them at its start). False: something was wrong; it
  /// has been printed.
  bool run(const std::string& folder, uint64_t seed, uint64_t kill_at) {
    int ends[2];
    if (::pipe(ends) != 0) return false;
    auto process = ::fork();
    if (process == 0) {
      ::close(ends[0]);
      child{folder, seed, ends[1]}.run();
    }
    ::close(ends[1]);
    auto from = ::fdopen(ends[0], "r");
    uint64_t lines = 0;
    if (kill_at == 0) ::kill(process, SIGKILL);
    char line[512];
    while (std::fgets(line, sizeof line, from) != nullptr) {
      if (std::strchr(line, '\n') != nullptr) take(line);  // a line that was cut short was not said
      if (++lines == kill_at || wrong_ != 0) ::kill(process, SIGKILL);
    }
    if (lines < kill_at) wrong("the store ended by itself");
    ::waitpid(process, nullptr, 0);
    std::fclose(from);
    return wrong_ == 0;
  }
  uint64_t acks = 0;
  bool ready = false;

 private:
  void wrong(const std::string& what) {
    std::printf("FAILED: %s\n", what.c_str());
    ++wrong_;
  }
  void take(const char* line) {
    int pair;
    unsigned long long number;
    if (std::strncmp(line, "bad ", 4) == 0)
      wrong(line + 4);
    else if (std::sscanf(line, "had %d %llu", &pair, &number) == 2)
      had_[pair] = number;
    else if (std::sscanf(line, "ack %d %llu", &pair, &number) == 2) {
      acknowledged_[pair] = std::max<uint64_t>(acknowledged_[pair], number);
      ++acks;
    } else if (std::strcmp(line, "ready\n") == 0) {
      ready = true;
      for (auto& [one, highest] : acknowledged_)
        if (had_[one] < highest)
          wrong("pair " + std::to_string(one) + ": " + std::to_string(highest) + " was acknowledged, " +
                std::to_string(had_[one]) + " is there");
    }
  }
  std::map<int, uint64_t>& acknowledged_;
  std::map<int, uint64_t> had_;
  int wrong_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  std::string pattern = (std::filesystem::temp_directory_path() / "troupe-killer-XXXXXX").string();
  std::string folder = count > 1 ? arguments[1] : ::mkdtemp(pattern.data());
  int rounds = count > 2 ? std::atoi(arguments[2]) : 60;
  uint64_t seed = count > 3 ? std::stoull(arguments[3]) : 1;
  sim::random_stream random{seed};
  std::map<int, uint64_t> acknowledged;
  uint64_t acks = 0;
  int in_load = 0;
  for (int round = 0; round < rounds; ++round) {
    life one{acknowledged};
    // Every tenth one dies while it starts.
    uint64_t kill_at = round % 10 == 9 ? random.below(pairs) : pairs + 2 + random.below(1500);
    if (!one.run(folder, random.next(), kill_at)) {
      std::printf("round %d of seed %llu; the folder is kept: %s\n", round, static_cast<unsigned long long>(seed),
                  folder.c_str());
      return 1;
    }
    acks += one.acks;
    in_load += one.ready;
  }
  std::printf("%d kills (%d under load), %llu acknowledged transactions, none lost, none halved, none there twice\n",
              rounds, in_load, static_cast<unsigned long long>(acks));
  if (in_load * 2 < rounds) return 1;  // a load that did not run proves nothing
  if (count <= 1) std::filesystem::remove_all(folder);
  return 0;
}
