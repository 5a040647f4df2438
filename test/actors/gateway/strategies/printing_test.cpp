// Rows of tables, as `kubectl get` shows them.
#include <catch2/catch_test_macros.hpp>
#include <iostream>
#include "test/actors/gateway/strategies/recorded.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

json shown(const gateway::cell& cell) {
  return std::visit([](auto& value) { return json(value); }, cell);
}

/// Ages count from now: the recordings' own are blurred in both.
bool is_age(const std::string& column) {
  return column == "Age" || column == "Created At";
}

/// Cells that show what controllers write, which do not run here.
bool is_of_controllers(const std::string& column) {
  return column == "MissingPL" || column == "Established";
}

std::string compare(kind_server& server, const json& table, const json& wanted) {
  std::string path = table["path"];
  if (!path.ends_with("/" + wanted["name"].get<std::string>())) path += "/" + wanted["name"].get<std::string>();
  place where = place_of(path);
  auto& row_kind = kinds()[where.kind->storage];
  auto found = server.state().get(row_kind, where.space, where.name);
  if (!found) return "no such object";
  gateway::table_row row;
  gateway::strategy_of(*where.kind).print(*found, server.wall_ns(), row);
  if (row.cells.size() != table["columns"].size()) return "cells: " + std::to_string(row.cells.size());
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (is_age(table["columns"][i]) || is_of_controllers(table["columns"][i])) continue;
    json own = shown(row.cells[i]), their = wanted["cells"][i];
    if (table["columns"][i] == "Selector" && their.is_string() &&
        their.get<std::string>().find("controller-uid=") != std::string::npos)
      continue;
    if (own != their) return table["columns"][i].get<std::string>() + ": " + own.dump() + " for " + their.dump();
  }
  json conditions = json::array();
  for (auto& one : row.conditions)
    conditions.push_back(
        {{"type", one.type}, {"status", one.status}, {"reason", one.reason}, {"message", one.message}});
  if (conditions != wanted.value("conditions", json::array())) return "conditions: " + conditions.dump();
  return {};
}

}  // namespace

TEST_CASE("rows of recorded tables") {
  json all = json::parse(read_golden("strategies/printing.json.gz"));
  kind_server server(int64_t{1795401038} *
                     1'000'000'000);  // 2026-11-23, as recorded: "326d" after the first of January
  server.make("/api/v1/namespaces", R"({"metadata":{"name":"print"}})");
  server.make("/api/v1/namespaces/print/serviceaccounts", R"({"metadata":{"name":"default"}})");
  std::string failed;
  for (auto& input : all["inputs"]) {
    std::string path = input["path"];
    if (!place_of(path).kind) continue;  // a custom resource
    if (input.contains("delete")) {
      server.begin_removal(path);
      continue;
    }
    outcome made = input.contains("object") ? server.post(path, input["object"].dump())
                                            : server.patch(path, patch_form::merge, input["statusPatch"].dump());
    if (made.code >= 400)
      failed += path + ": " + std::to_string(made.code) + " " + made.error.message.substr(0, 300) + "\n";
  }
  size_t equal = 0, rows = 0;
  std::string different;
  for (auto& table : all["tables"])
    for (auto& row : table["rows"]) {
      ++rows;
      std::string difference = compare(server, table, row);
      if (difference.empty())
        ++equal;
      else
        different += table["path"].get<std::string>() + " " + row["name"].get<std::string>() + ": " + difference + "\n";
    }
  std::cout << "tables: " << equal << " of " << rows << " rows equal\n" << different << failed;
  CHECK(failed == "");
  CHECK(different == "");
}
