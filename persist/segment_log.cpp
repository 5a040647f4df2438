#include "persist/segment_log.hpp"

#include <cstdio>

namespace troupe {
namespace {

std::string segment_name(uint64_t sequence) {
  char name[32];
  std::snprintf(name, sizeof name, "log-%016llx", static_cast<unsigned long long>(sequence));
  return name;
}

const std::string& empty_block() {
  static const std::string block(log_block_bytes, '\0');
  return block;
}

}  // namespace

log_image segment_log::load() {
  log_image image;
  log_reader reader{image};
  segments_.clear();
  last_group_ = 0;
  auto names = disk_.names();
  std::string bytes;
  for (size_t i = 0; i < names.size(); ++i) {
    bool last = i + 1 == names.size();
    segment one;
    one.name = names[i];
    size_t end = 0;
    if (!disk_.read(names[i], bytes)) {
      image.error = names[i] + ": cannot be read";
      return image;
    }
    if (!reader.read_segment(bytes, names[i], one.header, end)) return image;
    one.last_index = reader.last_index_of_segment();
    end_ = end;
    // A torn tail is cut off before anything is written behind it: its blocks would be read as ours at the next start.
    bool whole = !last || end + log_block_bytes > bytes.size() ||
                 disk_.write(one.name, end, empty_block()) == segment_disk::outcome::ok;
    if (!whole || !disk_.sync(one.name)) {
      image.error = names[i] + ": cannot be written";
      return image;
    }
    segments_.push_back(std::move(one));
  }
  last_group_ = reader.last_group();
  hard_ = image.hard;
  return image;
}

segment_disk::outcome segment_log::begin_segment() {
  segment next;
  next.header.sequence = segments_.empty() ? 1 : segments_.back().header.sequence + 1;
  next.header.epoch = disk_.random();
  next.header.first_group = last_group_ + 1;
  next.name = segment_name(next.header.sequence);
  auto outcome = disk_.take_spare(next.name, encode_segment_header(next.header));
  if (outcome != segment_disk::outcome::ok) return outcome;
  segments_.push_back(std::move(next));
  end_ = log_block_bytes;
  return outcome;
}

bool segment_log::needs_new_segment(size_t bytes) const {
  return segments_.empty() || end_ + bytes + log_block_bytes > disk_.segment_bytes();
}

segment_disk::outcome segment_log::write_group(group_builder& group) {
  auto& segment = segments_.back();
  auto bytes = group.seal(last_group_ + 1, segment.header.epoch);
  auto outcome = disk_.write(segment.name, end_, bytes);
  if (outcome != segment_disk::outcome::ok) return outcome;
  ++last_group_;
  end_ += bytes.size();
  segment.last_index = std::max(segment.last_index, group.last_index());
  return outcome;
}

segment_disk::outcome segment_log::commit(const std::vector<log_batch>& batches) {
  group_.clear();
  for (auto& batch : batches) group_.add(batch);
  if (group_.padded_size() + 2 * log_block_bytes > disk_.segment_bytes()) return segment_disk::outcome::failed;
  if (segments_.empty() || end_ + group_.padded_size() > disk_.segment_bytes()) {
    auto outcome = begin_segment();
    if (outcome != segment_disk::outcome::ok) return outcome;
    if (hard_.term != 0) {  // every segment begins with the hard state: the older ones may go
      group_builder hard;
      hard.add_hard(hard_);
      outcome = write_group(hard);
      if (outcome != segment_disk::outcome::ok) return outcome;
    }
  }
  auto outcome = write_group(group_);
  if (outcome == segment_disk::outcome::ok)
    for (auto& batch : batches)
      if (batch.has_hard) hard_ = batch.hard;
  return outcome;
}

segment_disk::outcome segment_log::mark() {
  if (needs_new_segment(log_block_bytes)) return segment_disk::outcome::ok;  // the next segment's header proves as much
  group_.clear();
  return write_group(group_);
}

void segment_log::drop_to(uint64_t index) {
  while (segments_.size() > 1 && segments_.front().last_index <= index) {
    disk_.recycle(segments_.front().name);
    segments_.pop_front();
  }
}

}  // namespace troupe
