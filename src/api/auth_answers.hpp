// The JSON bodies of /auth/*, one function each.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: none.
// Invariant: every member is written here by hand; nothing of a stored account gets out by itself.
#pragma once

#include <string_view>

#include "auth/account_service.hpp"
#include "net/http.hpp"

namespace confab::api {

[[nodiscard]] net::HttpResponse registered_answer(const auth::Account& account);
[[nodiscard]] net::HttpResponse tokens_answer(std::string_view message,
                                              const auth::AccountService::Tokens& tokens);
[[nodiscard]] net::HttpResponse profile_answer(const auth::AccountService::Profile& profile);
[[nodiscard]] net::HttpResponse done_answer(std::string_view message);

}  // namespace confab::api
