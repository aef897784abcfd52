// ChatSocket: the client's end of one chat connection.
// Thread: the loop whose coroutines call it. At most one read and one write at a time; close() may
//         come at any moment.
// Owns:   the connection.
// Limits: kChatFrameBytesMax for a frame, kChatIdleTimeout for silence (pings are answered by the
//         library), kChatNetworkTimeout for the handshake.
// Invariant: the token travels in the Authorization header, never in the URL.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "app/chat_client_url.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::app {

class ChatSocket {
  public:
    virtual ~ChatSocket() = default;

    // The next frame. Errors: `token_expired` (unauthenticated) after close 4001, `not_allowed`
    // (forbidden) after 4003, otherwise `closed` (unavailable); detail says what happened.
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> read() = 0;

    // Errors: `closed` (unavailable). `text` must outlive the call.
    [[nodiscard]] virtual boost::asio::awaitable<Result<void>> write(std::string_view text) = 0;

    // Closes with 1000 and waits for the answer; a read in progress ends with an error.
    [[nodiscard]] virtual boost::asio::awaitable<void> close() = 0;
};

// Joins the room with protocol v1. A refusal is the error that error_of_answer() makes of it;
// further errors: `unreachable` (unavailable), `tls_untrusted` (forbidden).
[[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<ChatSocket>>> open_chat(
    ServerUrl url, const Secret& token, std::string room);

// What a close code of protocol v1 means for the client; the reason is made harmless.
[[nodiscard]] Error error_of_close(unsigned code, std::string_view reason);

}  // namespace confab::app
