// V2 room methods: how the commands about rooms themselves, their members and what was read are
// read.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: see api/v2_command.hpp, which names the errors as well.
// Invariant: what is read is complete: a change of a room changes something.
#pragma once

#include <span>
#include <string_view>

#include "api/v2_arguments.hpp"
#include "api/v2_command.hpp"

namespace confab::api {

// One method of protocol v2: what it is called, and how its arguments are read.
struct V2Method {
    std::string_view name;
    Result<V2Command> (*read)(const V2Arguments& in);
};

// create, direct, rooms, members, mark_read, set_role, configure, kick, ban, unban, mute, unmute
[[nodiscard]] std::span<const V2Method> v2_room_methods();

}  // namespace confab::api
