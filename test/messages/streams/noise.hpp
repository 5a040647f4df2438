// Seeded randomness for the fuzz tests of this folder: the same bytes in every run.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

struct noise {
  std::mt19937_64 engine;
  explicit noise(uint64_t seed) : engine(seed) {}
  size_t below(size_t end) { return size_t(engine() % end); }
  bool one_in(size_t n) { return below(n) == 0; }
  std::string bytes(size_t most) {
    std::string made(below(most + 1), '\0');
    for (char& byte : made) byte = char(engine());
    return made;
  }
  /// Cuts `all` into pieces of random size, each in an allocation of its own, so that sanitizers see overreads.
  template <class Take> void in_pieces(std::string_view all, Take take) {
    while (!all.empty()) {
      std::string piece(all.substr(0, 1 + below(one_in(4) ? 9000 : 40)));
      all.remove_prefix(piece.size());
      take(piece);
    }
  }
  void spoil(std::string& wire) {
    for (size_t n = 1 + below(8); n-- && !wire.empty();) wire[below(wire.size())] = char(engine());
  }
};
