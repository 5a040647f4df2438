// troupe: Kubernetes as a company of actors. This file only finds the command.
#include <cstdio>
#include <string>
#include <vector>
#include "cli/commands.hpp"

namespace troupe::cli {
namespace {

struct entry {
  command (*describe)();
  int (*run)(const arguments&);
};

constexpr entry entries[] = {
    {up_command, up},         {down_command, down},             {status_command, show_status},    {tree_command, tree},
    {kill_command, kill},     {kubeconfig_command, kubeconfig}, {image_load_command, image_load}, {version_command, show_version},
};

std::string overview() {
  std::string text = "usage: troupe COMMAND [options]\n\nKubernetes as a company of actors.\n\n";
  for (const auto& each : entries) {
    auto of = each.describe();
    text += "  " + of.name + std::string(of.name.size() < 14 ? 14 - of.name.size() : 1, ' ') + of.summary + "\n";
  }
  return text + "\ntroupe COMMAND --help says more. Exit codes: 0 done, 1 failed, 2 cannot be done here or wrong usage, 3 something is in the way.\n";
}

int run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    std::fputs(overview().c_str(), words.empty() ? stderr : stdout);
    return words.empty() ? exit_unusable : exit_ok;
  }
  for (const auto& each : entries) {
    auto of = each.describe();
    size_t length = of.name.find(' ') == std::string::npos ? 1 : 2;
    auto name = words[0] + (length == 2 && words.size() > 1 ? " " + words[1] : "");
    if (name != of.name && !(length == 1 && words[0] == of.name)) continue;
    auto parsed = parse(of, {words.begin() + static_cast<std::ptrdiff_t>(length), words.end()});
    if (!parsed.ok()) return fail(exit_unusable, parsed.error().message);
    if (parsed->has("--help")) {
      std::fputs(help(of).c_str(), stdout);
      return exit_ok;
    }
    return each.run(*parsed);
  }
  return fail(exit_unusable, "no command '" + words[0] + "' (troupe --help lists them)");
}

} // namespace

int fail(int code, const std::string& line) {
  std::fprintf(stderr, "troupe: %s\n", line.c_str());
  return code;
}

} // namespace troupe::cli

int main(int count, char** words) { return troupe::cli::run({words + 1, words + count}); }
