#include "net/http_session.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/assert.hpp"
#include "net/http_message.hpp"
#include "net/request_id.hpp"
#include "net/socket_io.hpp"
#include "net/ws_session.hpp"
#include "ws/handshake.hpp"

namespace confab::net {

using boost::asio::ip::tcp;
using metrics::Id;
using Phase = HttpReader::Phase;

HttpSession::HttpSession(tcp::socket socket, ConnectionContext& context,
                         std::optional<ConnectionCap::Slot> slot,
                         std::optional<ConnectionCap::Slot> refused_slot)
    : socket_(std::move(socket)),
      context_(context),
      slot_(std::move(slot)),
      refused_slot_(std::move(refused_slot)),
      reader_(context.http.limits) {
    // Now: later, a peer that is gone has no address any more.
    boost::system::error_code ignored;
    peer_address_ = socket_.remote_endpoint(ignored).address();
    if (peer_address_.is_v6() && peer_address_.to_v6().is_v4_mapped()) {
        peer_address_ =
            boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, peer_address_.to_v6());
    }
    context_.loop.metrics().add(Id::connections_http);
}

HttpSession::~HttpSession() {
    context_.loop.metrics().sub(Id::connections_http);
}

void HttpSession::start() {
    context_.loop.add(*this);
    set_deadline(context_.http.header_timeout);  // absolute: from the accept to the whole header
    deadline_phase_ = Phase::header;
    wait_readable();
}

void HttpSession::set_deadline(std::chrono::milliseconds from_now) {
    context_.loop.timers().schedule(*this, context_.loop.clock().steady_now() + from_now);
}

void HttpSession::wait_readable() {
    if (std::exchange(read_pending_, true)) return;
    socket_.async_wait(tcp::socket::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                           self->read_pending_ = false;
                           if (error || self->state_ == State::ended) return;
                           self->on_readable();
                       });
}

void HttpSession::on_readable() {
    if (state_ == State::lingering) return discard_input();
    if (state_ != State::reading) return;
    const auto buffer = context_.loop.read_buffer();
    const IoStep step = receive_some(socket_.native_handle(), buffer);
    if (step.what == IoStep::What::ended) return end();
    if (step.what == IoStep::What::would_block) return wait_readable();
    context_.loop.metrics().add(Id::bytes_received, static_cast<std::int64_t>(step.bytes));
    reader_.feed({buffer.data(), step.bytes});
    advance();
}

void HttpSession::discard_input() {
    const IoStep step = receive_some(socket_.native_handle(), context_.loop.read_buffer());
    if (step.what == IoStep::What::ended) return end();
    wait_readable();
}

// Answers may come at once, inside dispatch(): a loop instead of recursion over pipelined requests.
// After some of them the others on this loop have their turn.
void HttpSession::advance() {
    if (advancing_) return;
    advancing_ = true;
    for (std::size_t answered = 0; state_ == State::reading; ++answered) {
        const Phase phase = reader_.phase();
        if (phase == Phase::complete && answered == kHttpRequestsPerTurn) {
            boost::asio::post(context_.loop.context(), [self = shared_from_this()] {
                if (self->state_ == State::reading) self->advance();
            });
            break;
        }
        on_phase();
        if (phase != Phase::complete) break;
    }
    advancing_ = false;
    const bool more = state_ == State::reading && reader_.phase() != Phase::complete;
    if (more || state_ == State::lingering) wait_readable();
}

