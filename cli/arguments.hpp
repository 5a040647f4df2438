// Command lines as data: each command names its options; parsing and --help come from the table. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "messages/result.hpp"

namespace troupe::cli {

struct option {
  std::string name;        // "--data-dir"
  std::string value;       // what stands for it in the help: "D"; empty: a switch
  std::string help;
};

struct command {
  std::string name;        // "up", "image load"
  std::string operands;    // for the help: "ACTOR"; empty: none are taken
  size_t operands_min = 0, operands_max = 0;
  std::string summary;     // one line
  std::vector<option> options;
};

struct arguments {
  std::map<std::string, std::string> values; // switches: "true"
  std::vector<std::string> operands;
  bool has(const std::string& name) const { return values.count(name) > 0; }
  std::string get(const std::string& name, std::string otherwise = {}) const {
    auto found = values.find(name);
    return found == values.end() ? otherwise : found->second;
  }
};

/// What follows the command's name. "--name V" and "--name=V" are the same; "--" ends the options. Errors are one line.
result<arguments> parse(const command&, const std::vector<std::string>& words);
std::string help(const command&);

// Exit codes, also in docs/operator.md.
constexpr int exit_ok = 0;
constexpr int exit_failed = 1;        // it was tried and did not work
constexpr int exit_unusable = 2;      // wrong usage, missing root or runtime
constexpr int exit_in_the_way = 3;    // a taken port, an overlapping range, a running kubelet: somebody else's

} // namespace troupe::cli
