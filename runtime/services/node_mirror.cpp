#include "runtime/services/node_mirror.hpp"
#include <algorithm>
#include "runtime/control/envelope.hpp"
#include "runtime/services/service_view.hpp"

namespace troupe {

namespace {

constexpr size_t frame_header_bytes = 4;

uint32_t frame_size(std::string_view header) {
  return uint32_t(uint8_t(header[0])) << 24 | uint32_t(uint8_t(header[1])) << 16 | uint32_t(uint8_t(header[2])) << 8 | uint8_t(header[3]);
}

/// A continue token may hold anything.
std::string query_escaped(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string to;
  for (char letter : text) {
    if ((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '_') {
      to += letter;
    } else {
      to += '%';
      to += digits[uint8_t(letter) >> 4];
      to += digits[uint8_t(letter) & 15];
    }
  }
  return to;
}

} // namespace

node_mirror::node_mirror(std::string path, mirror_events events, mirror_doors doors, alarm& timer)
  : path_(std::move(path)), events_(std::move(events)), doors_(std::move(doors)), timer_(timer) {}

void node_mirror::list(const std::string& next) {
  if (next.empty()) pages_.clear();
  node_request request;
  request.method = "GET";
  request.path = path_;
  request.query = "limit=" + std::to_string(mirror_page_objects) + (next.empty() ? "" : "&continue=" + query_escaped(next));
  uint64_t attempt = ++attempt_;
  if (!doors_.ask(std::move(request), [this, attempt](const node_response& response) { listed(attempt, response); })) again();
}

void node_mirror::listed(uint64_t attempt, const node_response& response) {
  if (attempt != attempt_) return;
  list_view page;
  pages_.push_back(response.body);
  auto opened = response.code == 200 ? open_envelope(pages_.back()) : result<enveloped>(status{});
  if (!opened || !decode_list(opened->raw, page)) return again();
  if (!page.next.empty()) return list(page.next);
  std::vector<std::string_view> all;
  std::string from; // of the first page: what changed while later ones were read comes again as news, which does no harm
  for (auto& body : pages_) {
    list_view whole;
    decode_list(open_envelope(body)->raw, whole);
    all.insert(all.end(), whole.items.begin(), whole.items.end());
    if (from.empty()) from = whole.revision;
  }
  events_.replaced(all);
  pages_.clear();
  complete_ = true;
  watch(from);
}

void node_mirror::watch(const std::string& revision) {
  revision_ = revision;
  watch_id_ = doors_.new_id();
  if (!doors_.watch({watch_id_, path_, "allowWatchBookmarks=true&resourceVersion=" + revision_})) again();
}

void node_mirror::on_news(const node_watch_news& news) {
  if (news.id != watch_id_ || !watch_id_) return;
  std::string_view left = news.frames;
  while (left.size() >= frame_header_bytes) {
    size_t size = frame_size(left);
    left.remove_prefix(frame_header_bytes);
    if (size > left.size() || !take_frame(left.substr(0, size))) return again();
    left.remove_prefix(size);
  }
  failures_ = 0;
}

/// False: begin anew.
bool node_mirror::take_frame(std::string_view frame) {
  watch_view event;
  if (!decode_watch_event(frame, event)) return false;
  auto opened = open_envelope(event.object);
  if (event.type == "ERROR" || !opened) return false;
  if (auto revision = decode_revision(opened->raw); !revision.empty()) revision_ = revision;
  if (event.type == "DELETED") events_.removed(opened->raw);
  else if (event.type != "BOOKMARK") events_.changed(opened->raw);
  return true;
}

void node_mirror::on_end(const node_watch_end& end) {
  if (end.id != watch_id_ || !watch_id_) return;
  if (failures_) return again();
  failures_ = 1;     // watches end now and then: go on from where it was, once without a list
  watch(revision_);
}

void node_mirror::on_port_down() {
  if (again_at_ms_ == alarm::never) again();
}

void node_mirror::again() {
  if (watch_id_) doors_.unwatch(watch_id_);
  watch_id_ = 0;
  ++attempt_;
  failures_ = std::min(failures_ + 1, 16);
  int64_t wait = std::min(mirror_back_off_first_ms << std::min(failures_ - 1, 10), mirror_back_off_last_ms);
  again_at_ms_ = timer_.now_ms() + wait;
  timer_.at(again_at_ms_);
}

void node_mirror::on_tick() {
  if (again_at_ms_ == alarm::never) return;
  if (timer_.now_ms() < again_at_ms_) return timer_.at(again_at_ms_);
  again_at_ms_ = alarm::never;
  list("");
}

} // namespace troupe
