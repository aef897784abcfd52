// Numbers as SQLite keeps them: 64 bits with a sign.
// Thread: pure functions.
// Owns:   nothing.
// Limits: what is larger becomes the largest.
// Invariant: what came from the store goes back as it was.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/ids.hpp"
#include "chat/log_event.hpp"

namespace confab::store {

[[nodiscard]] inline std::int64_t as_integer(Seq seq) {
    constexpr Seq kMax = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(seq, kMax));
}

[[nodiscard]] inline std::int64_t as_integer(chat::EventKind kind) {
    return static_cast<std::int64_t>(kind);
}

}  // namespace confab::store
