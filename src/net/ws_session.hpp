// WsSession: one WebSocket connection, from the 101 answer to the end of its socket.
// Thread: its loop.
// Owns:   the socket, the codec state, the outbox, its handler.
// Limits: WsOptions: message size, fragments, assembly time, outbox, ping and close time-outs.
// Invariants: (1) frames leave whole and in the order of send(); one writer. (2) after our Close
//             frame nothing follows. (3) once something was lost to a full outbox or feed, the only
//             frame still to come is that Close. (4) the handler is called on_closed() exactly
//             once, soon after the connection stopped being open and never from inside a call.
//             (5) an object that has ended is destroyed behind the handler that is running.
#pragma once

#include <memory>
#include <string>

#include "net/connection.hpp"
#include "net/handler.hpp"
#include "net/stream.hpp"

namespace confab::net {

class WsSession final : private Outbox,
                        public WsConnection,
                        private Session,
                        private TimerWheel::Timer,
                        private TurnEnd,
                        private Retry,
                        private Pollable,
                        private BatchSender::Target,
                        private ws::MessageReader::Handler {
  public:
    // What a session takes over from the HTTP connection that it was.
    struct Parts {
        Stream stream;
        ConnectionCap::Slot slot;
        std::optional<QuotaTable::Lease> address;
        std::unique_ptr<WsHandler> handler;
        bool deflate = false;  // permessage-deflate was agreed on
    };

    // `answer` is the 101 response; `early` what the client sent right behind its request. The
    // socket was registered for `before` until now. The session ends by itself.
    static void start(Parts parts, Pollable& before, ConnectionContext& context,
                      const SharedBytes& answer, std::string early);
    WsSession(const WsSession&) = delete;
    WsSession& operator=(const WsSession&) = delete;

    void send(const SharedBytes& frame) override;
    [[nodiscard]] bool has_room_for(std::size_t bytes) override;
    void close(ws::CloseCode code, std::string_view reason) override;
    void close_at(WallTime when, ws::CloseCode code, std::string_view reason_literal) override;
    void close_in(std::chrono::milliseconds time, ws::CloseCode code,
                  std::string_view reason_literal) override;
    [[nodiscard]] feed::Reader& reader() override { return *this; }

  private:
    enum class State : std::uint8_t {
        open,
        closing,    // our Close is queued or sent; the peer's has not come
        finishing,  // both said Close, or the peer is not listened to: end when all is written
        ended,
    };

    WsSession(Parts parts, ConnectionContext& context);
    ~WsSession() override;

    void drain() override;
    void abort() override;
    void on_timer() override;
    void on_turn_end() override;
    void on_retry() override;
    void on_ready(std::uint32_t events) override;
    void on_sent(IoStep step, bool whole) override;
    void on_feed() override;
    void on_feed_full() override;
    void on_cut_off() override;

    bool on_message(ws::Opcode kind, std::string_view payload) override;
    bool on_ping(std::string_view payload) override;
    bool on_pong(std::string_view payload) override;
    bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override;

    void open(const SharedBytes& answer, std::string early);
    void read_all();
    [[nodiscard]] bool read_some();
    [[nodiscard]] std::optional<metrics::Id> why_not_read() const;
    [[nodiscard]] bool admits_message(std::string_view payload);
    [[nodiscard]] bool admits_ping();
    void take(std::span<char> bytes);
    void fail(ws::CloseCode code, std::string_view reason);
    void close(ws::CloseCode code, std::string_view reason, metrics::Id counted);
    void cut_off();
    void leave_open(State next);
    void mind_what_was_lost();
    [[nodiscard]] std::size_t describe(std::span<iovec> parts);
    [[nodiscard]] bool encrypt(std::span<iovec> parts);
    void flush_now();
    void try_now();
    void wait_writable();
    void on_flushed();
    void update_interest();
    void enqueue(const SharedBytes& frame);
    void end();
    void tell_closed();
    void meet_deadline(WsDeadlines::Due due);
    void plan_close(ws::CloseCode code, std::string_view reason_literal);
    void plan_timer();

    Stream stream_;
    State state_ = State::open;
    bool message_ended_ = false;  // in the read that is being taken
    bool blocked_ = false;        // the socket takes nothing now
    bool paused_ = false;         // nothing is read for a moment: why_not_read()
    bool input_done_ = false;     // end of input, or nothing more is wanted from the peer
    bool send_shut_down_ = false;
    ws::CloseCode close_at_code_ = ws::CloseCode::normal;
    ConnectionContext& context_;
    ConnectionCap::Slot slot_;
    std::optional<QuotaTable::Lease> address_;
    RateBucket messages_;
    RateBucket pings_;
    std::unique_ptr<WsHandler> handler_;
    ws::MessageReader reader_;
    SharedBytes pong_;  // the newest, of those that came while nothing went out
    WsDeadlines deadlines_;
    std::string_view close_at_reason_;
};

}  // namespace confab::net
