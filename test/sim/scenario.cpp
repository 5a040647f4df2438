#include "test/sim/scenario.hpp"
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <map>
#include <sys/wait.h>
#include <unistd.h>
#include "runtime/log.hpp"

namespace troupe::sim {
namespace {

/// Four faults of one stream of their own, so that adding one changes nothing else.
void plan_faults(world& in, const scenario& what, uint64_t seed) {
  random_stream faults{seed ^ 0xfa017};
  for (int i = 0; i < 4; ++i) {
    auto at = faults.between(1 * ms, 3 * sec), length = faults.between(50 * ms, 3 * sec);
    auto agent = what.agents.empty() ? what.server : what.agents[faults.below(what.agents.size())];
    switch (faults.below(4)) {
      case 0:
        in.at(at, [&in, &what, agent] { in.partition(in.find(what.server)->index, in.find(agent)->index, true); });
        in.at(at + length, [&in, &what, agent] { in.partition(in.find(what.server)->index, in.find(agent)->index, false); });
        break;
      case 1: in.at(at, [&in, agent, length] { in.restart(*in.find(agent), true, length); }); break;
      case 2: in.at(at, [&in, &what] { in.restart(*in.find(what.server), true, 100 * ms); }); break;
      case 3: in.at(at, [&in, agent, length] { in.find(agent)->frozen_until = in.now + length; }); break;
    }
  }
}

struct arguments {
  std::map<std::string, std::string> values;
  bool has(const std::string& name) const { return values.contains(name); }
  uint64_t number(const std::string& name, uint64_t otherwise) const {
    auto found = values.find(name);
    return found == values.end() ? otherwise : std::stoull(found->second);
  }
};

struct tally {
  uint64_t runs = 0, failed = 0, messages = 0;
  nanoseconds slowest = 0;
};

void count(tally& to, const scenario& what, const run_options& how, outcome& got) {
  ++to.runs;
  to.messages += got.messages;
  to.slowest = std::max(to.slowest, got.done_at);
  if (got.error.empty())
    return;
  if (++to.failed <= 10)
    std::printf("FAILED %s%s\n  %s\n", got.error.c_str(), got.killed.empty() ? "" : (" (killed " + got.killed + ")").c_str(), replay(what, how).c_str());
}

void twin(outcome& one, const scenario& what, const run_options& how) {
  auto other = run(what, how);
  if (one.error.empty() && one.hash != other.hash)
    one.error = "two runs of one seed part";
}

/// A part of the work, `part` of `parts`, in this process.
tally work(const std::string& command, const scenario& what, run_options how, const arguments& given, uint64_t part, uint64_t parts) {
  tally to;
  auto seeds = given.number("seeds", 100), from = given.number("from", 1);
  if (command == "seeds" || command == "twins") {
    for (uint64_t seed = from + part; seed < from + seeds; seed += parts) {
      how.seed = seed;
      auto got = run(what, how);
      if (command == "twins")
        twin(got, what, how);
      count(to, what, how, got);
    }
    return to;
  }
  auto undisturbed = run(what, how);
  auto every = std::max<uint64_t>(1, given.has("count") ? undisturbed.messages * (command == "kills" ? 2 : 1) / given.number("count", 1) : given.number("every", 1));
  uint64_t turns = command == "kills" ? undisturbed.messages * 2 : undisturbed.messages;
  for (uint64_t turn = every * part + every / 2; turn < turns; turn += every * parts) {
    auto disturbed = how;
    if (command == "kills")
      disturbed.kill = {1 + turn / 2, turn % 2 == 1};
    else
      disturbed.power_loss_at = 1 + turn;
    auto got = run(what, disturbed);
    if (got.error.empty() && got.state != undisturbed.state)
      got.error = "another end state: " + got.state + "\n  undisturbed:      " + undisturbed.state;
    count(to, what, disturbed, got);
  }
  return to;
}

/// The same over several processes: a world has one thread.
tally work_in_parallel(const std::string& command, const scenario& what, const run_options& how, const arguments& given) {
  auto jobs = given.number("jobs", static_cast<uint64_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))));
  std::vector<std::pair<pid_t, int>> children;
  for (uint64_t part = 0; part < jobs; ++part) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
      return {1, 1, 0, 0};
    std::fflush(stdout);
    auto child = fork();
    if (child == 0) {
      auto got = work(command, what, how, given, part, jobs);
      std::fflush(stdout);
      auto written = write(pipe_ends[1], &got, sizeof got);
      _exit(written == sizeof got ? 0 : 1);
    }
    close(pipe_ends[1]);
    children.emplace_back(child, pipe_ends[0]);
  }
  tally all;
  for (auto& [child, from] : children) {
    tally one;
    bool whole = read(from, &one, sizeof one) == sizeof one;
    close(from);
    int state = 0;
    waitpid(child, &state, 0);
    if (!whole) {
      std::printf("FAILED a worker died (signal %d)\n", WTERMSIG(state));
      one = {1, 1, 0, 0};
    }
    all.runs += one.runs;
    all.failed += one.failed;
    all.messages += one.messages;
    all.slowest = std::max(all.slowest, one.slowest);
  }
  return all;
}

