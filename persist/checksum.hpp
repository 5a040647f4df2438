// CRC-32C (Castagnoli), as in RFC 3720 appendix B.4: what every byte of ours on a disk is covered by.
#pragma once
#include <cstddef>
#include <cstdint>

namespace troupe {

/// `seed` 0 to begin; the result of one call is the seed of the next piece.
uint32_t crc32c(uint32_t seed, const void* bytes, size_t size);

}  // namespace troupe
