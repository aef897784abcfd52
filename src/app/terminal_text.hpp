// Text that somebody else wrote, made fit for a terminal.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: the caller bounds the text; a byte becomes at most three, a line break 1 + indent.
// Invariant: the result is valid UTF-8 and holds no control character but the line breaks put there
//            on purpose, and no character that changes the direction of what stands around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace confab::app {

// On one line: line breaks and other C0 characters become their Unicode control pictures (ESC is
// shown as U+241B), a tab a space; C1, bidi controls and invalid bytes become U+FFFD.
[[nodiscard]] std::string harmless_line(std::string_view text);

// The same, but a line break stays one, with `indent` spaces after it: a line that starts at the
// left edge is always one of ours.
[[nodiscard]] std::string harmless_text(std::string_view text, std::size_t indent);

// "HH:MM" in the local time zone; "--:--" for a time that no calendar knows.
[[nodiscard]] std::string clock_text(std::int64_t unix_seconds);

// Columns that the text takes on a terminal; the text must be valid UTF-8.
[[nodiscard]] std::size_t column_count(std::string_view text);

// The longest end of the text that takes at most that many columns.
[[nodiscard]] std::string_view fitting_tail(std::string_view text, std::size_t columns);

}  // namespace confab::app
