// Protocol v1, the seed's: a text frame is a message; messages and notices go out as JSON.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: none; lengths are checked before.
// Invariant: the wire is what shared vectors say (protocol/vectors/v1), byte by byte.
#pragma once

#include <string>
#include <string_view>

#include "chat/event.hpp"
#include "chat/log_event.hpp"

namespace confab::api {

// {"user_id":…,"username":…,"message":…,"timestamp":…}, whole seconds.
[[nodiscard]] std::string v1_message(const chat::LogEvent& event);
// system:{"message":"… has joined the chat.","timestamp":…}
[[nodiscard]] std::string v1_notice(const chat::Notice& notice);
// system:{"message":…,"timestamp":…}
[[nodiscard]] std::string v1_system(std::string_view text, WallTime at);

}  // namespace confab::api
