// GatewayLine: a connection in memory: a client's bytes in, what the server would send out. Between
// its outbox and the client there is a socket that takes as much as it is told to.
// Thread: one.
// Owns:   its readers, its outbox, and its handler until the turn in which it stops being open.
// Limits: the readers' and the feeds'.
// Invariant: it keeps the promises of net to a WsHandler, and checks that they are not abused.
#pragma once

#include <algorithm>
#include <array>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.hpp"
#include "api/router.hpp"
#include "net/handler.hpp"
#include "net/http_message.hpp"
#include "net/http_reader.hpp"
#include "net/outbox.hpp"
#include "support/fuzz_check.hpp"
#include "ws/extensions.hpp"
#include "ws/inflater.hpp"
#include "ws/message_reader.hpp"

namespace confab::test {

class GatewayLine final : public net::ResponseTarget,
                          public net::WsConnection,
                          private net::Outbox,
                          private ws::MessageReader::Handler,
                          public std::enable_shared_from_this<GatewayLine> {
  public:
    static constexpr net::HttpReader::Limits kHttpLimits{.header_bytes_max = 2048,
                                                         .header_fields_max = 16,
                                                         .target_bytes_max = 1024,
                                                         .body_bytes_max = 128};
    static constexpr ws::MessageReader::Options kWsOptions{.message_bytes_max = 300,
                                                           .fragments_max = 4};

    // `joined` is called right after the handler has been opened.
    GatewayLine(const api::Router& router, ws::Inflater& inflater,
                std::function<void(GatewayLine&)> joined)
        : router_(router),
          inflater_(inflater),
          joined_(std::move(joined)),
          http_(kHttpLimits),
          ws_(kWsOptions) {}

    void receive(std::string_view bytes) {
        if (!handler_) return receive_http(bytes);
        // As a socket: while there is no room for a message, bytes wait in it.
        waiting_ += bytes;
        read_on();
    }
    void read_on() {
        if (handler_ && state_ == State::open && !handler_->wants_input()) return;
        receive_ws(std::exchange(waiting_, {}));
    }
    void cut() { state_ = State::ended; }
    // The socket takes so many bytes more; from then on it is full until it is told again.
    void set_room(std::size_t bytes) {
        room_in_socket_ = bytes;
        dirty_ = true;
    }
    // The end of a turn: what is owed goes out, and whoever is not open any more is told so.
    void turn_ends() {
        if (std::exchange(dirty_, false)) transmit();
        if (state_ == State::open || !handler_) return;
        const auto handler = std::move(handler_);
        handler->on_closed();
    }

    [[nodiscard]] bool wants_turn() const { return dirty_; }
    // The client takes nothing now.
    [[nodiscard]] bool is_stalled() const { return room_in_socket_ == 0; }
    [[nodiscard]] bool is_open() const { return handler_ && state_ == State::open; }
    [[nodiscard]] bool is_http() const { return !upgraded_; }
    // Everything that was owed is sent. One that was closed is owed what there was until then.
    [[nodiscard]] bool owes_nothing() {
        if (owes()) return false;
        FUZZ_CHECK(state_ != State::closed || !upgraded_ || sent_ == whole_);
        return true;
    }
    // Frames and HTTP answers, as they would go over the wire.
    [[nodiscard]] const std::string& sent() const { return sent_; }
    [[nodiscard]] const std::string& answers() const { return answers_; }
    // The room that was asked for when it was upgraded.
    [[nodiscard]] const std::string& room() const { return room_; }
    // The time when its room knew of it; 0 while it does not.
    std::int64_t member_since = 0;
    // The texts that the handler took while it was open.
    [[nodiscard]] const std::vector<std::string>& said() const { return said_; }

    // net::ResponseTarget
    void respond(net::HttpResponse response) override {
        FUZZ_CHECK(std::exchange(answer_owed_, false));
        const bool close = response.close || !keep_alive_;
        const std::string wire = serialize(response, http_version_, !close, head_);
        check_answer(wire, response);
        answers_ += wire;
        if (close) state_ = State::ended;
    }
    void upgrade(std::unique_ptr<net::WsHandler> handler, std::string subprotocol) override {
        FUZZ_CHECK(std::exchange(answer_owed_, false));
        answers_ += "101\n";
        if (!subprotocol.empty()) {
            FUZZ_CHECK(subprotocol == "confab.v2");  // what it says is no business of this world
            state_ = State::ended;
            return;
        }
        upgraded_ = true;
        handler_ = std::move(handler);
        handler_->on_open(*this);
        if (joined_) joined_(*this);
    }
    void drop() override { FUZZ_CHECK(answer_owed_ && false); }  // every request has an answer
    void run_on_loop(std::function<void()> task) override { task(); }
    [[nodiscard]] bool on_loop() const override { return true; }

    // net::WsConnection
    [[nodiscard]] bool has_room_for(std::size_t) override { return true; }
    void send(const SharedBytes& frame) override {
        FUZZ_CHECK(handler_ != nullptr);  // never after on_closed()
        if (state_ != State::open) return;
        push_always(frame);
        dirty_ = true;
    }
    void close(ws::CloseCode code, std::string_view reason) override {
        FUZZ_CHECK(handler_ != nullptr);
        if (state_ != State::open) return;
        const SharedBytes last = ws::encode_close(code, reason);
        whole_ = sent_ + owed_now() + std::string(last.view());
        seal();
        push_close(last);
        state_ = State::closed;
        dirty_ = true;
    }
    [[nodiscard]] feed::Reader& reader() override { return *this; }
    void close_at(WallTime, ws::CloseCode, std::string_view) override {}
    void close_in(std::chrono::milliseconds, ws::CloseCode, std::string_view) override {}

  private:
    enum class State { open, closed, ended };

    void receive_http(std::string_view bytes) {
        using Phase = net::HttpReader::Phase;
        if (state_ != State::open || upgraded_) return;
        http_.feed(bytes);
        while (http_.phase() == Phase::complete && state_ == State::open) {
            auto taken = http_.take();
            keep_alive_ = taken.keep_alive;
            http_version_ = taken.http_version;
            head_ = taken.head;
            net::HttpRequest request(std::move(taken.message));
            request.id = "request-1";
            request.peer_address = "127.0.0.1";
            room_ = net::query_value(request.query(), "room").value_or("general");
            agree(request);
            answer_owed_ = true;
            router_.dispatch(std::move(request), net::Responder(shared_from_this()));
            FUZZ_CHECK(!answer_owed_);
            if (handler_) return receive(http_.take_rest());
            http_.feed({});
        }
        if (http_.phase() == Phase::refused && state_ == State::open) {
            answer_owed_ = true;
            auto response = api::problem(http_.refusal(), "request-1");
            response.close = true;
            head_ = false;
            respond(std::move(response));
        }
    }

    // feed::Reader
    void on_feed() override { dirty_ = dirty_ || room_in_socket_ > 0; }
    void on_feed_full() override { transmit(); }
    void on_cut_off() override { FUZZ_CHECK(false); }  // that needs more than all lines can hold

    std::string owed_now() {
        std::vector<iovec> parts(1000);
        std::string bytes;
        parts.resize(gather(parts));
        FUZZ_CHECK(parts.size() < 1000);
        for (const iovec& part : parts)
            bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
        return bytes;
    }
    void transmit() {
        std::array<iovec, 4> parts;
        while (state_ != State::ended && room_in_socket_ > 0) {
            mind_what_was_lost();
            const std::size_t filled = gather(parts);
            if (filled == 0) return;
            std::size_t taken = 0;
            for (const iovec& part : std::span(parts).first(filled)) {
                const std::size_t mine = std::min(part.iov_len, room_in_socket_ - taken);
                sent_.append(static_cast<const char*>(part.iov_base), mine);
                taken += mine;
            }
            consume(taken);
            if (room_in_socket_ != SIZE_MAX) room_in_socket_ -= taken;
        }
    }
    void mind_what_was_lost() {
        if (state_ != State::open || !handler_) return;
        feed::Subscription* const gap = lost();
        if (gap == nullptr) return;
        FUZZ_CHECK(!handler_->on_lost(*gap));  // protocol v1 ends the connection
        drop_unstarted();
        close(ws::CloseCode::too_slow, "reading too slowly");
    }

    // permessage-deflate, as a session does it that may.
    void agree(net::HttpRequest& request) {
        const std::string field = request.joined_header("Sec-WebSocket-Extensions");
        const auto offers = ws::parse_extensions(field);
        const auto agreement = offers ? ws::negotiate_deflate(*offers) : std::nullopt;
        if (!agreement) return;
        request.deflate_window_bits = agreement->server_window_bits;
        ws_ = ws::MessageReader(kWsOptions, &inflater_);
    }

    void receive_ws(std::string bytes) {
        if (state_ != State::open || bytes.empty()) return;
        if (const auto failure = ws_.feed(bytes, *this)) {
            if (handler_) close(failure->code, failure->reason);
        }
    }

    // What a client makes of the answer is what was meant, whatever is in it.
    void check_answer(const std::string& wire, const net::HttpResponse& response) const {
        namespace http = boost::beast::http;
        http::response_parser<http::string_body> parser;
        parser.eager(true);
        parser.skip(head_);
        parser.body_limit(boost::none);
        boost::system::error_code error;
        const std::size_t used = parser.put(boost::asio::buffer(wire), error);
        FUZZ_CHECK(!error && parser.is_done() && used == wire.size());
        FUZZ_CHECK(parser.get().result_int() == response.status);
        const auto body = response.shared_body.empty() ? std::string_view(response.body)
                                                       : response.shared_body.view();
        FUZZ_CHECK(head_ || parser.get().body() == body);
        for (const auto& [name, value] : response.headers)
            FUZZ_CHECK(parser.get().count(name) > 0);
    }

    // ws::MessageReader::Handler
    bool on_message(ws::Opcode kind, std::string_view payload) override {
        if (state_ != State::open) return true;
        if (kind == ws::Opcode::text) {
            handler_->on_text(payload);
            // A closed one was refused what it said.
            if (state_ == State::open && !payload.empty()) said_.emplace_back(payload);
        } else {
            handler_->on_binary(payload);
            FUZZ_CHECK(state_ != State::open);  // protocol v1 is text
        }
        return state_ != State::ended;
    }
    bool on_ping(std::string_view payload) override {
        if (state_ == State::open) send(ws::encode_frame(ws::Opcode::pong, payload));
        return true;
    }
    bool on_pong(std::string_view) override { return true; }
    bool on_close(std::optional<std::uint16_t> code, std::string_view) override {
        if (state_ == State::open)
            close(code ? ws::CloseCode{*code} : ws::CloseCode::no_status, {});
        return false;
    }

    const api::Router& router_;
    ws::Inflater& inflater_;
    const std::function<void(GatewayLine&)> joined_;
    net::HttpReader http_;
    ws::MessageReader ws_;
    std::unique_ptr<net::WsHandler> handler_;
    State state_ = State::open;
    std::size_t room_in_socket_ = SIZE_MAX;
    std::string waiting_;
    std::string sent_;
    std::string whole_;  // what sent_ is in the end, once it was closed
    std::string room_;
    std::string answers_;
    std::vector<std::string> said_;
    unsigned http_version_ = 11;
    bool dirty_ = false;  // there may be something to send at the end of the turn
    bool keep_alive_ = true;
    bool head_ = false;
    bool answer_owed_ = false;
    bool upgraded_ = false;
};

}  // namespace confab::test
