// Numbers that are the same on every machine and library, and the running hash of everything that happens in a world.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace troupe::sim {

using nanoseconds = int64_t;
constexpr nanoseconds us = 1'000, ms = 1'000 * us, sec = 1'000 * ms;

class random_stream { // splitmix64
public:
  explicit random_stream(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t limit) { return limit ? next() % limit : 0; }
  nanoseconds between(nanoseconds first, nanoseconds last) {
    return first + static_cast<nanoseconds>(below(static_cast<uint64_t>(last - first + 1)));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) < probability * 9007199254740992.0; }

private:
  uint64_t state_;
};

class trace {
public:
  void add(uint64_t value) {
    hash_ = (hash_ ^ value) * 1099511628211ull;
    hash_ ^= hash_ >> 29;
  }
  void add(std::string_view text) {
    uint64_t value = 1469598103934665603ull;
    for (unsigned char letter : text)
      value = (value ^ letter) * 1099511628211ull;
    add(value);
  }
  uint64_t hash() const { return hash_; }
  FILE* out = nullptr; // every message as a line, where set

private:
  uint64_t hash_ = 1469598103934665603ull;
};

} // namespace troupe::sim
