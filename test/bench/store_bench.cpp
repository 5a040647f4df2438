// What the store can do on this machine, from inside the process: writes a second at several depths, and the time to
// come back with many objects. A measurement, not a test: `store_bench FOLDER [writes|restart OBJECTS]`.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>

#include "test/actors/store/store_rig.hpp"

using namespace troupe;
using namespace troupe::store_test;
using steady = std::chrono::steady_clock;

namespace {

double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

double cpu_seconds() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

long resident_megabytes() {
  long pages = 0, resident = 0;
  if (auto file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * 4 / 1024;
}

/// Half of it repeats, half does not, as objects do.
std::string filler(size_t size, uint64_t seed) {
  std::mt19937_64 random{seed};
  std::string text(size, 'x');
  for (size_t i = size / 2; i < size; ++i) text[i] = "abcdefghijklmnop"[random() & 15];
  return text;
}

/// The I/O thread's part: takes answers, makes the next call, in a closed loop.
class driver {
 public:
  driver(store_rig& rig, size_t in_flight, double seconds) : rig_(rig), in_flight_(in_flight), seconds_(seconds) {
    for (uint64_t i = 0; i < 256; ++i) fillers_.push_back(filler(1024, i));
  }

  void run() {
    home_ = std::make_shared<test_home>([this](const call_ptr& one) {
      std::lock_guard guard{mutex_};
      back_.push_back(one);
      changed_.notify_one();
    });
    for (size_t i = 0; i < in_flight_; ++i) send();
    auto start = steady::now();
    bool measuring = false;
    double cpu = 0;
    while (true) {
      std::deque<call_ptr> back;
      {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return !back_.empty(); });
        back.swap(back_);
      }
      if (!measuring && seconds_since(start) > 0.5) {
        measuring = true;
        start = steady::now();
        cpu = cpu_seconds();
        took_us_.clear();
      }
      for (auto& one : back) {
        if (one->outcome.what != txn_outcome::kind::committed)
          std::printf("not committed: %s\n", one->outcome.why.c_str());
        took_us_.push_back(static_cast<double>(now_us() - one->wall_ns));
        --pending_;
      }
      if (measuring && seconds_since(start) > seconds_) {
        report(seconds_since(start), cpu_seconds() - cpu);
        break;
      }
      while (pending_ < in_flight_) send();
    }
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return back_.size() == pending_; });
  }

 private:
  static int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady::now().time_since_epoch()).count();
  }
  void send() {
    txn write;
    auto name = "bench-" + std::to_string(random_() % 10'000);
    write.operations.push_back(put("default", name, fillers_[random_() % fillers_.size()]));
    auto one = make_call(home_, std::move(write));
    one->wall_ns = now_us();
    ++pending_;
    rig_.propose(one);
  }
  void report(double seconds, double cpu) {
    std::sort(took_us_.begin(), took_us_.end());
    auto count = took_us_.size();
    std::printf(
        "%4zu in flight: %8.0f writes/s   p50 %7.3f ms  p99 %7.3f ms  max %7.1f ms   CPU %5.1f us a write   RSS %ld "
        "MB\n",
        in_flight_, static_cast<double>(count) / seconds, took_us_[count / 2] / 1e3, took_us_[count * 99 / 100] / 1e3,
        took_us_.back() / 1e3, cpu * 1e6 / static_cast<double>(count), resident_megabytes());
    std::fflush(stdout);
  }

  store_rig& rig_;
  const size_t in_flight_;
  const double seconds_;
  size_t pending_ = 0;
  std::vector<std::string> fillers_;
  std::mt19937_64 random_{42};
  std::vector<double> took_us_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<call_ptr> back_;
  std::shared_ptr<reply_sink> home_;
};

void fill(store_rig& rig, size_t objects) {
  constexpr size_t together = 100;
  auto text = filler(2000, 1);
  std::atomic<size_t> waiting{0};
  auto home = std::make_shared<test_home>([&](const call_ptr&) { --waiting; });
  for (int round = 0; round < 2; ++round)  // two revisions of each
    for (size_t i = 0; i < objects; i += together) {
      txn write;
      for (size_t k = i; k < std::min(objects, i + together); ++k) {
        text = filler(64, k) + text.substr(64);
        write.operations.push_back(put("space-" + std::to_string(k % 100), "object-" + std::to_string(k), text));
      }
      while (waiting > 20) std::this_thread::yield();
      ++waiting;
      rig.propose(make_call(home, std::move(write)));
    }
  while (waiting != 0) std::this_thread::yield();
}

}  // namespace

int main(int count, char** arguments) {
  store_options options;
  options.data_dir = count > 1 ? arguments[1] : "/tmp/store-bench";
  std::filesystem::create_directories(options.data_dir);
  if (count > 3 && std::strcmp(arguments[2], "restart") == 0) {
    size_t objects = std::stoul(arguments[3]);
    {
      store_rig rig{options};
      rig.write({{put("default", "first", "x")}});
      if (rig.store().state().count(config_maps(), "") < objects) fill(rig, objects);
    }
    for (int round = 0; round < 3; ++round) {
      auto start = steady::now();
      store_rig rig{options};
      rig.write({{put("default", "probe", "x")}});
      std::printf("back after %.3f s with %zu objects at revision %llu, RSS %ld MB\n", seconds_since(start),
                  rig.store().state().count(config_maps(), ""),
                  static_cast<unsigned long long>(rig.store().state().revision()), resident_megabytes());
    }
    return 0;
  }
  auto start = steady::now();
  store_rig rig{options};
  rig.write({{put("default", "first", "x")}});
  std::printf("first write after %.3f s\n", seconds_since(start));
  for (size_t depth : {1, 16, 64, 256}) driver{rig, depth, 3}.run();
  return 0;
}
