// tree, kill, kubeconfig, image load, version: clients of the API (or of a file), with no second way in.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include "cli/commands.hpp"
#include "cli/data_folder.hpp"
#include "cli/https_client.hpp"
#include "cli/kubeconfig_merge.hpp"
#include "runtime/host/host.hpp"

namespace troupe::cli {

namespace {

using nlohmann::json;

const option kubeconfig_option{"--kubeconfig", "FILE", "whom to ask (default: admin.kubeconfig of the data folder)"};
const option data_option{"--data-dir", "D", "data folder of the cluster"};

std::string kubeconfig_of(const arguments& given) {
  return given.get("--kubeconfig", folder_paths(given.get("--data-dir", default_data_folder())).kubeconfig);
}

/// Asks the API; prints the error and returns false where it does not answer with success.
bool ask_api(const arguments& given, const std::string& method, const std::string& path, json& answer) {
  auto access = read_kubeconfig(kubeconfig_of(given));
  if (!access.ok()) return fail(0, access.error().message), false;
  auto got = ask(*access, method, path);
  if (!got.ok()) return fail(0, got.error().message), false;
  answer = json::parse(got->body, nullptr, false);
  if (got->code < 400) return true;
  fail(0, answer.is_object() ? answer.value("message", got->body) : got->body);
  return false;
}

struct actor_line {
  std::string path, kind, state;
  int64_t restarts = 0;
};

} // namespace

command tree_command() { return {"tree", "", 0, 0, "Show the supervision tree of the cluster.", {kubeconfig_option, data_option}}; }

int tree(const arguments& given) {
  json list;
  if (!ask_api(given, "GET", "/apis/troupe.dev/v1/actors", list)) return exit_failed;
  std::vector<actor_line> lines;
  for (const auto& item : list.value("items", json::array())) {
    const auto& spec = item["spec"];
    const auto status = item.value("status", json::object());
    lines.push_back({spec.value("path", ""), spec.value("kind", ""), status.value("state", ""), status.value("restarts", int64_t{0})});
  }
  std::sort(lines.begin(), lines.end(), [](const auto& left, const auto& right) { return left.path < right.path; });
  for (const auto& each : lines) {
    auto depth = std::count(each.path.begin(), each.path.end(), '/') - 1;
    auto label = depth == 0 ? each.path : each.path.substr(each.path.rfind('/') + 1);
    auto left = std::string(size_t(std::max<long>(depth, 0)) * 2, ' ') + label;
    std::printf("%-48s %-12s %-9s%s\n", left.c_str(), each.kind.c_str(), each.state.c_str(),
                each.restarts ? (" restarts " + std::to_string(each.restarts)).c_str() : "");
  }
  return exit_ok;
}

command kill_command() {
  return {"kill", "ACTOR", 1, 1, "Kill an actor: by path (/alpha/store/replica), dotted name, or a suffix that only one has. It comes back.", {kubeconfig_option, data_option}};
}

int kill(const arguments& given) {
  auto name = given.operands[0];
  json list;
  if (!ask_api(given, "GET", "/apis/troupe.dev/v1/actors", list)) return exit_failed;
  std::vector<std::pair<std::string, std::string>> found; // name, path
  for (const auto& item : list.value("items", json::array())) {
    auto dotted = item["metadata"].value("name", ""), path = item["spec"].value("path", "");
    if (dotted == name || path == name) {
      found = {{dotted, path}};
      break;
    }
    bool suffix = path.size() > name.size() && path.compare(path.size() - name.size(), name.size(), name) == 0 && path[path.size() - name.size() - 1] == '/';
    if (suffix) found.emplace_back(dotted, path);
  }
  if (found.empty()) return fail(exit_failed, "no actor '" + name + "' (troupe tree lists them)");
  if (found.size() > 1) return fail(exit_failed, "'" + name + "' is not unique: " + found[0].second + ", " + found[1].second + (found.size() > 2 ? ", ..." : ""));
  json answer;
  if (!ask_api(given, "DELETE", "/apis/troupe.dev/v1/actors/" + found[0].first, answer)) return exit_failed;
  std::printf("killed %s\n", found[0].second.c_str());
  return exit_ok;
}

command kubeconfig_command() {
  return {"kubeconfig", "", 0, 0, "Print the cluster's kubeconfig, or merge it into ~/.kube/config.",
          {data_option, {"--merge", "", "write cluster, user and context troupe-NAME into the kubeconfig"},
           {"--into", "FILE", "the file to merge into (default: ~/.kube/config)"},
           {"--force", "", "replace an entry of another cluster's under the same name"}}};
}

int kubeconfig(const arguments& given) {
  auto path = folder_paths(given.get("--data-dir", default_data_folder())).kubeconfig;
  if (given.has("--merge")) {
    auto merged = merge_kubeconfig(path, given.get("--into", default_kubeconfig()), given.has("--force"));
    if (!merged.ok()) return fail(exit_failed, merged.error().message);
    std::printf("%s\n", merged->c_str());
    return exit_ok;
  }
  auto text = read_text(path);
  if (!text.ok()) return fail(exit_failed, text.error().message);
  std::fputs(text->c_str(), stdout);
  return exit_ok;
}

command image_load_command() {
  return {"image load", "FILE.tar", 1, 1, "Import an image (an OCI or Docker archive) into this machine's container runtime.", {data_option}};
}

int image_load(const arguments& given) {
  folder_paths paths(given.get("--data-dir", default_data_folder()));
  auto settings = read_settings(paths);
  if (!settings) return fail(exit_failed, "no cluster was started in " + paths.folder);
  if (!settings->with_node) return fail(exit_failed, "this cluster runs without a node (--no-node): there is no runtime to load into");
  host_options host;
  host.name = settings->name;
  host.data_directory = std::filesystem::absolute(paths.folder);
  auto socket = settings->cri_endpoint.empty() ? host_paths_of(host).containerd_socket : settings->cri_endpoint;
  auto images = image_import("ctr", socket, given.operands[0]);
  if (!images.ok()) return fail(exit_failed, images.error().message);
  for (const auto& name : *images) std::printf("loaded %s\n", name.c_str());
  return exit_ok;
}

command version_command() { return {"version", "", 0, 0, "Print the version.", {}}; }

int show_version(const arguments&) {
  std::printf("troupe %s (Kubernetes API 1.37)\n", TROUPE_VERSION);
  return exit_ok;
}

} // namespace troupe::cli
