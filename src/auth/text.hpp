// Text: Unicode normal form C, and the check of short texts that other people will see.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: the caller bounds the bytes that go in.
// Invariant: what comes out is valid UTF-8 in normal form C; texts that look alike because they are
//            only composed differently become the same bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace confab::auth {

// Normal form C of the text (Unicode Standard Annex 15); NUL is a character like any other.
// Nothing when the text is not valid UTF-8. The library's working copy is wiped, so that this may
// be used for passwords.
[[nodiscard]] std::optional<std::string> to_nfc(std::string_view text);

// A one-line text for people: normal form C, without white space around it, 1 to `code_points_max`
// code points, and none that is a control, a format character (this includes all that change the
// direction of writing) or a line or paragraph separator. Nothing when the text is not like that.
[[nodiscard]] std::optional<std::string> to_display_text(std::string_view text,
                                                         std::size_t code_points_max);

}  // namespace confab::auth
