// Integrity: whether a database file is whole, and the log in it without holes.
// Thread: start-up and commands; a call blocks.
// Owns:   a connection that only reads, for the length of the call.
// Limits: the time given; kStoreFaultsShown faults.
// Invariants: (1) nothing is repaired or changed. (2) all is seen at one moment, also beside a
//             server that writes. (3) out of time is not damage: what was found until then counts.
// Errors: std::runtime_error with a text for the operator when the file cannot be read at all.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace confab::store {

// For an operator, who may see paths and names of rooms.
class DamagedDatabase : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

enum class Depth {
    quick,  // the pages, and where each room's log begins and ends
    full,   // also that indexes and rows agree, that no seq is missing or belongs to no room, no
            // edit, reaction or mention to no message, no role or mark of what is read to no room
};

struct Examination {
    std::vector<std::string> faults;
    bool complete = true;  // false: it ran out of time
};

// A file of an older Confab may have no log yet. Without `time` it takes as long as it takes.
[[nodiscard]] Examination examine(const std::string& path, Depth depth,
                                  std::optional<std::chrono::milliseconds> time = {});

}  // namespace confab::store
