// Measures the codec on a recorded running pod: MB of JSON a second, microseconds an object. Decides nothing.
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "messages/codec.hpp"
#include "messages/envelope.hpp"
#include "messages/object.hpp"
#include "messages/patch.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;

namespace {

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

template <class Work>
void measure(const char* what, size_t json_bytes, Work&& work) {
  constexpr int rounds = 30, repeats = 2000;
  double best = 1e9;
  for (int round = 0; round < rounds; round++) {
    double start = cpu_seconds();
    for (int i = 0; i < repeats; i++) work();
    best = std::min(best, (cpu_seconds() - start) / repeats);
  }
  std::printf("%-44s %8.2f us %8.0f MB/s of JSON\n", what, best * 1e6, double(json_bytes) / best / 1e6);
}

} // namespace

int main() {
  const kind_row& row = *find_kind("", "v1", "pods");
  std::string text = read_golden("objects/pod-running.json");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto message = new_message(row);
  if (!from_json(text, *message).ok()) return 1;
  std::string bytes = to_wire(*message);
  std::printf("running pod: %zu bytes of JSON, %zu of protobuf\n", text.size(), bytes.size());
  std::string out;
  measure("bytes to JSON", text.size(), [&] {
    out.clear();
    wire_to_json(out, bytes, row.table(), "v1", "Pod", "12345");
  });
  measure("message to JSON", text.size(), [&] {
    out.clear();
    append_json(out, *message, "v1", "Pod");
  });
  measure("JSON to message", text.size(), [&] {
    auto fresh = new_message(row);
    (void)from_json(text, *fresh);
  });
  measure("message to bytes", text.size(), [&] { out = to_wire(*message); });
  measure("client's protobuf to message", text.size(), [&] {
    auto fresh = new_message(row);
    (void)from_wire(bytes, *fresh);
  });
  measure("object::make", text.size(), [&] { (void)object::make(row, 5, bytes); });
  auto stored = object::make(row, 5, bytes);
  measure("object to protobuf", text.size(), [&] { out = stored->protobuf(); });
  measure("object to typed message", text.size(), [&] { (void)stored->message(); });
  measure("strategic merge patch, whole", text.size(), [&] {
    auto made = apply_patch(patch_form::strategic, R"({"metadata":{"labels":{"a":"b"}}})", *message, "v1", "Pod");
    if (!made.ok()) std::abort();
  });
  std::vector<object_ptr> many(10'000);
  for (auto& each : many) each = object::make(row, 5, bytes);
  double start = cpu_seconds();
  out.clear();
  append_list_json(out, row, {"5", "", std::nullopt}, many);
  std::printf("list of 10,000: %.1f MiB of JSON in %.0f ms\n", double(out.size()) / 1048576, (cpu_seconds() - start) * 1e3);
  std::printf("memory beside the bytes: %zu bytes an object\n", many[0]->memory_bytes() - bytes.size());
}
