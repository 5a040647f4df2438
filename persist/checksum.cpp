#include "persist/checksum.hpp"

#include <array>
#include <cstring>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace troupe {
namespace {

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0x82f63b78u : 0u);
    table[i] = value;
  }
  return table;
}
constexpr auto table = make_table();

uint32_t by_table(uint32_t state, const unsigned char* at, size_t size) {
  for (; size > 0; --size) state = (state >> 8) ^ table[(state ^ *at++) & 255];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t by_instruction(uint32_t state, const unsigned char* at, size_t size) {
  uint64_t wide = state;
  for (; size >= 8; size -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  auto narrow = static_cast<uint32_t>(wide);
  for (; size > 0; --size) narrow = _mm_crc32_u8(narrow, *at++);
  return narrow;
}
#endif

}  // namespace

uint32_t crc32c(uint32_t seed, const void* bytes, size_t size) {
  auto at = static_cast<const unsigned char*>(bytes);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~seed, at, size);
#endif
  return ~by_table(~seed, at, size);
}

}  // namespace troupe
