#include "net/http_session.hpp"

#include <utility>

#include "base/assert.hpp"
#include "net/http_message.hpp"
#include "net/request_id.hpp"
#include "net/ws_session.hpp"
#include "ws/extensions.hpp"
#include "ws/handshake.hpp"

namespace confab::net {

using metrics::Id;
using Phase = HttpReader::Phase;

HttpSession::HttpSession(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                         Admission::Place place)
    : stream_(std::move(socket), context.tls ? std::make_unique<TlsEngine>(context.tls) : nullptr),
      context_(context),
      place_(std::move(place)),
      peer_(std::move(peer)),
      reader_(context.options.http.limits),
      handshaking_(stream_.encrypts()) {
    context_.loop.metrics().add(Id::connections_http);
}

HttpSession::~HttpSession() {
    context_.loop.metrics().sub(Id::connections_http);
}

void HttpSession::start(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                        Admission::Place place) {
    const std::shared_ptr<HttpSession> session(
        new HttpSession(std::move(socket), std::move(peer), context, std::move(place)));
    session->self_ = session;
    context.loop.add(*session);
    const HttpOptions& http = context.options.http;
    // Absolute: from the accept to the end of the handshake, from there to the whole header.
    session->set_deadline(session->handshaking_ ? http.tls_handshake_timeout : http.header_timeout);
    session->deadline_phase_ = Phase::header;
    session->wait_for(EPOLLIN);
}

void HttpSession::set_deadline(std::chrono::milliseconds from_now) {
    context_.loop.timers().schedule(*this, context_.loop.clock().steady_now() + from_now);
}

// Answers may come at once, inside dispatch(): a loop instead of recursion over pipelined requests.
// After some of them the others on this loop have their turn.
void HttpSession::advance() {
    if (advancing_) return;
    advancing_ = true;
    for (std::size_t answered = 0; state_ == State::reading; ++answered) {
        const Phase phase = reader_.phase();
        if (phase == Phase::complete && answered == kHttpRequestsPerTurn) {
            context_.loop.defer([self = self_] {
                if (self->state_ == State::reading) self->advance();
            });
            break;
        }
        on_phase();
        if (phase != Phase::complete) break;
    }
    advancing_ = false;
    const bool more = state_ == State::reading && reader_.phase() != Phase::complete;
    if (more || state_ == State::lingering) wait_for_input();
}

void HttpSession::on_phase() {
    switch (reader_.phase()) {
        case Phase::idle:
            break;
        case Phase::header:
            // The first byte of a later request starts its own deadline.
            if (deadline_phase_ == Phase::idle) set_deadline(context_.options.http.header_timeout);
            deadline_phase_ = Phase::header;
            break;
        case Phase::body:
            if (deadline_phase_ != Phase::body) set_deadline(context_.options.http.body_timeout);
            deadline_phase_ = Phase::body;
            if (reader_.take_continue_wanted()) {
                // Small enough for the socket of any peer that reads.
                constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
                const IoStep step = stream_.send(kContinue, context_.loop.scratch());
                if (step.bytes != kContinue.size()) return end();
            }
            break;
        case Phase::complete:
            dispatch();
            break;
        case Phase::refused:
            refuse(reader_.refusal());
            break;
    }
}

void HttpSession::dispatch() {
    auto taken = reader_.take();
    http_version_ = taken.http_version;
    keep_alive_ = taken.keep_alive;
    head_ = taken.head;
    HttpRequest request(std::move(taken.message));
    request.id = next_request_id(context_.loop.index());
    request_id_ = request.id;
    accept_key_ = request.header("Sec-WebSocket-Key");

    state_ = State::handling;
    TimerWheel::cancel(*this);                        // whoever handles it has deadlines of its own
    if (!place_.slot) return answer(place_.refusal);  // counted when it came
    if (context_.draining) return refuse(Refusal::draining);
    if (const auto refusal = admit(request)) return refuse(*refusal);
    context_.handler.on_request(std::move(request), Responder(shared_from_this()));
}

// Finds out whose request it is, and what an upgrade may agree on.
std::optional<Refusal> HttpSession::admit(HttpRequest& request) {
    const TrustedPeers& trusted = context_.options.admission.trusted;
    const auto forwarded_for = request.headers("X-Forwarded-For");
    if (!forwarded_for.empty() && !trusted.contains(peer_)) note_untrusted_proxy(context_, peer_);
    const PeerAddress client = trusted.client_address(peer_, forwarded_for);
    request.peer_address = to_string(client);
    request.peer_is_loopback = !client || client->is_loopback();
    if (!request.has_header("Upgrade")) return std::nullopt;
    // The proxy's own connections are not limited; what becomes a client's for good is. Until then
    // the lease is the request's alone: the next one on this connection may be somebody else's.
    if (!place_.address && client && !trusted.contains(client)) {
        auto entered = context_.admission.enter_address(context_.options.admission, *client);
        if (!entered.lease) return entered.refusal;
        upgrade_address_ = std::move(entered.lease);
    }
    deflate_response_.clear();
    if (!context_.listener.deflate) return std::nullopt;
    const std::string field = request.joined_header("Sec-WebSocket-Extensions");
    const auto offers = ws::parse_extensions(field);
    if (!offers) return Refusal::bad_extensions;
    if (auto agreement = ws::negotiate_deflate(*offers)) {
        request.deflate_window_bits = agreement->server_window_bits;
        deflate_response_ = std::move(agreement->response);
    }
    return std::nullopt;
}

void HttpSession::refuse(Refusal why) {
    count_refusal(context_, why);
    answer(why);
}

void HttpSession::answer(Refusal why) {
    if (state_ == State::reading) {
        // What came is no request: it has no method and no version of its own.
        head_ = false;
        http_version_ = 11;
    }
    if (request_id_.empty()) request_id_ = next_request_id(context_.loop.index());
    HttpResponse response = context_.handler.on_refusal(why, request_id_);
    response.close = true;
    state_ = State::handling;
    respond(std::move(response));
}

void HttpSession::drop() {
    if (state_ == State::handling) refuse(Refusal::no_answer);
}

void HttpSession::respond(HttpResponse response) {
    if (state_ == State::ended) return;
    CONFAB_ASSERT(state_ == State::handling);
    upgrade_address_.reset();
    static constexpr Id kByClass[] = {Id::http_2xx, Id::http_3xx, Id::http_4xx, Id::http_5xx};
    if (response.status >= 200 && response.status < 600) {
        context_.loop.metrics().add(kByClass[response.status / 100 - 2]);
    }
    const bool close = response.close || !keep_alive_ || context_.draining;
    response.headers.emplace_back("Date", http_date(context_.loop.clock().wall_now()));
    response.headers.emplace_back("X-Request-Id", std::exchange(request_id_, {}));
    write(serialize(response, http_version_, !close, head_), close);
}

void HttpSession::upgrade(std::unique_ptr<WsHandler> handler, std::string subprotocol) {
    if (state_ == State::ended) return;
    CONFAB_ASSERT(state_ == State::handling);
    HttpResponse response;
    response.status = 101;
    response.headers = {{"Upgrade", "websocket"},
                        {"Connection", "Upgrade"},
                        {"Sec-WebSocket-Accept", ws::accept_key(accept_key_)}};
    if (!subprotocol.empty()) {
        response.headers.emplace_back("Sec-WebSocket-Protocol", std::move(subprotocol));
    }
    if (!deflate_response_.empty()) {
        response.headers.emplace_back("Sec-WebSocket-Extensions", deflate_response_);
    }
    state_ = State::ended;  // of this session; the socket goes on
    Session::unlink();
    TimerWheel::cancel(*this);
    WsSession::start({std::move(stream_), std::move(*place_.slot),
                      std::move(place_.address ? place_.address : upgrade_address_),
                      std::move(handler), !deflate_response_.empty()},
                     *this, context_,
                     SharedBytes::copy_of(serialize(response, http_version_, true, false)),
                     reader_.take_rest());
    context_.loop.defer([self = std::move(self_)] {});  // behind whoever called us
}

void HttpSession::run_on_loop(std::function<void()> task) {
    context_.loop.post(std::move(task));
}

bool HttpSession::on_loop() const {
    return context_.loop.context().get_executor().running_in_this_thread();
}

void HttpSession::write(std::string wire, bool close_after) {
    state_ = State::writing;
    close_after_ = close_after;
    wire_ = std::move(wire);
    written_ = 0;
    set_deadline(kHttpWriteTimeout);
    continue_writing();
}

void HttpSession::continue_writing() {
    while (written_ < wire_.size() || stream_.has_unsent()) {
        const IoStep step =
            stream_.send(std::string_view(wire_).substr(written_), context_.loop.scratch());
        if (step.what == IoStep::What::ended) return end();
        if (step.what == IoStep::What::would_block) return wait_for(EPOLLOUT);
        written_ += step.bytes;
        context_.loop.metrics().add(Id::bytes_sent, static_cast<std::int64_t>(step.bytes));
    }
    on_written();
}

void HttpSession::on_written() {
    std::string().swap(wire_);  // with its memory: the next request may be far away
    if (close_after_) {
        // Closing with unread input would reset the connection and could take the answer with it.
        state_ = State::lingering;
        stream_.shut_down_send();
        set_deadline(kHttpLingerTimeout);
        if (!advancing_) wait_for_input();
        return;
    }
    state_ = State::reading;
    reader_.feed({});
    deadline_phase_ = Phase::idle;
    set_deadline(context_.options.http.keep_alive_timeout);
    advance();
}

void HttpSession::on_timer() {
    if (handshaking_) {
        context_.loop.metrics().add(Id::tls_handshakes_timeout);
        return end();
    }
    const bool begun = reader_.phase() == Phase::header || reader_.phase() == Phase::body;
    if (state_ == State::reading && begun) {
        return refuse(Refusal::request_timeout);
    }
    if (state_ == State::reading) return say_goodbye();
    end();
}

// Between two requests. RFC 8446 section 6.1: the peer must be able to tell it from being cut off.
void HttpSession::say_goodbye() {
    if (stream_.encrypts()) stream_.shut_down_send();
    end();
}

void HttpSession::drain() {
    const auto is_idle = [this] {
        return state_ == State::reading && reader_.phase() == Phase::idle;
    };
    // A request that has arrived and was not read yet is answered.
    if (is_idle()) on_readable();
    if (is_idle()) say_goodbye();
}

void HttpSession::abort() {
    end();
}

void HttpSession::end() {
    if (state_ == State::ended) return;
    state_ = State::ended;
    Session::unlink();
    TimerWheel::cancel(*this);
    (void)context_.loop.poller().set_interest(stream_.socket(), *this, 0);
    context_.loop.defer([self = std::move(self_)] { self->stream_.close(); });
}

}  // namespace confab::net
