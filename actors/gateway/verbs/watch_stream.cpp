#include "actors/gateway/verbs/watch_stream.hpp"
#include <algorithm>
#include <cstring>

namespace troupe::gateway {

watch_stream::watch_stream(watch_wish wish, tables& source, const kind_row& storage, std::shared_ptr<reply_sink> home)
    : wish_(std::move(wish)), source_(source), storage_(storage), home_(std::move(home)), seen_(wish_.after),
      bookmarked_ms_(wish_.begins_ms) {}

size_t watch_stream::read(char* to, size_t room) {
  size_t done_bytes = 0;
  while (done_bytes < room) {
    if (!current_) next_piece();
    if (!current_) break;
    size_t some = std::min(room - done_bytes, current_->size() - at_);
    std::memcpy(to + done_bytes, current_->data() + at_, some);
    done_bytes += some;
    at_ += some;
    if (at_ == current_->size()) current_.reset();
  }
  return done_bytes;
}

void watch_stream::next_piece() {
  at_ = 0;
  if (initial_at_ < wish_.initial.size() && !ending_) {
    auto& object = wish_.initial[initial_at_++];
    current_ = frame(watch_type::added, object);
    object.reset();
    return;
  }
  if (wish_.initial_ends && !ending_) {
    wish_.initial_ends = false;
    current_ = frame(watch_type::bookmark, bookmark_object(storage_, wish_.after, true));
    return;
  }
  if (queue_.empty() && catching_up_ && !ending_) catch_up();
  if (queue_.empty()) return;
  current_ = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= current_->size();
}

void watch_stream::catch_up() {
  // Until something is found or there is nothing more: an unselective stretch of history is passed over in one go.
  while (queue_.empty() && catching_up_ && !waiting_for_history_ && !ending_) {
    std::vector<event_ptr> events;
    uint64_t through = seen_;
    if (!source_.read(storage_, seen_, watch_catch_up_events, events, through)) {
      waiting_for_history_ = true;
      source_.read_history(storage_, seen_, [weak = weak_from_this(), home = home_](result<history_page> page) {
        auto shared = std::make_shared<result<history_page>>(std::move(page));
        home->post([weak, shared] {
          if (auto self = weak.lock()) self->take_history(std::move(*shared));
        });
      });
      return;
    }
    for (auto& event : events) take(*event, nullptr);
    seen_ = std::max(seen_, through);
    if (events.size() < watch_catch_up_events) catching_up_ = false;
  }
}

void watch_stream::take_history(result<history_page> page) {
  waiting_for_history_ = false;
  if (!page) {
    end_with(page.error().code == 410 ? gone("too old resource version: " + std::to_string(seen_) + " (" + std::to_string(source_.progress(storage_)) + ")")
                                      : page.error());
  } else {
    for (auto& event : page->events) take(*event, nullptr);
    seen_ = std::max(seen_, page->through);
    if (queue_.empty()) catch_up();
    news_ = true;
  }
  wake();
}

bool watch_stream::take(const event& what, event_frames* shared) {
  if (!wish_.space.empty() && what.object->space() != wish_.space) return false;
  if (!wish_.name.empty() && what.object->name() != wish_.name) return false;
  bool deleted = what.what == event::type::deleted;
  bool now = !deleted && wish_.wanted.matches(*what.object);
  bool before = what.previous ? wish_.wanted.matches(*what.previous) : deleted && wish_.wanted.matches(*what.object);
  if (!now && !before) return false;
  watch_type type = now ? before ? watch_type::modified : watch_type::added : watch_type::deleted;
  auto shown = what.object;
  // What leaves the selection is shown as it was, under the revision at which it left.
  if (type == watch_type::deleted && !deleted) shown = object::make(storage_, what.revision, what.previous->bytes());
  bool common = shared && wish_.format.plain() && (type != watch_type::deleted || deleted);
  push(common ? shared->plain(wish_.format, type, shown) : frame(type, shown));
  return true;
}

text_ptr watch_stream::frame(watch_type type, const object_ptr& stored) {
  bool columns = !std::exchange(columns_sent_, true);
  return make_frame(wish_.format, type, stored, columns);
}

void watch_stream::push(text_ptr text) {
  queue_bytes_ += text->size();
  queue_.push_back(std::move(text));
  news_ = true;
}

void watch_stream::happened(event_frames& frames) {
  if (catching_up_ || ending_ || frames.what().revision <= seen_) return;
  take(frames.what(), &frames);
  if (queue_.size() >= watch_queue_events_max || queue_bytes_ >= watch_queue_bytes_max) ending_ = true;
}

void watch_stream::progressed(uint64_t revision) {
  if (!catching_up_) seen_ = std::max(seen_, revision);
}

void watch_stream::wake() {
  if (std::exchange(news_, false) && sink_) sink_->body_ready();
}

void watch_stream::lost() {
  if (catching_up_ || ending_) return;
  end_with(gone("too old resource version: " + std::to_string(seen_) + " (" + std::to_string(source_.progress(storage_)) + ")"));
  wake();
}

void watch_stream::end_with(const status& error) {
  push(make_error_frame(wish_.format, error));
  ending_ = true;
}

void watch_stream::bookmark(bool ends_initial) { push(frame(watch_type::bookmark, bookmark_object(storage_, seen_, ends_initial))); }

void watch_stream::tick(int64_t now_ms) {
  if (ending_) return;
  bool near_end = wish_.ends_ms - now_ms <= bookmark_before_end_ms;
  bool due = now_ms - bookmarked_ms_ >= bookmark_every_ms || (near_end && !last_bookmark_);
  bool caught_up = !catching_up_ && initial_at_ == wish_.initial.size() && !wish_.initial_ends;
  if (wish_.bookmarks && due && caught_up && seen_ > 0) {
    bookmark(false);
    bookmarked_ms_ = now_ms;
    last_bookmark_ = near_end;
  }
  if (now_ms >= wish_.ends_ms) {
    ending_ = true;
    news_ = true;
  }
  wake();
}

void watch_stream::wind_up() {
  ending_ = true;
  queue_.clear();
  queue_bytes_ = 0;
  news_ = true;
  wake();
}

} // namespace troupe::gateway
