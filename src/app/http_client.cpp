#include "app/http_client.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <cstdint>
#include <utility>

#include "app/as_tuple.hpp"
#include "app/chat_client_limits.hpp"
#include "app/http_client_dial.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using Request = http::request<http::span_body<const char>>;

Error no_answer(const ServerUrl& url, const std::string& why) {
    return {ErrorKind::unavailable, "unreachable", "no answer from " + url.text() + ": " + why};
}

template <class Stream>
Awaitable<Result<HttpAnswer>> exchange(Stream& stream, const Request& request,
                                       const ServerUrl& url) {
    beast::get_lowest_layer(stream).expires_after(kChatNetworkTimeout);
    const auto [unsent, sent_bytes] = co_await http::async_write(stream, request, kAsTuple);
    if (unsent) co_return no_answer(url, unsent.message());
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kChatAnswerBytesMax);
    const auto [unread, read_bytes] = co_await http::async_read(stream, buffer, parser, kAsTuple);
    if (unread) co_return no_answer(url, unread.message());
    http::response<http::string_body> response = parser.release();
    HttpAnswer answer;
    answer.status = response.result_int();
    answer.retry_after = parse_retry_after(response[http::field::retry_after]);
    answer.body = std::move(response.body());
    co_return answer;
}

}  // namespace

Awaitable<Result<HttpAnswer>> http_post_json(ServerUrl url, std::string path, Secret body) {
    Request request(http::verb::post, url.base_path + path, 11);
    request.set(http::field::host, url.authority());
    request.set(http::field::content_type, "application/json");
    request.set(http::field::accept, "application/json, application/problem+json");
    request.keep_alive(false);
    request.body() = beast::span<const char>(body.reveal().data(), body.size());
    request.prepare_payload();
    if (url.tls) {
        auto stream = co_await dial_tls(url);
        if (!stream) co_return stream.error();
        co_return co_await exchange(**stream, request, url);
    }
    auto stream = co_await dial_plain(url);
    if (!stream) co_return stream.error();
    co_return co_await exchange(**stream, request, url);
}

std::chrono::seconds parse_retry_after(std::string_view field) {
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
    if (error != std::errc{} || end != field.data() + field.size()) return {};
    return std::min<std::chrono::seconds>(std::chrono::seconds(seconds), kChatRetryAfterMax);
}

}  // namespace confab::app
