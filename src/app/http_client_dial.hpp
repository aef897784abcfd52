// Dialling: a connected byte stream to a server, in clear or through TLS.
// Thread: the loop whose coroutine calls it.
// Owns:   nothing; the stream belongs to the caller.
// Limits: kChatNetworkTimeout for connecting and for the TLS handshake each. The resolver of the
//         system has time-outs of its own.
// Invariant: a TLS stream is handed out only after the server's certificate was checked against the
//            system's authorities and against the host name (RFC 9110 section 4.3.4).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>

#include "app/chat_client_url.hpp"
#include "base/result.hpp"

namespace confab::app {

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

template <class T>
using Awaitable = boost::asio::awaitable<T>;

// Errors: `unreachable` (unavailable). `url` must outlive the call, here and below.
[[nodiscard]] Awaitable<Result<std::unique_ptr<PlainStream>>> dial_plain(const ServerUrl& url);

// Errors: as above, and `tls_untrusted` (forbidden) when the certificate is not good.
[[nodiscard]] Awaitable<Result<std::unique_ptr<TlsStream>>> dial_tls(const ServerUrl& url);

}  // namespace confab::app
