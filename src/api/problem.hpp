// Answers: JSON bodies and problem documents (RFC 9457), with the headers every answer carries.
// Thread: any; pure functions.
// Owns:   nothing.
// Limits: none.
// Invariants: (1) every error answer has a stable `code` and the request id. (2) nothing but the
//             texts of an Error, which are safe to show, gets into a body. (3) no answer is cached.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/http.hpp"

namespace confab::api {

// An answer with a JSON text as its body.
[[nodiscard]] net::HttpResponse json_answer(unsigned status, std::string json);

// Status by the error's kind; Retry-After (whole seconds, rounded up) where another try makes
// sense.
[[nodiscard]] net::HttpResponse problem(const Error& error, std::string_view request_id);
[[nodiscard]] net::HttpResponse problem(unsigned status, const Error& error,
                                        std::string_view request_id);

// What the HTTP layer refused by itself.
[[nodiscard]] net::HttpResponse problem(net::Refusal refusal, std::string_view request_id);

}  // namespace confab::api
