// Pod folders, volumes and cgroups. Everything here can be done again: an interrupted prepare is finished by the next.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/magic.h>
#include <set>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "runtime/ports/host_port.hpp"

namespace troupe {
namespace {

namespace fs = std::filesystem;

std::string why(const std::string& what, const std::string& path) { return what + " " + path + ": " + std::strerror(errno); }

std::string make_directory(const std::string& path, int mode) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return "mkdir " + path + ": " + error.message();
  if (chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) return why("chmod", path);
  return {};
}

/// Gives a folder or file to the pod's group, as fsGroup asks: group rights as the owner's, new files in the same group.
std::string give_to_group(const std::string& path, int64_t group, bool directory, int extra) {
  if (group < 0) return {};
  if (chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) != 0) return why("chown", path);
  struct stat now{};
  if (stat(path.c_str(), &now) != 0) return why("stat", path);
  mode_t mode = (now.st_mode & 07777) | static_cast<mode_t>(extra) | (directory ? (S_ISGID | 0110) : 0);
  if (chmod(path.c_str(), mode) != 0) return why("chmod", path);
  return {};
}

bool is_tmpfs(const std::string& path) {
  struct statfs info{};
  struct stat here{}, above{};
  if (statfs(path.c_str(), &info) != 0 || info.f_type != TMPFS_MAGIC) return false;
  return stat(path.c_str(), &here) == 0 && stat((path + "/..").c_str(), &above) == 0 && here.st_dev != above.st_dev;
}

std::string mount_memory(const std::string& path, int64_t size_bytes, int mode) {
  if (is_tmpfs(path)) return {};
  char options[64];
  if (size_bytes > 0) {
    std::snprintf(options, sizeof options, "mode=%o,size=%lld", mode, static_cast<long long>(size_bytes));
  } else {
    std::snprintf(options, sizeof options, "mode=%o", mode);
  }
  if (mount("tmpfs", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) return why("mount tmpfs on", path);
  return {};
}

std::string write_whole(const std::string& path, const std::string& content, int mode, bool fresh) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_EXCL : 0), 0600);
  if (file < 0) return why("open", path);
  size_t at = 0;
  while (at < content.size()) {
    auto n = write(file, content.data() + at, content.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      auto reason = why("write", path);
      close(file);
      return reason;
    }
    at += static_cast<size_t>(n);
  }
  std::string reason;
  if (fchmod(file, static_cast<mode_t>(mode)) != 0) reason = why("chmod", path);
  close(file);
  return reason;
}

bool same_content(const std::string& path, const std::string& content) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::string now((std::istreambuf_iterator<char>(file)), {});
  return now == content;
}

/// What hostPath types promise; "" is not looked at.
std::string check_place(const host_place& place) {
  struct stat found{};
  bool there = stat(place.path.c_str(), &found) == 0;
  auto& kind = place.kind;
  if (!there && kind == "DirectoryOrCreate") return make_directory(place.path, place.mode);
  if (!there && kind == "FileOrCreate") return write_whole(place.path, {}, 0644, true);
  if (kind.empty()) return {};
  if (!there) return "hostPath type check failed: " + place.path + " is not a " + (kind == "File" ? "file" : kind == "Directory" ? "directory" : kind);
  bool fits = kind.starts_with("Directory") ? S_ISDIR(found.st_mode)
            : kind.starts_with("File")      ? S_ISREG(found.st_mode)
            : kind == "Socket"              ? S_ISSOCK(found.st_mode)
            : kind == "CharDevice"          ? S_ISCHR(found.st_mode)
            : kind == "BlockDevice"         ? S_ISBLK(found.st_mode)
                                            : false;
  if (!fits) return "hostPath type check failed: " + place.path + " is not a " + kind;
  return {};
}

/// The version folder that "..data" names now; empty: none.
std::string current_version(const std::string& directory) {
  std::error_code error;
  auto target = fs::read_symlink(directory + "/..data", error);
  return error ? std::string{} : target.string();
}

