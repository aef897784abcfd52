// Request ids: short, unique within this process and unlikely to repeat in another.
// Thread: any.
// Owns:   nothing visible; a random prefix made at first use.
// Limits: 64 bits of counting.
// Invariant: no two requests of one process have the same id.
#pragma once

#include <string>

#include "base/ids.hpp"

namespace confab::net {

[[nodiscard]] std::string next_request_id(LoopIndex loop);

}  // namespace confab::net
