// octets_of: a text as C libraries take one, as unsigned bytes.
// Thread: any.
// Owns:   nothing; lives as long as the text.
// Limits: none.
// Invariant: the same bytes; of an empty text, where nothing may be read.
#pragma once

#include <string_view>

namespace confab {

[[nodiscard]] inline const unsigned char* octets_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace confab
