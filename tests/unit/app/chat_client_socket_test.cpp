#include "app/chat_client_socket.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <functional>
#include <utility>

#include "app/http_client.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::use_awaitable;
using tcp = asio::ip::tcp;
using Request = http::request<http::string_body>;
using Server = websocket::stream<beast::tcp_stream>;

// One connection on the loopback, the other end played by the test, both on one loop.
class SocketTest : public testing::Test {
  protected:
    using Part = std::function<asio::awaitable<void>()>;
    using ServerPart = std::function<asio::awaitable<void>(Server&, const Request&)>;

    void play(Part client, ServerPart server) {
        spawn(std::move(client));
        spawn([this, server = std::move(server)]() -> asio::awaitable<void> {
            Server stream(beast::tcp_stream(co_await acceptor_.async_accept(use_awaitable)));
            beast::flat_buffer buffer;
            Request request;
            co_await http::async_read(stream.next_layer(), buffer, request, use_awaitable);
            co_await server(stream, request);
        });
        io_.run();
    }

    [[nodiscard]] ServerUrl url() const {
        return {false, "127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), ""};
    }

    static asio::awaitable<void> answer(Server& stream, const Request& request, unsigned status,
                                        std::string body, std::string retry_after = "") {
        http::response<http::string_body> response(static_cast<http::status>(status),
                                                   request.version());
        response.body() = std::move(body);
        if (!retry_after.empty()) response.set(http::field::retry_after, retry_after);
        response.prepare_payload();
        co_await http::async_write(stream.next_layer(), response, use_awaitable);
    }

    Secret token_{"secret-token"};

  private:
    void spawn(Part part) {
        asio::co_spawn(io_, std::move(part), [](const std::exception_ptr& fault) {
            if (fault) std::rethrow_exception(fault);
        });
    }

    asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
};

TEST_F(SocketTest, SendsTheTokenInAHeaderAndNeverInTheUrl) {
    play(
        [this]() -> asio::awaitable<void> {
            const auto socket = co_await open_chat(url(), token_, "room.1");
            EXPECT_TRUE(socket);
        },
        [](Server& stream, const Request& request) -> asio::awaitable<void> {
            EXPECT_EQ(request.target(), "/ws?room=room.1");
            EXPECT_EQ(request[http::field::authorization], "Bearer secret-token");
            EXPECT_EQ(request.count(http::field::sec_websocket_protocol), 0U);
            co_await stream.async_accept(request, use_awaitable);
        });
}

TEST_F(SocketTest, CarriesTextBothWaysAndClosesProperly) {
    play(
        [this]() -> asio::awaitable<void> {
            auto socket = co_await open_chat(url(), token_, "r");
            EXPECT_TRUE(co_await (*socket)->write("hello"));
            EXPECT_EQ((co_await (*socket)->read()).value(), "back");
            co_await (*socket)->close();
        },
        [](Server& stream, const Request& request) -> asio::awaitable<void> {
            co_await stream.async_accept(request, use_awaitable);
            beast::flat_buffer buffer;
            co_await stream.async_read(buffer, use_awaitable);
            EXPECT_EQ(beast::buffers_to_string(buffer.data()), "hello");
            EXPECT_TRUE(stream.got_text());
            stream.text(true);
            co_await stream.async_write(asio::buffer("back", 4), use_awaitable);
            const auto [error, bytes] =
                co_await stream.async_read(buffer, asio::as_tuple(use_awaitable));
            EXPECT_EQ(error, websocket::error::closed);
            EXPECT_EQ(stream.reason().code, websocket::close_code::normal);
        });
}

TEST(ErrorOfClose, TellsAnExpiredTokenAndABanFromWhatPasses) {
    EXPECT_EQ(error_of_close(4001, "").kind, ErrorKind::unauthenticated);
    EXPECT_EQ(error_of_close(4003, "").kind, ErrorKind::forbidden);
    for (const unsigned code : {1000U, 1001U, 1009U, 4008U, 4009U})
        EXPECT_EQ(error_of_close(code, "").kind, ErrorKind::unavailable) << code;
    EXPECT_EQ(error_of_close(1001, "why\x1b").detail, "the server closed the chat (1001, why␛)");
}

TEST_F(SocketTest, ReportsTheCloseCodeThatTheServerSent) {
    play(
        [this]() -> asio::awaitable<void> {
            auto socket = co_await open_chat(url(), token_, "r");
            const auto frame = co_await (*socket)->read();
            EXPECT_FALSE(frame);
            EXPECT_EQ(frame.error().code, "token_expired");
        },
        [](Server& stream, const Request& request) -> asio::awaitable<void> {
            co_await stream.async_accept(request, use_awaitable);
            co_await stream.async_close({static_cast<websocket::close_code>(4001), "expired"},
                                        use_awaitable);
        });
}

TEST_F(SocketTest, ReportsALostConnectionAsWorthAnotherTry) {
    play(
        [this]() -> asio::awaitable<void> {
            auto socket = co_await open_chat(url(), token_, "r");
            const auto frame = co_await (*socket)->read();
            EXPECT_FALSE(frame);
            EXPECT_EQ(frame.error().kind, ErrorKind::unavailable);
        },
        [](Server& stream, const Request& request) -> asio::awaitable<void> {
            co_await stream.async_accept(request, use_awaitable);
            stream.next_layer().close();
        });
}

TEST_F(SocketTest, MakesAnErrorOfARefusalBeforeTheUpgrade) {
    play(
        [this]() -> asio::awaitable<void> {
            const auto socket = co_await open_chat(url(), token_, "r");
            EXPECT_FALSE(socket);
            EXPECT_EQ(socket.error().code, "token_expired");
            EXPECT_EQ(socket.error().kind, ErrorKind::unauthenticated);
            EXPECT_EQ(socket.error().detail, "the server answered 401: too old");
            EXPECT_EQ(socket.error().detail.find("secret-token"), std::string::npos);
        },
        [](Server& stream, const Request& request) {
            return answer(stream, request, 401, R"({"code":"token_expired","detail":"too old"})");
        });
}

TEST_F(SocketTest, SaysWhoCannotBeReached) {
    play(
        [this]() -> asio::awaitable<void> {
            ServerUrl nowhere = url();
            nowhere.port = "1";
            const auto socket = co_await open_chat(nowhere, token_, "r");
            EXPECT_FALSE(socket);
            EXPECT_EQ(socket.error().code, "unreachable");
            EXPECT_NE(socket.error().detail.find("127.0.0.1:1"), std::string::npos);
            EXPECT_TRUE(co_await http_post_json(url(), "/", Secret("{}")));
        },
        [](Server& stream, const Request& request) { return answer(stream, request, 200, "{}"); });
}

TEST_F(SocketTest, PostsJsonAndReadsStatusBodyAndRetryAfter) {
    play(
        [this]() -> asio::awaitable<void> {
            ServerUrl prefixed = url();
            prefixed.base_path = "/team";
            const auto got = co_await http_post_json(prefixed, "/auth/login", Secret(R"({"a":1})"));
            EXPECT_TRUE(got);
            EXPECT_EQ(got->status, 429U);
            EXPECT_EQ(got->body, "later");
            EXPECT_EQ(got->retry_after, std::chrono::seconds(3));
        },
        [](Server& stream, const Request& request) {
            EXPECT_EQ(request.method(), http::verb::post);
            EXPECT_EQ(request.target(), "/team/auth/login");
            EXPECT_EQ(request[http::field::content_type], "application/json");
            EXPECT_EQ(request.body(), R"({"a":1})");
            return answer(stream, request, 429, "later", "3");
        });
}

}  // namespace
}  // namespace confab::app
