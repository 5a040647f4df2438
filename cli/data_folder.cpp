#include "cli/data_folder.hpp"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <nlohmann/json.hpp>
#include "runtime/pki/pki.hpp"

namespace troupe::cli {

std::string default_data_folder() {
  if (::geteuid() == 0) return "/var/lib/troupe";
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) return std::string(data) + "/troupe";
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : "/tmp") + "/.local/share/troupe";
}

std::string default_machine_name() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::string name;
  for (char letter : std::string(host)) {
    if (letter == '.') break;
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    name += std::isalnum(static_cast<unsigned char>(letter)) || letter == '-' ? letter : '-';
  }
  while (!name.empty() && name.front() == '-') name.erase(name.begin());
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "alpha" : name.substr(0, 63);
}

folder_paths::folder_paths(const std::string& of)
    : folder(of),
      lock(of + "/troupe.lock"),
      watcher(of + "/troupe.watcher"),
      kubeconfig(of + "/admin.kubeconfig"),
      log(of + "/troupe.log"),
      settings(of + "/settings.json"),
      authority(of + "/pki/ca.crt"),
      authority_key(of + "/pki/ca.key"),
      account_key(of + "/pki/service-account.key"),
      serving(of + "/pki/serving.crt"),
      serving_key(of + "/pki/serving.key") {}

std::optional<folder_settings> read_settings(const folder_paths& paths) {
  std::ifstream file(paths.settings);
  auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  folder_settings out;
  out.name = document.value("name", "");
  out.cri_endpoint = document.value("cri", "");
  out.listen = document.value("listen", "");
  out.port = document.value("port", uint16_t{6443});
  out.with_node = document.value("node", true);
  out.simulated_nodes = document.value("simulatedNodes", size_t{0});
  if (out.name.empty()) return std::nullopt;
  return out;
}

result<nothing> write_settings(const folder_paths& paths, const folder_settings& settings) {
  nlohmann::json document{{"name", settings.name},          {"cri", settings.cri_endpoint}, {"listen", settings.listen},
                          {"port", settings.port},          {"node", settings.with_node},   {"simulatedNodes", settings.simulated_nodes}};
  return pki::write_private(paths.settings, document.dump() + "\n");
}

std::optional<process_id> find_process(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  auto name_end = line.rfind(')'); // the program's name may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) {
    rest >> field;
    if (i == 3 && field == "Z") return std::nullopt; // ended; nobody has asked for its status yet
  }
  return process_id{pid, std::strtoull(field.c_str(), nullptr, 10)};
}

bool alive(const process_id& of) {
  auto now = find_process(of.pid);
  return now && now->started == of.started;
}

namespace {

std::optional<process_id> read_holder(const std::string& path) {
  std::ifstream file(path);
  process_id out;
  if (!(file >> out.pid >> out.started)) return std::nullopt;
  return out;
}

} // namespace

void note_watcher(const folder_paths& paths) {
  if (auto self = find_process(::getpid())) {
    std::ofstream file(paths.watcher);
    file << self->pid << ' ' << self->started << '\n';
  }
}

std::optional<process_id> find_watcher(const folder_paths& paths) {
  auto noted = read_holder(paths.watcher);
  return noted && alive(*noted) ? noted : std::nullopt;
}

result<folder_lock> folder_lock::take(const folder_paths& paths) {
  std::error_code failure;
  bool there = std::filesystem::exists(paths.folder, failure);
  std::filesystem::create_directories(paths.folder, failure);
  if (failure) return plain_error("cannot make " + paths.folder + ": " + failure.message());
  if (!there) ::chmod(paths.folder.c_str(), 0700);
  int descriptor = ::open(paths.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return plain_error("cannot open " + paths.lock + ": " + std::strerror(errno));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    auto who = read_holder(paths.lock);
    return plain_error("the data folder " + paths.folder + " is in use" + (who ? " by process " + std::to_string(who->pid) : "") +
                       " (troupe down --data-dir " + paths.folder + " ends it)");
  }
  auto self = find_process(::getpid()).value_or(process_id{::getpid(), 0});
  auto text = std::to_string(self.pid) + " " + std::to_string(self.started) + "\n";
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    ::close(descriptor);
    return plain_error("cannot write " + paths.lock + ": " + std::strerror(errno));
  }
  return folder_lock(descriptor);
}

std::optional<process_id> folder_lock::holder(const folder_paths& paths) {
  int descriptor = ::open(paths.lock.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  bool is_free = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
  ::close(descriptor);
  if (is_free) return std::nullopt;
  return read_holder(paths.lock);
}

folder_lock::~folder_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace troupe::cli