void HttpSession::on_phase() {
    switch (reader_.phase()) {
        case Phase::idle:
            break;
        case Phase::header:
            // The first byte of a later request starts its own deadline.
            if (deadline_phase_ == Phase::idle) set_deadline(context_.http.header_timeout);
            deadline_phase_ = Phase::header;
            break;
        case Phase::body:
            if (deadline_phase_ != Phase::body) set_deadline(context_.http.body_timeout);
            deadline_phase_ = Phase::body;
            if (reader_.take_continue_wanted()) {
                // Small enough for any socket buffer; a peer that does not read it is timed out.
                constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
                (void)send_some(socket_.native_handle(), kContinue);
            }
            break;
        case Phase::complete:
            dispatch();
            break;
        case Phase::refused:
            context_.loop.metrics().add(Id::refused_bad_request);
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
    request.received_at = context_.loop.clock().steady_now();
    request.peer_address = peer_address_.to_string();
    request.peer_is_loopback = peer_address_.is_loopback();
    request_id_ = request.id;
    accept_key_ = request.header("Sec-WebSocket-Key");

    state_ = State::handling;
    TimerWheel::cancel(*this);  // whoever handles it has deadlines of its own
    if (!slot_) return refuse(Refusal::connection_cap);
    if (context_.draining) return refuse(Refusal::draining);
    context_.handler.on_request(std::move(request), Responder(shared_from_this()));
}

void HttpSession::refuse(Refusal why) {
    if (state_ == State::reading) {
        // What came is no request: it has no method and no version of its own.
        head_ = false;
        http_version_ = 11;
    }
    if (request_id_.empty()) request_id_ = next_request_id(context_.loop.index());
    if (why == Refusal::connection_cap) context_.loop.metrics().add(Id::refused_connection_cap);
    if (why == Refusal::draining) context_.loop.metrics().add(Id::refused_draining);
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
    state_ = State::ended;  // of this session; the socket goes on
    Session::unlink();
    auto session = std::make_shared<WsSession>(std::move(socket_), context_, std::move(*slot_),
                                               std::move(handler));
    session->start(SharedBytes::copy_of(serialize(response, http_version_, true, false)),
                   reader_.take_rest());
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
    set_deadline(std::chrono::duration_cast<std::chrono::milliseconds>(kHttpWriteTimeout));
    continue_writing();
}

void HttpSession::continue_writing() {
    while (written_ < wire_.size()) {
        const IoStep step =
            send_some(socket_.native_handle(), std::string_view(wire_).substr(written_));
        if (step.what == IoStep::What::ended) return end();
        if (step.what == IoStep::What::would_block) {
            socket_.async_wait(tcp::socket::wait_write,
                               [self = shared_from_this()](boost::system::error_code error) {
                                   if (error || self->state_ != State::writing) return;
                                   self->continue_writing();
                               });
            return;
        }
        written_ += step.bytes;
        context_.loop.metrics().add(Id::bytes_sent, static_cast<std::int64_t>(step.bytes));
    }
    on_written();
}

void HttpSession::on_written() {
    wire_ = {};
    if (close_after_) {
        // Closing with unread input would reset the connection and could take the answer with it.
        state_ = State::lingering;
        boost::system::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
        set_deadline(std::chrono::duration_cast<std::chrono::milliseconds>(kHttpLingerTimeout));
        if (!advancing_) wait_readable();
        return;
    }
    state_ = State::reading;
    reader_.feed({});
    deadline_phase_ = Phase::idle;
    set_deadline(context_.http.keep_alive_timeout);
    advance();
}

void HttpSession::on_timer() {
    const auto self = shared_from_this();
    const bool begun = reader_.phase() == Phase::header || reader_.phase() == Phase::body;
    if (state_ == State::reading && begun) {
        context_.loop.metrics().add(Id::refused_timeout);
        return refuse(Refusal::request_timeout);
    }
    end();
}

void HttpSession::drain() {
    const auto self = shared_from_this();
    const auto is_idle = [this] {
        return state_ == State::reading && reader_.phase() == Phase::idle;
    };
    // A request that has arrived and was not read yet is answered.
    if (is_idle()) on_readable();
    if (is_idle()) end();
}

void HttpSession::abort() {
    const auto self = shared_from_this();
    end();
}

void HttpSession::end() {
    if (state_ == State::ended) return;
    state_ = State::ended;
    Session::unlink();
    TimerWheel::cancel(*this);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace confab::net