bool tree_is_current(const host_tree& tree, const std::string& version) {
  if (version.empty()) return false;
  size_t found = 0;
  std::error_code error;
  for (auto& entry : fs::recursive_directory_iterator(tree.directory + "/" + version, error))
    if (entry.is_regular_file(error)) ++found;
  if (error || found != tree.files.size()) return false;
  return std::all_of(tree.files.begin(), tree.files.end(), [&](const host_file& file) {
    return same_content(tree.directory + "/" + version + "/" + file.path, file.content);
  });
}

std::string swap_link(const std::string& target, const std::string& path) {
  auto fresh = path + "_tmp";
  unlink(fresh.c_str());
  if (symlink(target.c_str(), fresh.c_str()) != 0) return why("symlink", fresh);
  if (rename(fresh.c_str(), path.c_str()) != 0) return why("rename", fresh);
  return {};
}

std::vector<std::string> cgroup_roots() {
  struct statfs info{};
  std::vector<std::string> roots;
  if (statfs("/sys/fs/cgroup", &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC) return {"/sys/fs/cgroup"};
  std::error_code error;
  std::set<std::string> sorted;
  for (auto& entry : fs::directory_iterator("/sys/fs/cgroup", error))
    if (entry.is_directory(error) && !entry.is_symlink(error)) sorted.insert(entry.path().string());
  return {sorted.begin(), sorted.end()};
}

void put(const std::string& path, int64_t value) {
  std::ofstream file(path);
  file << value;
}

/// v1: limits of the whole pod stand at its parent; v2: the runtime makes the parent and each container has its limits.
std::string make_cgroup(const host_cgroup& group) {
  if (group.path.empty()) return {};
  struct statfs info{};
  if (statfs("/sys/fs/cgroup", &info) != 0 || info.f_type == CGROUP2_SUPER_MAGIC) return {};
  std::error_code error;
  if (group.cpu_shares > 0 && fs::exists("/sys/fs/cgroup/cpu", error)) {
    auto at = "/sys/fs/cgroup/cpu" + group.path;
    fs::create_directories(at, error);
    if (error) return "mkdir " + at + ": " + error.message();
    put(at + "/cpu.shares", group.cpu_shares);
    if (group.cpu_quota_us > 0) {
      put(at + "/cpu.cfs_period_us", group.cpu_period_us);
      put(at + "/cpu.cfs_quota_us", group.cpu_quota_us);
    }
  }
  if (group.memory_limit_bytes > 0 && fs::exists("/sys/fs/cgroup/memory", error)) {
    auto at = "/sys/fs/cgroup/memory" + group.path;
    fs::create_directories(at, error);
    if (error) return "mkdir " + at + ": " + error.message();
    put(at + "/memory.limit_in_bytes", group.memory_limit_bytes);
  }
  return {};
}

void remove_cgroup(const std::string& path, int depth) {
  std::error_code error;
  if (depth < 8)
    for (auto& entry : fs::directory_iterator(path, error))
      if (entry.is_directory(error) && !entry.is_symlink(error)) remove_cgroup(entry.path().string(), depth + 1);
  rmdir(path.c_str());
}

} // namespace

std::string write_tree(const host_tree& tree) {
  if (auto reason = make_directory(tree.directory, 0755); !reason.empty()) return reason;
  if (tree.memory)
    if (auto reason = mount_memory(tree.directory, 0, 0755); !reason.empty()) return reason;
  auto version = current_version(tree.directory);
  if (tree_is_current(tree, version)) return {};
  auto number = version.size() > 3 ? std::strtoull(version.c_str() + 3, nullptr, 10) : 0;
  auto fresh = "..v" + std::to_string(number + 1);
  auto root = tree.directory + "/" + fresh;
  std::error_code error;
  fs::remove_all(root, error); // left by one who died here
  if (auto reason = make_directory(root, 0755); !reason.empty()) return reason;
  std::set<std::string> tops;
  for (auto& file : tree.files) {
    auto path = root + "/" + file.path;
    auto slash = file.path.find('/');
    tops.insert(file.path.substr(0, slash));
    if (slash != std::string::npos) fs::create_directories(fs::path(path).parent_path(), error);
    if (auto reason = write_whole(path, file.content, file.mode, true); !reason.empty()) return reason;
    if (auto reason = give_to_group(path, tree.group, false, 0440); !reason.empty()) return reason;
  }
  if (auto reason = give_to_group(root, tree.group, true, 0550); !reason.empty()) return reason;
  if (auto reason = swap_link(fresh, tree.directory + "/..data"); !reason.empty()) return reason;
  for (auto& top : tops)
    if (!fs::is_symlink(tree.directory + "/" + top, error))
      if (auto reason = swap_link("..data/" + top, tree.directory + "/" + top); !reason.empty()) return reason;
  for (auto& entry : fs::directory_iterator(tree.directory, error)) {
    auto name = entry.path().filename().string();
    if (name == "..data" || name == fresh || tops.count(name)) continue;
    fs::remove_all(entry.path(), error);
  }
  return {};
}

