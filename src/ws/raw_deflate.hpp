// Raw deflate: what RFC 7692 fixes for both directions.
// Thread: any.
// Owns:   nothing.
// Limits: none.
// Invariant: constants.
#pragma once

#include <string_view>

namespace confab::ws {

inline constexpr int kRawWindowBits = -15;  // negative: without the header and checksum of zlib
// RFC 7692 section 7.2.2: what the sender takes off the end, the rest of an empty stored block.
inline constexpr std::string_view kFlushTail("\x00\x00\xff\xff", 4);

}  // namespace confab::ws
