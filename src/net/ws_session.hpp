// WsSession: one WebSocket connection, from the 101 answer to the end of its socket.
// Thread: its loop.
// Owns:   the socket, the codec state, the outbox, its handler.
// Limits: WsOptions: message size, fragments, assembly time, outbox, ping and close time-outs.
// Invariants: (1) frames leave whole and in the order of send(); one writer. (2) after our Close
//             frame nothing follows. (3) once something was lost to a full outbox, the only frame
//             still to come is that Close. (4) the handler is called on_closed() exactly once, at
//             the end of the turn in which the connection stopped being open.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "net/connection.hpp"
#include "net/handler.hpp"

namespace confab::net {

class WsSession final : public std::enable_shared_from_this<WsSession>,
                        public WsConnection,
                        private Session,
                        private TimerWheel::Timer,
                        private TurnEnd,
                        private ws::MessageReader::Handler {
  public:
    WsSession(boost::asio::ip::tcp::socket socket, ConnectionContext& context,
              ConnectionCap::Slot slot, std::unique_ptr<WsHandler> handler);
    ~WsSession() override;
    WsSession(const WsSession&) = delete;
    WsSession& operator=(const WsSession&) = delete;

    // `answer` is the 101 response; `early` what the client sent right behind its request.
    void start(const SharedBytes& answer, std::string early);

    void send(const SharedBytes& frame) override;
    void close(ws::CloseCode code, std::string_view reason) override;
    void close_at(WallTime when, ws::CloseCode code, std::string_view reason_literal) override;

  private:
    enum class State : std::uint8_t {
        open,
        closing,    // our Close is queued or sent; the peer's has not come
        finishing,  // both said Close, or the peer is not listened to: end when all is written
        ended,
    };

    void drain() override;
    void abort() override;
    void on_timer() override;
    void on_turn_end() override;

    bool on_message(ws::Opcode kind, std::string_view payload) override;
    bool on_ping(std::string_view payload) override;
    bool on_pong(std::string_view payload) override;
    bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override;

    void wait_readable();
    void on_readable();
    void take(std::span<char> bytes);
    void fail(ws::CloseCode code, std::string_view reason);
    void cut_off();
    void leave_open(State next);
    void flush();
    void wait_writable();
    void on_flushed();
    void enqueue(const SharedBytes& frame);
    void end();
    void meet_deadline(WsDeadlines::Due due);
    void plan_timer();

    std::shared_ptr<WsSession> self_;  // from start() to end(): some deadline always leads there
    boost::asio::ip::tcp::socket socket_;
    ConnectionContext& context_;
    ConnectionCap::Slot slot_;
    std::unique_ptr<WsHandler> handler_;
    ws::MessageReader reader_;
    Outbox outbox_;
    SharedBytes pong_;  // only the newest is worth sending
    WsDeadlines deadlines_;
    std::string_view close_at_reason_;
    ws::CloseCode close_at_code_ = ws::CloseCode::normal;
    State state_ = State::open;
    bool message_ended_ = false;  // in the read that is being taken
    bool writable_pending_ = false;
    bool input_done_ = false;  // end of input, or nothing more is wanted from the peer
    bool send_shut_down_ = false;
};

}  // namespace confab::net
