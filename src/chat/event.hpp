// Event: who is in a room, and what happens there for the moment; what is kept: chat/log_event.hpp.
// Thread: values; built on one loop, read on that loop.
// Owns:   their texts.
// Limits: names kUserNameCodePointsMax code points.
// Invariant: texts are valid UTF-8; times come from the clock of the room's home loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace confab::chat {

struct User {
    UserId id;
    std::string name;
    bool is_moderator = false;  // of this server: of all public rooms
};

// People came or went: one by name, or several by number in a big room.
struct Notice {
    enum class Kind : std::uint8_t { joined, left };
    Kind kind;
    std::string_view name;  // who, when people == 1
    std::uint32_t people;
    WallTime at;
};

// Who is in a room at this moment.
struct Present {
    std::size_t people = 0;
    std::vector<User> some;  // of them; at most kPresentMax, in no order
};

// Who came into a room and who went since it was told last.
struct PresenceDelta {
    std::size_t people = 0;  // in the room at this moment
    std::vector<User> joined;
    std::vector<User> left;
    bool more = false;  // not everybody is named; at most kPresenceNamesMax are in each direction
};

}  // namespace confab::chat
