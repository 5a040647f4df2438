// troupe up: starts a one-machine cluster in the foreground, or in the background with a parent that starts it again.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <filesystem>
#include <thread>
#include <utility>
#include <variant>
#include "cli/commands.hpp"
#include "cli/machine_process.hpp"
#include "cli/stack_trace.hpp"
#include "runtime/log.hpp"

namespace troupe::cli {

namespace {

constexpr int restarts_a_minute_max = 5; // of the process, with --detach

result<machine_options> options_of(const arguments& given) {
  machine_options out;
  out.build_version = "v1.37.2+troupe." TROUPE_VERSION; // the API is that of this Kubernetes release
  std::error_code failure;
  out.data_dir = std::filesystem::absolute(given.get("--data-dir", default_data_folder()), failure).lexically_normal();
  auto before = read_settings(folder_paths(out.data_dir));
  auto& settings = out.settings;
  settings.name = given.get("--name", before ? before->name : default_machine_name());
  if (before && before->name != settings.name)
    return bad_request("the data folder " + out.data_dir + " belongs to the machine " + before->name + ", not " + settings.name);
  for (char letter : settings.name)
    if (!(letter >= 'a' && letter <= 'z') && !(letter >= '0' && letter <= '9') && letter != '-')
      return bad_request("--name " + settings.name + " is no DNS label (lower-case letters, digits, '-')");
  settings.cri_endpoint = given.get("--cri");
  if (settings.cri_endpoint.rfind("unix://", 0) == 0) settings.cri_endpoint = settings.cri_endpoint.substr(7);
  settings.with_node = !given.has("--no-node");
  if (given.has("--listen")) {
    auto listen = given.get("--listen");
    auto colon = listen.rfind(':');
    char* end = nullptr;
    auto port = colon == std::string::npos ? -1 : std::strtol(listen.c_str() + colon + 1, &end, 10);
    if (port < 0 || port > 65535 || !end || *end) return bad_request("--listen " + listen + " is not ADDR:PORT");
    settings.listen = listen.substr(0, colon);
    settings.port = static_cast<uint16_t>(port);
  }
  if (given.has("--simulated-nodes")) {
    char* end = nullptr;
    auto count = std::strtol(given.get("--simulated-nodes").c_str(), &end, 10);
    if (count < 0 || count > 10'000 || *end) return bad_request("--simulated-nodes takes a number from 0 to 10000");
    settings.simulated_nodes = static_cast<size_t>(count);
  }
  return out;
}

void tell(int descriptor, const std::string& line) {
  if (descriptor < 0) return;
  [[maybe_unused]] auto done = ::write(descriptor, line.data(), line.size());
  ::close(descriptor);
}

/// Runs the machine until SIGTERM, SIGINT or its own end. `report`: where to say "ok\n" or the failure, once.
int run(const machine_options& options, int report) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr); // before any thread is made: they inherit it
  ::signal(SIGPIPE, SIG_IGN);
  install_stack_trace();
  auto started = machine_process::start(options);
  if (auto* failure = std::get_if<start_failure>(&started)) {
    tell(report, std::to_string(failure->exit_code) + " " + failure->line + "\n");
    return report >= 0 ? failure->exit_code : fail(failure->exit_code, failure->line);
  }
  auto machine = std::move(std::get<std::unique_ptr<machine_process>>(started));
  machine->on_end([](const std::string& why) {
    log_error("the supervision tree ended: " + why);
    ::kill(::getpid(), SIGHUP);
  });
  log_info("serving " + machine->server_url() + ", kubeconfig " + folder_paths(options.data_dir).kubeconfig);
  tell(report, "ok\n");
  int signal = 0;
  ::sigwait(&wanted, &signal);
  log_info(signal == SIGHUP ? "stopping" : "stopping on a signal");
  machine->stop();
  return signal == SIGHUP ? exit_failed : exit_ok;
}

volatile sig_atomic_t watched_child = 0, told_to_end = 0;

void end_watching(int signal) {
  told_to_end = 1;
  if (watched_child > 0) ::kill(watched_child, signal);
}

/// Starts the machine once and waits for its end; answers waitpid's status.
int run_child(const machine_options& options, int report) {
  int child = ::fork();
  if (child == 0) {
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM); // the watcher's death ends the machine in order
    ::_exit(run(options, report));
  }
  tell(report, "");
  watched_child = child;
  if (told_to_end) ::kill(child, SIGTERM); // it came before the number was known
  int how = 0;
  while (::waitpid(child, &how, 0) < 0 && errno == EINTR) {
  }
  watched_child = 0;
  return how;
}

