// Requests and responders for tests of what stands above `net`: no socket, no loop.
// Thread: one.
// Owns:   the answer that was given.
// Limits: none.
// Invariant: a request made here went through the same reader as one from a socket.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "net/handler.hpp"
#include "net/http_message.hpp"
#include "net/http_reader.hpp"

namespace confab::test {

inline net::HttpRequest make_request(const std::string& head, const std::string& body = {}) {
    static const net::HttpReader::Limits limits;
    net::HttpReader reader(limits);
    reader.feed(head + "\r\nHost: test\r\n");
    if (!body.empty()) reader.feed("Content-Length: " + std::to_string(body.size()) + "\r\n");
    reader.feed("\r\n" + body);
    EXPECT_EQ(reader.phase(), net::HttpReader::Phase::complete) << head;
    net::HttpRequest request(reader.take().message);
    request.id = "test-1";
    request.peer_address = "127.0.0.1";
    request.peer_is_loopback = true;
    return request;
}

// Keeps what a Responder was told.
class Answer final : public net::ResponseTarget {
  public:
    void respond(net::HttpResponse given) override { response = std::move(given); }
    void upgrade(std::unique_ptr<net::WsHandler> given, std::string) override {
        handler = std::move(given);
    }
    void drop() override { dropped = true; }
    void run_on_loop(std::function<void()> task) override { task(); }
    [[nodiscard]] bool on_loop() const override { return true; }

    [[nodiscard]] std::string header(std::string_view name) const {
        for (const auto& [key, value] : response->headers) {
            if (key == name) return value;
        }
        return {};
    }

    std::optional<net::HttpResponse> response;
    std::unique_ptr<net::WsHandler> handler;
    bool dropped = false;
};

}  // namespace confab::test
