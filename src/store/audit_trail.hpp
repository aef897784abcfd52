// AuditTrail: what was done to rooms and to people in them, as it was written down with it.
// Thread: pure functions on a connection of the caller's.
// Owns:   nothing.
// Limits: the caller's.
// Invariant: entries are only ever added; retention does not touch them.
// Errors: SQLite::Exception.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"

namespace confab::store {

struct AuditEntry {
    WallTime at{};
    std::string actor;
    std::string actor_name;
    std::string room;
    std::uint64_t seq = 0;
    std::string action;
    std::string detail;  // a JSON object
};

// Gives the last `count` entries, of one room when it is not empty, the oldest of them first. The
// database may be in use.
void read_audit(const std::string& database, const std::string& room, std::uint32_t count,
                const std::function<void(const AuditEntry&)>& give);

}  // namespace confab::store
