// HttpSession: one HTTP/1.1 connection, from accept to its end or to its upgrade.
// Thread: its loop; Responder brings answers back from other threads.
// Owns:   the socket, the reader, the answer that is being written.
// Limits: HttpOptions; one request at a time, the next is read when the answer is written.
// Invariants: (1) answers leave in the order of the requests. (2) some deadline is always set.
//             (3) after an answer with `close` nothing more is read but to be thrown away.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/connection.hpp"
#include "net/handler.hpp"
#include "net/http_reader.hpp"
#include "net/stream.hpp"

namespace confab::net {

class HttpSession final : public std::enable_shared_from_this<HttpSession>,
                          public ResponseTarget,
                          private Session,
                          private Pollable,
                          private TimerWheel::Timer {
  public:
    // The session ends by itself. Whose place has no slot is told so when it has made a request.
    static void start(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                      Admission::Place place);
    ~HttpSession() override;
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    void respond(HttpResponse response) override;
    void upgrade(std::unique_ptr<WsHandler> handler, std::string subprotocol) override;
    void drop() override;
    void run_on_loop(std::function<void()> task) override;
    [[nodiscard]] bool on_loop() const override;

  private:
    HttpSession(FileDescriptor socket, PeerAddress peer, ConnectionContext& context,
                Admission::Place place);

    enum class State { reading, handling, writing, lingering, ended };

    void drain() override;
    void abort() override;
    void on_timer() override;
    void on_ready(std::uint32_t events) override;

    void wait_for(std::uint32_t events);
    void wait_for_input();
    void on_readable();
    [[nodiscard]] bool is_past_handshake(IoStep::What last_step);
    void discard_input();
    void advance();
    void on_phase();
    void dispatch();
    [[nodiscard]] std::optional<Refusal> admit(HttpRequest& request);
    void refuse(Refusal why);
    void answer(Refusal why);
    void write(std::string wire, bool close_after);
    void continue_writing();
    void on_written();
    void say_goodbye();
    void end();
    void set_deadline(std::chrono::milliseconds from_now);

    std::shared_ptr<HttpSession> self_;  // from start() to end(): some deadline always leads there
    Stream stream_;
    ConnectionContext& context_;
    Admission::Place place_;
    const PeerAddress peer_;
    HttpReader reader_;
    State state_ = State::reading;
    HttpReader::Phase deadline_phase_ = HttpReader::Phase::idle;
    bool handshaking_ = false;  // of TLS
    bool advancing_ = false;
    bool close_after_ = false;
    // Of the request that is being handled.
    unsigned http_version_ = 11;
    bool keep_alive_ = true;
    bool head_ = false;
    std::string accept_key_;
    std::optional<QuotaTable::Lease> upgrade_address_;  // of the client that a proxy named
    std::string deflate_response_;  // Sec-WebSocket-Extensions of an upgrade that agrees on it
    std::string request_id_;
    std::string wire_;
    std::size_t written_ = 0;
};

}  // namespace confab::net