std::string prepare_pod(const host_pod& pod) {
  if (auto reason = make_directory(pod.directory, 0750); !reason.empty()) return reason;
  if (auto reason = make_directory(pod.log_directory, 0755); !reason.empty()) return reason;
  for (auto& place : pod.places) {
    if (!place.inside) {
      if (auto reason = check_place(place); !reason.empty()) return reason;
      continue;
    }
    std::error_code error;
    bool there = fs::is_directory(place.path, error);
    if (!there)
      if (auto reason = make_directory(place.path, place.mode); !reason.empty()) return reason;
    if (place.memory)
      if (auto reason = mount_memory(place.path, place.size_limit_bytes, place.mode); !reason.empty()) return reason;
    if (!there || place.memory)
      if (auto reason = give_to_group(place.path, place.group, true, 0770); !reason.empty()) return reason;
  }
  for (auto& tree : pod.trees)
    if (auto reason = write_tree(tree); !reason.empty()) return reason;
  for (auto& file : pod.files) {
    if (same_content(file.path, file.content)) continue;
    std::error_code error;
    fs::create_directories(fs::path(file.path).parent_path(), error);
    if (auto reason = write_whole(file.path, file.content, file.mode, false); !reason.empty()) return reason;
  }
  return make_cgroup(pod.cgroup);
}

std::string clean_pod(const host_pod& pod) {
  std::error_code error;
  // Mounts first, whatever they are: removing through a mount would remove what is not the pod's.
  auto volumes = pod.directory + "/volumes";
  for (auto& entry : fs::directory_iterator(volumes, error))
    if (is_tmpfs(entry.path().string()) && umount2(entry.path().c_str(), 0) != 0 && umount2(entry.path().c_str(), MNT_DETACH) != 0)
      return why("umount", entry.path().string());
  std::error_code failed;
  fs::remove_all(pod.directory, failed);
  if (failed) return "remove " + pod.directory + ": " + failed.message();
  if (!pod.log_directory.empty()) fs::remove_all(pod.log_directory, error);
  if (!pod.cgroup.path.empty())
    for (auto& root : cgroup_roots()) remove_cgroup(root + pod.cgroup.path, 0);
  return {};
}

std::string forget_file(const std::string& path) {
  if (path.empty() || unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return why("unlink", path);
}

std::string read_tail(const std::string& path, int64_t limit_bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  auto size = static_cast<int64_t>(file.tellg());
  auto from = std::max<int64_t>(0, size - limit_bytes);
  file.seekg(from);
  std::string text(static_cast<size_t>(std::min(size, limit_bytes)), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(0, file.gcount())));
  return text;
}

std::string checked_sub_path(const std::string& folder, const std::string& sub, std::string& real_path) {
  std::error_code error;
  auto base = fs::canonical(folder, error);
  if (error) return folder + ": " + error.message();
  auto wanted = base;
  for (auto& part : fs::path(sub)) {
    if (part == "..") return "subPath must not contain '..'";
    wanted /= part;
    if (!fs::exists(fs::symlink_status(wanted, error))) {
      if (mkdir(wanted.c_str(), 0750) != 0 && errno != EEXIST) return why("mkdir", wanted.string());
      chmod(wanted.c_str(), 0755);
    }
    auto real = fs::canonical(wanted, error);
    if (error) return wanted.string() + ": " + error.message();
    auto text = real.string();
    if (text != base.string() && !text.starts_with(base.string() + "/")) return "subPath " + sub + " leads outside of its volume";
    wanted = real;
  }
  real_path = wanted.string();
  return {};
}

} // namespace troupe
