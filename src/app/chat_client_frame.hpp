// Frames of protocol v1 as a client reads them: messages, and notices that start with "system:".
// Thread: values.
// Owns:   their texts.
// Limits: kChatFrameBytesMax, enforced where frames are read.
// Invariant: what does not have the members and types of protocol v1 is not a frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace confab::app {

struct ChatFrame {
    bool notice = false;
    std::string user_id;  // both empty in a notice
    std::string user_name;
    std::string text;
    std::int64_t unix_seconds = 0;
};

// Errors: `bad_frame` (invalid). Members that are not known are ignored.
[[nodiscard]] Result<ChatFrame> parse_chat_frame(std::string_view frame);

}  // namespace confab::app
