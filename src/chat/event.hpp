// Events: what happens in a room, as values that know nothing of any wire.
// Thread: values; built on one loop, read on that loop.
// Owns:   their texts.
// Limits: body at most ws.message_bytes_max; names kUserNameCodePointsMax code points.
// Invariant: texts are valid UTF-8; times come from the clock of the room's home loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace confab::chat {

struct User {
    UserId id;
    std::string name;
};

// A message, on its way to the sequencer. The views live as long as the call they are passed to.
struct Message {
    const User& from;
    std::string_view body;
    WallTime at;
};

// People came or went: one by name, or several by number in a big room.
struct Notice {
    enum class Kind : std::uint8_t { joined, left };
    Kind kind;
    std::string_view name;  // who, when people == 1
    std::uint32_t people;
    WallTime at;
};

}  // namespace confab::chat
