#include "runtime/http/reply_reader.hpp"

#include <algorithm>
#include <cstring>
#include <strings.h>

namespace troupe {

reply_reader::reply_reader(reply out, bool without_body) : reply_(std::move(out)), without_body_(without_body) {
  if (reply_.stream) {
    length_ = -1;
    return;
  }
  length_ = int64_t(reply_.text.size());
  for (auto& part : reply_.parts) length_ += int64_t(part->size());
}

size_t reply_reader::read(char* to, size_t room) {
  size_t count = 0;
  while (count < room && !without_body_ && part_ <= reply_.parts.size()) {
    const auto& from = part_ == 0 ? reply_.text : *reply_.parts[part_ - 1];
    auto take = std::min(room - count, from.size() - offset_);
    std::memcpy(to + count, from.data() + offset_, take);
    count += take;
    offset_ += take;
    if (offset_ < from.size()) return count;
    if (part_ > 0) reply_.parts[part_ - 1].reset(); // others may be the last to hold it: give it up as soon as it is sent
    ++part_;
    offset_ = 0;
  }
  if (count < room && reply_.stream && !without_body_) count += reply_.stream->read(to + count, room - count);
  return count;
}

bool reply_reader::done() const {
  if (without_body_) return true;
  return part_ > reply_.parts.size() && (!reply_.stream || reply_.stream->done());
}

bool forwards_header(std::string_view name) {
  for (std::string_view ours : {"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "date", "content-type"})
    if (name.size() == ours.size() && strncasecmp(name.data(), ours.data(), name.size()) == 0) return false;
  return true;
}

} // namespace troupe
