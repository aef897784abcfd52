// HttpSession: one HTTP/1.1 connection, from accept to its end or to its upgrade.
// Thread: its loop; Responder brings answers back from other threads.
// Owns:   the socket, the reader, the answer that is being written.
// Limits: HttpOptions; one request at a time, the next is read when the answer is written.
// Invariants: (1) answers leave in the order of the requests. (2) some deadline is always set.
//             (3) after an answer with `close` nothing more is read but to be thrown away.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "net/connection.hpp"
#include "net/handler.hpp"
#include "net/http_reader.hpp"

namespace confab::net {

class HttpSession final : public std::enable_shared_from_this<HttpSession>,
                          public ResponseTarget,
                          private Session,
                          private TimerWheel::Timer {
  public:
    // Without a slot the connection is over the cap: its first request is answered 503; it then has
    // a place among those that are only refused.
    HttpSession(boost::asio::ip::tcp::socket socket, ConnectionContext& context,
                std::optional<ConnectionCap::Slot> slot,
                std::optional<ConnectionCap::Slot> refused_slot);
    ~HttpSession() override;
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    void start();

    void respond(HttpResponse response) override;
    void upgrade(std::unique_ptr<WsHandler> handler, std::string subprotocol) override;
    void drop() override;
    void run_on_loop(std::function<void()> task) override;
    [[nodiscard]] bool on_loop() const override;

  private:
    enum class State { reading, handling, writing, lingering, ended };

    void drain() override;
    void abort() override;
    void on_timer() override;

    void wait_readable();
    void on_readable();
    void discard_input();
    void advance();
    void on_phase();
    void dispatch();
    void refuse(Refusal why);
    void write(std::string wire, bool close_after);
    void continue_writing();
    void on_written();
    void end();
    void set_deadline(std::chrono::milliseconds from_now);

    boost::asio::ip::tcp::socket socket_;
    ConnectionContext& context_;
    std::optional<ConnectionCap::Slot> slot_;
    std::optional<ConnectionCap::Slot> refused_slot_;
    boost::asio::ip::address peer_address_;
    HttpReader reader_;
    State state_ = State::reading;
    HttpReader::Phase deadline_phase_ = HttpReader::Phase::idle;
    bool advancing_ = false;
    bool read_pending_ = false;
    bool close_after_ = false;
    // Of the request that is being handled.
    unsigned http_version_ = 11;
    bool keep_alive_ = true;
    bool head_ = false;
    std::string accept_key_;
    std::string request_id_;
    std::string wire_;
    std::size_t written_ = 0;
};

}  // namespace confab::net
