// `image_import` and `image_names` (runtime/host/host.hpp), by containerd's own client.
#include <sstream>
#include "runtime/host/host.hpp"
#include "runtime/ports/process_run.hpp"

namespace troupe {

result<std::vector<std::string>> image_import(const std::string& ctr, const std::string& socket, const std::string& archive) {
  // k8s.io is the namespace in which containerd's CRI plugin looks. `--no-unpack` is not given: the first pod need not wait.
  auto outcome = run_process({ctr, "--address", socket, "--namespace", "k8s.io", "images", "import", archive}, "", image_import_ms);
  if (!outcome.ok()) return plain_error("import of " + archive + ": " + (outcome.timed_out ? "timed out" : outcome.error));
  // One line an image: "unpacking NAME (sha256:...)...done"
  std::vector<std::string> names;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("unpacking ")) continue;
    auto name = line.substr(10, line.find(' ', 10) - 10);
    names.push_back(name);
  }
  return names;
}

result<std::vector<std::string>> image_names(const std::string& ctr, const std::string& socket) {
  auto outcome = run_process({ctr, "--address", socket, "--namespace", "k8s.io", "images", "list", "--quiet"});
  if (!outcome.ok()) return plain_error("list of images: " + (outcome.timed_out ? "timed out" : outcome.error));
  std::vector<std::string> names;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  return names;
}

} // namespace troupe