/// The parent of a detached machine: starts it again when it dies of something else than its own decision.
int watch(const machine_options& options, int report) {
  folder_paths paths(options.data_dir);
  note_watcher(paths); // so that `down` finds it between two lives of the machine too
  ::signal(SIGTERM, end_watching);
  ::signal(SIGINT, end_watching);
  std::deque<std::time_t> restarts;
  for (;;) {
    int how = run_child(options, std::exchange(report, -1));
    if (WIFEXITED(how) && (WEXITSTATUS(how) == exit_ok || WEXITSTATUS(how) >= exit_unusable)) return WEXITSTATUS(how);
    if (told_to_end) return exit_failed;
    auto now = std::time(nullptr);
    restarts.push_back(now);
    while (!restarts.empty() && restarts.front() + 60 < now) restarts.pop_front();
    if (restarts.size() > restarts_a_minute_max) {
      log_error("the machine died more than five times within a minute; giving up");
      return exit_failed;
    }
    log_error("the machine died; starting it again");
  }
}

/// Leaves the terminal and waits for the machine's first word.
int detach(const machine_options& options) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return fail(exit_failed, std::string("no pipe: ") + std::strerror(errno));
  folder_paths paths(options.data_dir);
  std::error_code failure;
  std::filesystem::create_directories(options.data_dir, failure);
  int child = ::fork();
  if (child < 0) return fail(exit_failed, std::string("cannot fork: ") + std::strerror(errno));
  if (child == 0) {
    ::close(pipe_ends[0]);
    ::setsid();
    int log = ::open(paths.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing_in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing_in, 0);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::_exit(watch(options, pipe_ends[1]));
  }
  ::close(pipe_ends[1]);
  std::string word;
  char piece[512];
  for (ssize_t got; (got = ::read(pipe_ends[0], piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR);)
    if (got > 0) word.append(piece, static_cast<size_t>(got));
  ::close(pipe_ends[0]);
  if (word == "ok\n") {
    std::printf("troupe is up: KUBECONFIG=%s\n", paths.kubeconfig.c_str());
    return exit_ok;
  }
  if (word.empty()) return fail(exit_failed, "the machine died while it started; its log is " + paths.log);
  if (word.back() == '\n') word.pop_back();
  auto blank = word.find(' ');
  return fail(std::atoi(word.c_str()), word.substr(blank + 1));
}

} // namespace

command up_command() {
  return {"up", "", 0, 0, "Start a one-machine cluster on a data folder; the same folder is the same cluster.",
          {{"--data-dir", "D", "where everything lies (default: /var/lib/troupe as root, else ~/.local/share/troupe)"},
           {"--name", "NODE", "name of the machine and its Node (default: the host's)"},
           {"--listen", "ADDR:PORT", "where the API listens (default: loopback and the pod bridge, port 6443)"},
           {"--simulated-nodes", "N", "N nodes without containers, for scale tests"},
           {"--no-node", "", "control plane only; needs no root"},
           {"--cri", "ENDPOINT", "socket of a container runtime (default: a containerd of our own)"},
           {"--detach", "", "return when the API serves; a parent restarts the process if it dies"},
           {"-v", "LEVEL", "detail of the log (default 0)"}}};
}

int up(const arguments& given) {
  auto options = options_of(given);
  if (!options.ok()) return fail(exit_unusable, options.error().message);
  set_log_detail(std::atoi(given.get("-v", "0").c_str()));
  return given.has("--detach") ? detach(*options) : run(*options, -1);
}

} // namespace troupe::cli
