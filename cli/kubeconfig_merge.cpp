#include "cli/kubeconfig_merge.hpp"
#include <sys/stat.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <yaml-cpp/yaml.h>
#include "runtime/pki/pki.hpp"

namespace troupe::cli {

namespace {

constexpr const char* lists[] = {"clusters", "users", "contexts"};

YAML::Node find(const YAML::Node& list, const std::string& name) {
  for (const auto& each : list)
    if (each["name"].as<std::string>("") == name) return each;
  return YAML::Node(YAML::NodeType::Undefined);
}

void put(YAML::Node root, const char* list, const YAML::Node& entry) {
  auto name = entry["name"].as<std::string>("");
  YAML::Node kept(YAML::NodeType::Sequence);
  for (const auto& each : root[list])
    if (each["name"].as<std::string>("") != name) kept.push_back(each);
  kept.push_back(entry);
  root[list] = kept;
}

result<nothing> write_back(const std::string& path, const YAML::Node& root) {
  struct stat facts{};
  unsigned mode = ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0600;
  std::error_code failure;
  if (std::filesystem::exists(path, failure)) {
    auto old = read_text(path);
    if (!old.ok()) return old.error();
    if (auto kept = pki::write_private(path + ".troupe-backup", *old, mode); !kept.ok()) return kept;
  } else {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failure);
  }
  YAML::Emitter text;
  text << root;
  return pki::write_private(path, std::string(text.c_str()) + "\n", mode);
}

} // namespace

std::string default_kubeconfig() {
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : ".") + "/.kube/config";
}

result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return plain_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

result<std::string> merge_kubeconfig(const std::string& from, const std::string& into, bool force) try {
  auto source = YAML::LoadFile(from);
  auto name = source["current-context"].as<std::string>("");
  std::error_code failure;
  YAML::Node root = std::filesystem::exists(into, failure) ? YAML::LoadFile(into) : YAML::Load("{apiVersion: v1, kind: Config}");
  if (!root.IsMap()) root = YAML::Load("{apiVersion: v1, kind: Config}");
  auto there = find(root["clusters"], name), ours = find(source["clusters"], name);
  if (there && !force) {
    auto authority = [](const YAML::Node& of) { return of["cluster"]["certificate-authority-data"].as<std::string>(""); };
    if (authority(there) != authority(ours))
      return plain_error(into + " has another cluster called " + name + "; --force replaces it");
  }
  for (const char* list : lists)
    for (const auto& entry : source[list]) put(root, list, entry);
  bool current = !root["current-context"].as<std::string>("").empty();
  if (!current) root["current-context"] = name;
  if (auto written = write_back(into, root); !written.ok()) return written.error();
  return "merged context " + name + " into " + into + (current ? " (current context unchanged: kubectl --context " + name + ")" : " (current context)");
} catch (const YAML::Exception& failure) {
  return plain_error(std::string("cannot merge kubeconfigs: ") + failure.what());
}

result<nothing> remove_from_kubeconfig(const std::string& name, const std::string& path) try {
  std::error_code failure;
  if (!std::filesystem::exists(path, failure)) return nothing{};
  auto root = YAML::LoadFile(path);
  bool changed = false;
  for (const char* list : lists) {
    if (!find(root[list], name)) continue;
    YAML::Node kept(YAML::NodeType::Sequence);
    for (const auto& each : root[list])
      if (each["name"].as<std::string>("") != name) kept.push_back(each);
    root[list] = kept;
    changed = true;
  }
  if (!changed) return nothing{};
  if (root["current-context"].as<std::string>("") == name) root["current-context"] = "";
  return write_back(path, root);
} catch (const YAML::Exception& failure) {
  return plain_error("cannot read " + path + ": " + failure.what());
}

} // namespace troupe::cli
