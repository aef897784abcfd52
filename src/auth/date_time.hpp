// Date and time as text: whether a text is an RFC 3339 date-time that exists in the calendar.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kDateTimeBytesMax.
// Invariant: exactly the grammar of RFC 3339 section 5.6 with the restrictions of section 5.7.
#pragma once

#include <string_view>

namespace confab::auth {

// True for "1993-05-15T00:00:00Z" and its like. 'T' and 'Z' may be in lower case (section 5.6).
// The 61st second of a minute is only taken where a leap second can stand: at the end of June or
// December, 23:59 UTC (section 5.7).
[[nodiscard]] bool is_date_time(std::string_view text);

}  // namespace confab::auth
