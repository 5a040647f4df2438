#include "runtime/ports/process_run.hpp"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>

extern char** environ;

namespace troupe {

namespace {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct descriptor {
  int number = -1;
  ~descriptor() { close(); }
  void close() {
    if (number >= 0) ::close(number);
    number = -1;
  }
};

struct channel {
  descriptor read, write;
  /// `quiet`: a write to a program that has ended is an error, not a signal; only sockets can promise that.
  bool open(bool quiet) {
    int both[2];
    if (quiet ? ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) : ::pipe2(both, O_CLOEXEC)) return false;
    read.number = both[0];
    write.number = both[1];
    return true;
  }
};

/// Reads what is there; closes at the end. What exceeds the bound is read and dropped, so that the program can go on.
void drain(descriptor& from, std::string& to) {
  char buffer[16'384];
  ssize_t size = ::read(from.number, buffer, sizeof buffer);
  if (size > 0) {
    to.append(buffer, std::min(size_t(size), process_output_bytes_max - to.size()));
  } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
    from.close();
  }
}

void feed(descriptor& to, const std::string& input, size_t& sent) {
  ssize_t size = sent < input.size() ? ::send(to.number, input.data() + sent, input.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
  if (size > 0) sent += size_t(size);
  if (sent >= input.size() || (size < 0 && errno != EINTR && errno != EAGAIN)) to.close();
}

/// Moves bytes until both outputs are closed; false: the deadline came first.
bool converse(channel& in, channel& out, channel& error, const std::string& input, int64_t end_ms, process_outcome& outcome) {
  size_t sent = 0;
  while (out.read.number >= 0 || error.read.number >= 0) {
    int64_t left = end_ms - now_ms();
    if (left <= 0) return false;
    pollfd waits[3] = {{out.read.number, POLLIN, 0}, {error.read.number, POLLIN, 0}, {in.write.number, POLLOUT, 0}};
    if (::poll(waits, 3, int(std::min<int64_t>(left, 1000))) < 0 && errno != EINTR) return false;
    if (waits[0].revents) drain(out.read, outcome.output);
    if (waits[1].revents) drain(error.read, outcome.error);
    if (waits[2].revents) feed(in.write, input, sent);
  }
  return true;
}

int wait_exit(pid_t pid, int64_t end_ms, bool& timed_out) {
  int state = 0;
  while (true) {
    pid_t ended = ::waitpid(pid, &state, timed_out ? 0 : WNOHANG);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) return -1;
    if (ended == 0) {
      if (now_ms() >= end_ms) {
        ::kill(pid, SIGKILL);
        timed_out = true;
      } else {
        ::usleep(500); // its pipes are closed: it is about to end
      }
    }
  }
  if (timed_out) return -1;
  return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

} // namespace

process_outcome run_process(const std::vector<std::string>& arguments, const std::string& input, int64_t deadline_ms) {
  process_outcome outcome;
  std::string program = arguments.empty() ? "" : find_program(arguments[0]);
  if (program.empty()) {
    outcome.exit_code = 127;
    outcome.error = "not found: " + (arguments.empty() ? std::string() : arguments[0]);
    return outcome;
  }
  channel in, out, error;
  if (!in.open(true) || !out.open(false) || !error.open(false)) {
    outcome.error = std::string("pipe: ") + std::strerror(errno);
    return outcome;
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.read.number, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write.number, 1);
  ::posix_spawn_file_actions_adddup2(&actions, error.write.number, 2);
  std::vector<char*> words;
  for (auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  int failed = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed) {
    outcome.error = program + ": " + std::strerror(failed);
    return outcome;
  }
  in.read.close();
  out.write.close();
  error.write.close();
  int64_t end_ms = now_ms() + deadline_ms;
  if (!converse(in, out, error, input, end_ms, outcome)) {
    ::kill(pid, SIGKILL);
    outcome.timed_out = true;
  }
  outcome.exit_code = wait_exit(pid, end_ms, outcome.timed_out);
  return outcome;
}

std::string find_program(const std::string& name) {
  if (name.find('/') != name.npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  std::stringstream folders(std::string(path ? path : "") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string program = folder + "/" + name;
    if (!folder.empty() && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

} // namespace troupe
