#include "app/http_client_dial.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "app/as_tuple.hpp"
#include "app/chat_client_limits.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;

Error unreachable(const ServerUrl& url, const std::string& why) {
    return {ErrorKind::unavailable, "unreachable", "cannot reach " + url.text() + ": " + why};
}

// Opens a TCP connection on a stream that is not connected yet.
Awaitable<Result<void>> connect(boost::beast::tcp_stream& stream, const ServerUrl& url) {
    asio::ip::tcp::resolver resolver(stream.get_executor());
    const auto [unknown, endpoints] = co_await resolver.async_resolve(url.host, url.port, kAsTuple);
    if (unknown) co_return unreachable(url, unknown.message());
    stream.expires_after(kChatNetworkTimeout);
    const auto [refused, endpoint] = co_await stream.async_connect(endpoints, kAsTuple);
    if (refused) co_return unreachable(url, refused.message());
    stream.socket().set_option(asio::ip::tcp::no_delay(true));
    co_return Result<void>{};
}

std::unique_ptr<TlsStream> make_tls_stream(const asio::any_io_executor& executor,
                                           const ServerUrl& url) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.set_default_verify_paths();
    context.set_verify_mode(asio::ssl::verify_peer);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    auto stream = std::make_unique<TlsStream>(executor, context);
    stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
    // SSL_set_tlsext_host_name is a macro with casts of its own; this is what it does.
    std::string name = url.host;
    SSL_ctrl(stream->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name.data());
    return stream;
}

}  // namespace

Awaitable<Result<std::unique_ptr<PlainStream>>> dial_plain(const ServerUrl& url) {
    auto stream = std::make_unique<PlainStream>(co_await asio::this_coro::executor);
    const Result<void> connected = co_await connect(*stream, url);
    if (!connected) co_return connected.error();
    co_return stream;
}

Awaitable<Result<std::unique_ptr<TlsStream>>> dial_tls(const ServerUrl& url) {
    auto stream = make_tls_stream(co_await asio::this_coro::executor, url);
    const Result<void> connected = co_await connect(stream->next_layer(), url);
    if (!connected) co_return connected.error();
    stream->next_layer().expires_after(kChatNetworkTimeout);
    const auto [failed] =
        co_await stream->async_handshake(asio::ssl::stream_base::client, kAsTuple);
    const auto verdict = SSL_get_verify_result(stream->native_handle());
    if (failed && verdict != X509_V_OK) {
        // Unspecified: every certificate of the chain is good, but the name is not the host's.
        const std::string why = verdict == X509_V_ERR_UNSPECIFIED
                                    ? "it was issued for another name"
                                    : X509_verify_cert_error_string(verdict);
        co_return Error(ErrorKind::forbidden, "tls_untrusted",
                        "the certificate of " + url.host + " is not to be trusted: " + why);
    }
    if (failed) co_return unreachable(url, failed.message());
    co_return stream;
}

}  // namespace confab::app
