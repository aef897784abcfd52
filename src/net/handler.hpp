// Handlers: what `net` asks of whoever knows what the bytes mean. `api` implements them.
// Thread: the session's loop, except Responder, which may be used on any thread.
// Owns:   a Responder keeps its connection alive until it has answered.
// Limits: one answer per request.
// Invariants: (1) every request is answered exactly once: a Responder that is dropped answers 500.
//             (2) between on_open() and on_closed() a WsHandler may use its connection; on_closed()
//             comes exactly once, is the last call, and the handler is destroyed after it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/shared_bytes.hpp"
#include "feed/reader.hpp"
#include "net/http.hpp"
#include "ws/close_code.hpp"

namespace confab::net {

// A WebSocket, as its handler sees it. All calls on the loop's thread.
class WsConnection {
  public:
    // Queues an encoded frame; it goes out at the end of this turn with everything else. When the
    // connection's limits are exceeded it is cut off with 4009 and nothing more is sent.
    virtual void send(const SharedBytes& frame) = 0;
    // Whether a frame of so many bytes would be taken; tries to write what waits before it says no.
    [[nodiscard]] virtual bool has_room_for(std::size_t bytes) = 0;
    // Starts the close handshake; on_closed() follows later, never during this call.
    virtual void close(ws::CloseCode code, std::string_view reason) = 0;
    // Closes with `code` when the wall clock reaches `when`, or after `time` whatever it shows. The
    // last of these calls is the one that counts.
    virtual void close_at(WallTime when, ws::CloseCode code, std::string_view reason_literal) = 0;
    virtual void close_in(std::chrono::milliseconds time, ws::CloseCode code,
                          std::string_view reason_literal) = 0;
    // What to subscribe to feeds with: what they have is sent with everything else. Every
    // subscription must have ended when on_closed() returns.
    [[nodiscard]] virtual feed::Reader& reader() = 0;

  protected:
    ~WsConnection() = default;
};

class WsHandler {
  public:
    virtual ~WsHandler() = default;
    virtual void on_open(WsConnection& connection) = 0;
    // The payload lives during the call only and is valid UTF-8.
    virtual void on_text(std::string_view payload) = 0;
    virtual void on_binary(std::string_view payload) = 0;
    // This message came sooner than its connection may speak, and is dropped. After what time the
    // next one would be taken.
    virtual void on_rate_limited(std::string_view payload,
                                 std::chrono::nanoseconds retry_after) = 0;
    // Frames of that feed were dropped before they were sent. True: the handler has dealt with it
    // (skip_to_end(), or hold() until it does); false: the connection is cut off with 4009. No
    // other feed, member or connection may be touched from here.
    [[nodiscard]] virtual bool on_lost(feed::Subscription& subscription) = 0;
    // False: there is no room for a message now. What the peer sends stays in its socket, and the
    // question comes again after kRetryDelay.
    [[nodiscard]] virtual bool wants_input() const = 0;
    // The server is going away. How long the connection may stay to bring to an end what is under
    // way; then it is closed with 1001.
    [[nodiscard]] virtual std::chrono::milliseconds on_drain() {
        return std::chrono::milliseconds(0);
    }
    virtual void on_closed() = 0;
};

// What a Responder stands for; implemented by the HTTP session.
class ResponseTarget {
  public:
    virtual ~ResponseTarget() = default;
    virtual void respond(HttpResponse response) = 0;
    virtual void upgrade(std::unique_ptr<WsHandler> handler, std::string subprotocol) = 0;
    virtual void drop() = 0;
    // Runs the task on the session's loop.
    virtual void run_on_loop(std::function<void()> task) = 0;
    [[nodiscard]] virtual bool on_loop() const = 0;
};

class Responder {
  public:
    explicit Responder(std::shared_ptr<ResponseTarget> target) : target_(std::move(target)) {}
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&&) = delete;  // it would drop a request unanswered
    ~Responder();

    // Any thread.
    void respond(HttpResponse response);
    // Answers 101; on the loop's thread only. The request must have passed upgrade_refusal().
    void upgrade(std::unique_ptr<WsHandler> handler, std::string subprotocol);

  private:
    std::shared_ptr<ResponseTarget> target_;
};

class HttpHandler {
  public:
    virtual ~HttpHandler() = default;
    virtual void on_request(HttpRequest request, Responder responder) = 0;
    // The body of an answer that the HTTP layer gives by itself.
    [[nodiscard]] virtual HttpResponse on_refusal(Refusal refusal, std::string_view request_id) = 0;
};

}  // namespace confab::net
