// What every connection of one loop and listener shares.
// Thread: its loop, but for Admission, which is shared by all.
// Owns:   nothing.
// Limits: NetOptions: the operator's settings, as they are now; a reload changes them in place.
// Invariant: a ConnectionContext outlives its connections.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "base/limits.hpp"
#include "log/brake.hpp"
#include "log/log.hpp"
#include "net/admission.hpp"
#include "net/handler.hpp"
#include "net/http_reader.hpp"
#include "net/loop.hpp"
#include "net/outbox.hpp"
#include "net/tls_context.hpp"
#include "net/ws_deadlines.hpp"
#include "ws/message_reader.hpp"

namespace confab::net {

struct HttpOptions {
    HttpReader::Limits limits;
    std::chrono::milliseconds tls_handshake_timeout = kTlsHandshakeTimeout;
    std::chrono::milliseconds header_timeout = kHttpHeaderTimeout;
    std::chrono::milliseconds body_timeout = kHttpBodyTimeout;
    std::chrono::milliseconds keep_alive_timeout = kHttpKeepAliveTimeout;
};

struct WsOptions {
    ws::MessageReader::Options reader{.message_bytes_max = kWsMessageBytesMax,
                                      .fragments_max = kWsFragmentsMax};
    Outbox::Limits outbox{.bytes_max = kOutboxBytesMax, .frames_max = kOutboxFramesMax};
    WsTimeouts timeouts;
    Rate messages = Rate::unlimited;          // of one connection
    Rate address_messages = Rate::unlimited;  // of all connections from one address
    Rate pings = Rate::unlimited;             // of one connection
};

struct NetOptions {
    HttpOptions http;
    WsOptions ws;
    Admission::Limits admission;
};

struct ListenerOptions {
    bool deflate = false;         // permessage-deflate may be agreed on
    bool proxy_protocol = false;  // every connection begins with a PROXY header
};

// One per loop and listener.
struct ConnectionContext {
    Loop& loop;
    HttpHandler& handler;
    const NetOptions& options;
    Admission& admission;
    log::Logger& logger;
    ListenerOptions listener{};
    std::shared_ptr<const TlsContext> tls{};  // null: in clear; a reload brings a newer one
    bool draining = false;
    log::Brake untrusted_proxy{kRepeatedWarningInterval};
    log::Brake bad_proxy_header{kRepeatedWarningInterval};
};

void count_refusal(ConnectionContext& context, Refusal why);

// True: it has a slot, or one for being told why not. Counts the refusal. A handshake of TLS costs
// more than turning somebody away who comes too often may: such a one is not told.
[[nodiscard]] bool may_go_on(ConnectionContext& context, const Admission::Place& place);

// Counts, and warns now and then: the operator's proxy may be set up wrongly.
void note_bad_proxy_header(ConnectionContext& context, const PeerAddress& peer,
                           std::string_view reason);
// Warns now and then about X-Forwarded-For of somebody who is not trusted but might be meant to be.
void note_untrusted_proxy(ConnectionContext& context, const PeerAddress& peer);

}  // namespace confab::net
