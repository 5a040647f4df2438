#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "persist/checksum.hpp"
#include "persist/segment_log.hpp"
#include "test/sim/store_ports.hpp"

using namespace troupe;
using sim::memory_segment_disk;
using sim::random_stream;

namespace {

log_entry entry_of(uint64_t index, uint64_t term, size_t size) {
  std::shared_ptr<char> block(new char[size], std::default_delete<char[]>());
  std::memset(block.get(), 'a' + static_cast<int>(index % 26), size);
  return {term, 1, block, block.get(), static_cast<uint32_t>(size)};
}

log_batch batch_of(uint64_t first, size_t count, uint64_t term, size_t size) {
  log_batch batch;
  batch.first = first;
  for (size_t i = 0; i < count; ++i) batch.entries.push_back(entry_of(first + i, term, size));
  return batch;
}

bool same(const log_image& image, uint64_t first, uint64_t last) {
  if (!image.error.empty() || image.first != first || image.last() != last) return false;
  for (uint64_t i = first; i <= last; ++i) {
    auto& entry = image.entries[i - first];
    if (entry.size == 0 || entry.bytes[0] != 'a' + static_cast<int>(i % 26)) return false;
  }
  return true;
}

/// A log of several segments, every group durable.
uint64_t fill(segment_log& log, memory_segment_disk& disk, random_stream& random) {
  log_batch hard;
  hard.has_hard = true;
  hard.hard = {3, 1};
  REQUIRE(log.commit({hard}) == segment_disk::outcome::ok);
  uint64_t next = 1;
  for (int i = 0; i < 60; ++i) {
    size_t count = 1 + random.below(5);
    REQUIRE(log.commit({batch_of(next, count, 3, 8 + random.below(9000))}) == segment_disk::outcome::ok);
    next += count;
  }
  disk.settle();
  return next - 1;
}

}  // namespace

TEST_CASE("CRC-32C is that of the standard") {
  CHECK(crc32c(0, "123456789", 9) == 0xe3069283u);
  CHECK(crc32c(crc32c(0, "1234", 4), "56789", 5) == 0xe3069283u);
}

TEST_CASE("a log reads back what was written, over many segments") {
  random_stream random{1};
  memory_segment_disk disk{random};
  segment_log log{disk};
  CHECK(log.load().entries.empty());
  auto last = fill(log, disk, random);
  CHECK(log.segments() > 2);
  segment_log again{disk};
  auto image = again.load();
  CHECK(same(image, 1, last));
  CHECK(image.hard.term == 3);
  CHECK(image.hard.vote == 1);

  SECTION("segments that are not needed are used again, and nothing of their earlier life is read") {
    again.drop_to(last - 1);
    CHECK(again.segments() < 3);
    uint64_t next = last + 1;
    for (int i = 0; i < 100; ++i) REQUIRE(again.commit({batch_of(next++, 1, 4, 5000)}) == segment_disk::outcome::ok);
    disk.settle();
    segment_log third{disk};
    auto kept = third.load();
    CHECK(kept.error == "");
    CHECK(kept.last() == next - 1);
    CHECK(kept.hard.term == 3);
  }
  SECTION("a cut makes what follows it void") {
    log_batch batch = batch_of(last - 2, 1, 5, 100);
    batch.cut_from = last - 2;
    REQUIRE(again.commit({batch}) == segment_disk::outcome::ok);
    segment_log third{disk};
    auto kept = third.load();
    CHECK(same(kept, 1, last - 2));
    CHECK(kept.entries.back().term == 5);
  }
}

TEST_CASE("a torn tail is cut, and what is written behind it is read") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    random_stream random{seed};
    memory_segment_disk disk{random};
    segment_log log{disk};
    log.load();
    auto last = fill(log, disk, random);
    size_t torn = 1 + random.below(4);
    log.commit({batch_of(last + 1, torn, 3, 4000)});  // on its way
    disk.lose_power();
    segment_log again{disk};
    auto image = again.load();
    REQUIRE(image.error == "");
    REQUIRE((image.last() == last || image.last() == last + torn));
    auto from = image.last();
    REQUIRE(again.commit({batch_of(from + 1, 2, 6, 4000)}) == segment_disk::outcome::ok);
    disk.settle();
    segment_log third{disk};
    REQUIRE(same(third.load(), 1, from + 2));
  }
}

TEST_CASE("a flipped byte anywhere is noticed, never served") {
  random_stream random{7};
  memory_segment_disk disk{random};
  segment_log log{disk};
  log.load();
  auto last = fill(log, disk, random);
  REQUIRE(log.mark() == segment_disk::outcome::ok);  // proves the last group
  disk.settle();
  auto sound = disk.files;
  size_t refused = 0, unharmed = 0;
  for (int flip = 0; flip < 400; ++flip) {
    auto file = std::next(disk.files.begin(), static_cast<ptrdiff_t>(random.below(disk.files.size())));
    auto at = random.below(file->second.size());
    file->second[at] = static_cast<char>(file->second[at] ^ (1 << random.below(8)));
    segment_log again{disk};
    auto image = again.load();
    if (!image.error.empty())
      ++refused;
    else {
      ++unharmed;  // padding, the unused rest, or the empty group that proves
      REQUIRE(same(image, 1, last));
    }
    disk.files = sound;
  }
  CHECK(refused > 100);
  CHECK(unharmed > 0);
}

TEST_CASE("a missing segment is noticed") {
  random_stream random{9};
  memory_segment_disk disk{random};
  segment_log log{disk};
  log.load();
  fill(log, disk, random);
  disk.files.erase(std::next(disk.files.begin()));
  segment_log again{disk};
  CHECK(again.load().error.find("missing") != std::string::npos);
}

TEST_CASE("without space nothing changes, and the same group can be written later") {
  random_stream random{11};
  memory_segment_disk disk{random};
  disk.segments_max = 1;
  segment_log log{disk};
  log.load();
  uint64_t next = 1;
  segment_disk::outcome outcome;
  while ((outcome = log.commit({batch_of(next, 1, 1, 9000)})) == segment_disk::outcome::ok) ++next;
  CHECK(outcome == segment_disk::outcome::full);
  disk.segments_max = 5;
  CHECK(log.commit({batch_of(next, 1, 1, 9000)}) == segment_disk::outcome::ok);
  disk.settle();
  segment_log again{disk};
  CHECK(same(again.load(), 1, next));
}
