// Strict JSON: one reading of every text, or none.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kJsonDepthMax levels, kJsonKeysMax members in one object; the caller bounds the bytes.
// Invariant: what RFC 8259 leaves to the reader is refused: duplicate names, anything after the
//            value, a byte order mark, invalid UTF-8, lone surrogates, numbers over a double.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace confab {

// Parses one JSON text. Errors: `bad_json` (kind invalid), detail says what is wrong.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text);

// Appends the text as a JSON string, quotes included; the text must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace confab
