// Format: one log event as one line of text, for people or as JSON.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: a value is cut at kLogValueBytesMax, between two characters.
// Invariants: (1) the line is valid UTF-8 and holds no control character, whatever the values hold;
//             invalid bytes become U+FFFD. (2) the JSON form, parsed, gives back the values.
#pragma once

#include <string>

#include "log/log.hpp"

namespace confab::log {

// Both give the line without its end. `seconds` is the time since 1970 with its fraction.
[[nodiscard]] std::string format_human(double seconds, Level level, std::string_view event,
                                       Fields fields, bool colour = false);
[[nodiscard]] std::string format_json(double seconds, Level level, std::string_view event,
                                      Fields fields);

}  // namespace confab::log
