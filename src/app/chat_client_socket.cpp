#include "app/chat_client_socket.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "app/as_tuple.hpp"
#include "app/chat_client_limits.hpp"
#include "app/chat_client_sign_in.hpp"
#include "app/http_client_dial.hpp"
#include "app/terminal_text.hpp"
#include "ws/close_code.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

template <class Stream>
class StreamSocket final : public ChatSocket {
  public:
    explicit StreamSocket(Stream&& stream) : stream_(std::move(stream)) {
        websocket::stream_base::timeout limits{};
        limits.handshake_timeout = kChatNetworkTimeout;
        limits.idle_timeout = kChatIdleTimeout;
        limits.keep_alive_pings = true;
        stream_.set_option(limits);
        stream_.read_message_max(kChatFrameBytesMax);
    }

    Awaitable<Result<void>> join(const ServerUrl& url, const Secret& token,
                                 const std::string& room) {
        beast::get_lowest_layer(stream_).expires_never();  // the WebSocket keeps time from here
        stream_.set_option(
            websocket::stream_base::decorator([&token](websocket::request_type& request) {
                request.set(http::field::authorization, "Bearer " + std::string(token.reveal()));
            }));
        websocket::response_type response;
        const std::string target = url.base_path + "/ws?room=" + room;
        const auto [failed] =
            co_await stream_.async_handshake(response, url.authority(), target, kAsTuple);
        if (failed == websocket::error::upgrade_declined) {
            HttpAnswer answer;
            answer.status = response.result_int();
            answer.retry_after = parse_retry_after(response[http::field::retry_after]);
            answer.body = std::move(response.body());
            co_return error_of_answer(answer);
        }
        if (failed) {
            co_return Error(ErrorKind::unavailable, "unreachable",
                            "no chat at " + url.text() + ": " + failed.message());
        }
        stream_.text(true);
        co_return Result<void>{};
    }

    Awaitable<Result<std::string>> read() override {
        beast::flat_buffer buffer;
        const auto [failed, bytes] = co_await stream_.async_read(buffer, kAsTuple);
        // The server may cut the line right after its Close frame: what that says counts all the
        // same.
        const websocket::close_reason& why = stream_.reason();
        if (failed && why.code != websocket::close_code::none) {
            co_return error_of_close(why.code, {why.reason.data(), why.reason.size()});
        }
        if (failed) co_return lost(failed);
        co_return beast::buffers_to_string(buffer.data());
    }

    Awaitable<Result<void>> write(std::string_view text) override {
        const auto [failed, bytes] =
            co_await stream_.async_write(asio::buffer(text.data(), text.size()), kAsTuple);
        if (failed) co_return lost(failed);
        co_return Result<void>{};
    }

    Awaitable<void> close() override {
        (void)co_await stream_.async_close(websocket::close_code::normal, kAsTuple);
    }

  private:
    static Error lost(const boost::system::error_code& why) {
        return {ErrorKind::unavailable, "closed", "the connection was lost: " + why.message()};
    }

    websocket::stream<Stream> stream_;
};

template <class Stream>
Awaitable<Result<std::unique_ptr<ChatSocket>>> join(std::unique_ptr<Stream> stream,
                                                    const ServerUrl& url, const Secret& token,
                                                    const std::string& room) {
    auto socket = std::make_unique<StreamSocket<Stream>>(std::move(*stream));
    const Result<void> joined = co_await socket->join(url, token, room);
    if (!joined) co_return joined.error();
    co_return std::unique_ptr<ChatSocket>(std::move(socket));
}

}  // namespace

Awaitable<Result<std::unique_ptr<ChatSocket>>> open_chat(ServerUrl url, const Secret& token,
                                                         std::string room) {
    if (url.tls) {
        auto stream = co_await dial_tls(url);
        if (!stream) co_return stream.error();
        co_return co_await join(std::move(*stream), url, token, room);
    }
    auto stream = co_await dial_plain(url);
    if (!stream) co_return stream.error();
    co_return co_await join(std::move(*stream), url, token, room);
}

Error error_of_close(unsigned code, std::string_view reason) {
    std::string detail = "the server closed the chat (" + std::to_string(code);
    if (!reason.empty()) detail += ", " + harmless_line(reason);
    detail += ")";
    if (code == static_cast<unsigned>(ws::CloseCode::token_expired)) {
        return {ErrorKind::unauthenticated, "token_expired", std::move(detail)};
    }
    if (code == static_cast<unsigned>(ws::CloseCode::not_allowed)) {
        return {ErrorKind::forbidden, "not_allowed", std::move(detail)};
    }
    return {ErrorKind::unavailable, "closed", std::move(detail)};
}

}  // namespace confab::app