int run_one(const scenario& what, run_options how, const arguments& given) {
  if (given.has("trace"))
    how.trace = given.values.at("trace") == "-" ? stdout : std::fopen(given.values.at("trace").c_str(), "w");
  how.dump = given.has("dump");
  if (given.has("log"))
    set_log_detail(4);
  if (given.has("log"))
    set_log_sink([](log_level, const std::string& line) { std::printf("%s\n", line.c_str()); });
  auto started = std::chrono::steady_clock::now();
  auto got = run(what, how);
  std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
  std::printf("seed %" PRIu64 ": %016" PRIx64 ", %" PRIu64 " messages, %" PRIu64 " timers, %" PRIu64 " actors, done at %.3f s (virtual), %.1f ms real\n",
              how.seed, got.hash, got.messages, got.timers, got.spawned, static_cast<double>(got.done_at) / 1e9, took.count());
  std::printf("  %s\n  %s%s\n", got.state.c_str(), got.error.empty() ? "ok" : got.error.c_str(), got.killed.empty() ? "" : (" (killed " + got.killed + ")").c_str());
  return got.error.empty() ? 0 : 1;
}

} // namespace

outcome run(const scenario& what, const run_options& how) {
  outcome got;
  auto now = what.make(how.bug);
  world in{how.seed};
  in.log.out = how.trace;
  in.rule = how.kill;
  in.bug = how.bug;
  now.build(in);
  if (how.faults)
    plan_faults(in, what, how.seed);
  bool power_lost = how.power_loss_at == 0;
  nanoseconds asked = 0;
  while (in.now < now.limit && in.step(now.limit)) {
    if (!power_lost && in.messages >= how.power_loss_at) {
      power_lost = true;
      in.restart(*in.find(what.server), true, 50 * ms);
    }
    if (in.now - asked < 2 * ms)
      continue;
    asked = in.now;
    bool faults_over = !how.faults || in.now > 7 * sec;
    if (!got.done_at && faults_over && now.done(in))
      got.done_at = in.now;
    if (got.done_at && in.now > got.done_at + now.settle)
      break;
    if (got.error.empty())
      got.error = now.broken(in);
    if (!got.error.empty())
      break;
  }
  if (got.error.empty())
    got.error = now.broken(in);
  if (got.error.empty() && !got.done_at)
    got.error = "not done in " + std::to_string(now.limit / sec) + " virtual seconds";
  got.state = now.state(in);
  if (got.error.empty() && !now.done(in))
    got.error = "what was done did not stay so";
  if (how.dump && now.dump)
    now.dump(in);
  in.log.add(got.state);
  got.killed = in.killed;
  got.hash = in.log.hash();
  got.messages = in.messages;
  got.timers = in.timers;
  got.spawned = in.spawned;
  return got;
}

std::string replay(const scenario& what, const run_options& how) {
  auto text = "replay: world run " + what.name + " seed=" + std::to_string(how.seed);
  if (how.kill.at != kill_rule{}.at)
    text += " kill=" + std::to_string(how.kill.at) + (how.kill.after ? " after" : "");
  if (how.power_loss_at)
    text += " power=" + std::to_string(how.power_loss_at);
  return text + (how.faults ? " faults" : "") + (how.bug.empty() ? "" : " bug=" + how.bug);
}

int scenario_main(int argc, char** argv, const std::vector<scenario>& all) {
  set_log_sink({});
  auto usage = [&] {
    std::printf("world run|seeds|twins|kills|power SCENARIO [seed= seeds= from= kill= after power= faults bug= every= count= jobs= trace=FILE|- log dump find]\n");
    for (auto& one : all)
      std::printf("  %s\n", one.name.c_str());
    return 2;
  };
  if (argc < 3)
    return usage();
  arguments given;
  for (int i = 3; i < argc; ++i) {
    std::string text = argv[i];
    auto equals = text.find('=');
    given.values[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
  }
  auto what = std::find_if(all.begin(), all.end(), [&](auto& one) { return one.name == argv[2]; });
  if (what == all.end())
    return usage();
  run_options how;
  how.seed = given.number("seed", 1);
  how.faults = given.has("faults");
  how.power_loss_at = given.number("power", 0);
  if (given.has("kill"))
    how.kill = {given.number("kill", 0), given.has("after")};
  if (given.has("bug"))
    how.bug = given.values["bug"];
  std::string command = argv[1];
  if (command == "run")
    return run_one(*what, how, given);
  if (command != "seeds" && command != "twins" && command != "kills" && command != "power")
    return usage();
  auto started = std::chrono::steady_clock::now();
  auto got = work_in_parallel(command, *what, how, given);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  std::printf("%s %s%s: %" PRIu64 " runs, %" PRIu64 " failed, %.1f s, %.2f M messages, slowest done at %.1f s (virtual)\n", command.c_str(), what->name.c_str(),
              how.faults ? " with faults" : "", got.runs, got.failed, took.count(), static_cast<double>(got.messages) / 1e6, static_cast<double>(got.slowest) / 1e9);
  if (given.has("find")) // a seeded bug is to be found
    return got.failed > 0 ? 0 : 1;
  return got.failed == 0 && got.runs > 0 ? 0 : 1;
}

} // namespace troupe::sim
