// List: the parts of a text that holds several, such as "10.0.0.0/8, ::1".
// Thread: any; no shared state.
// Owns:   nothing; the parts are views into the text.
// Limits: none of its own; whoever holds the text bounds it.
// Invariant: a part has no space or tab at its ends; only a blank text has no parts.
#pragma once

#include <string_view>
#include <vector>

namespace confab {

// "a, b" -> "a", "b". A comma too many gives an empty part, which no check accepts.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

}  // namespace confab
