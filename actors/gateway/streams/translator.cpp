#include "actors/gateway/streams/translator.hpp"

#include <charconv>

namespace troupe {
namespace {

constexpr size_t resize_json_bytes_max = 1024;

uint16_t number_after(const std::string& json, std::string_view key, size_t end) {
  uint16_t value = 0;
  auto at = json.find(key);
  if (at >= end) return 0;
  at = json.find_first_of("0123456789", at);
  if (at < end) std::from_chars(&json[at], &json[end], value);
  return value;
}

} // namespace

void translator::from_client(std::string_view bytes) {
  parse(bytes);
  settle();
}

void translator::from_node(std::string_view frames) {
  while (auto event = link_.next(frames)) {
    if (first_word(*event)) continue;
    if (event->type == frame_type::data) unpaid_[event->channel] += event->data.size();
    node_event(*event);
  }
  if (link_.failed() && !finished_) lost("the node broke the session's protocol");
  settle();
}

void translator::client_closed() {
  if (!finished_) give_up();
  send();
}

void translator::link_lost(std::string_view why) {
  if (!finished_) lost(why);
  settle();
}

// `out` has left: the node may send as much again. That is what bounds the memory of a session whose client does not read.
void translator::taken() {
  for (auto& [channel, bytes] : unpaid_) link_.consumed(channel, bytes);
  unpaid_.clear();
  send();
}

void translator::tick(int64_t now_ms) {
  if (alive_ms_ == 0) alive_ms_ = now_ms;
  if (now_ms - alive_ms_ < keepalive_ms) return;
  alive_ms_ = now_ms;
  if (!finished_) keep_alive();
}

void translator::to_node(uint32_t channel, std::string_view bytes, bool fin) {
  if (finished_ || !link_.alive(channel)) return;
  auto& h = held_[channel];
  if (h.bytes.empty()) bytes.remove_prefix(link_.write(channel, bytes));
  h.bytes += bytes;
  held_bytes_ += bytes.size();
  h.fin |= fin;
}

void translator::forget(uint32_t channel) {
  auto at = held_.find(channel);
  if (at == held_.end()) return;
  held_bytes_ -= at->second.bytes.size();
  held_.erase(at);
}

void translator::settle() {
  for (auto at = held_.begin(); at != held_.end();) {
    auto& [channel, h] = *at;
    if (!link_.alive(channel)) { // the process closed its stdin: the rest is dropped
      held_bytes_ -= h.bytes.size();
      at = held_.erase(at);
      continue;
    }
    if (auto count = link_.write(channel, h.bytes)) {
      h.bytes.erase(0, count);
      held_bytes_ -= count;
    }
    if (!h.bytes.empty()) {
      ++at;
      continue;
    }
    if (h.fin) link_.fin(channel);
    at = held_.erase(at);
  }
  wrap();
  send();
  if (sink_) sink_->body_ready();
}

void translator::resize(uint32_t channel, std::string_view json) {
  resize_json_ += json;
  for (size_t end; (end = resize_json_.find('}')) != resize_json_.npos; resize_json_.erase(0, end + 1)) {
    terminal_size size{number_after(resize_json_, "\"Width\"", end), number_after(resize_json_, "\"Height\"", end)};
    if (channel != 0) to_node(channel, size.encode());
  }
  if (resize_json_.size() > resize_json_bytes_max) resize_json_.clear();
}

} // namespace troupe
