// Room request: what a request over HTTP says of a room in its path, its query and its header.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: those of the ids; a number has no more digits than kJsonIntegerMax.
// Invariant: nothing is guessed: what cannot be read is an error that names it.
// Errors: `bad_request`, `bad_room_name`, `bad_user`, `bad_cid`; `no_such_message` for a seq that
//         no message can have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/v2_command.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "net/http.hpp"

namespace confab::api {

inline constexpr std::string_view kIdempotencyKey = "Idempotency-Key";

// Digits alone, within the range; both ends belong to it.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t first,
                                                        std::uint64_t last);

// A message, by its place.
struct MessagePlace {
    RoomName room;
    Seq seq = 0;
};

// What stood for the braces of the path: the room first, then a message or somebody.
[[nodiscard]] Result<RoomName> room_in(const net::HttpRequest& request);
[[nodiscard]] Result<MessagePlace> message_in(const net::HttpRequest& request);
[[nodiscard]] Result<UserId> user_in(const net::HttpRequest& request, std::size_t parameter);
[[nodiscard]] Result<std::string> reaction_in(const net::HttpRequest& request,
                                              std::size_t parameter);

// Nil when it has none. The quotes of a structured field (RFC 8941 section 3.3.3) may be there.
[[nodiscard]] Result<Uuid> idempotency_key_of(const net::HttpRequest& request);

// A number of the query, or `otherwise`.
[[nodiscard]] Result<std::uint64_t> query_number(const net::HttpRequest& request,
                                                 std::string_view name, std::uint64_t last,
                                                 std::uint64_t otherwise);
[[nodiscard]] Result<V2History> history_of(const net::HttpRequest& request);

}  // namespace confab::api
