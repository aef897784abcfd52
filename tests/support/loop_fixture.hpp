// A loop that runs in a thread of its own with one listener, and a plain client for it.
// Thread: the test's; LoopFixture::run() carries a task over to the loop and waits for it.
// Owns:   the loop, its thread and the listener; stopped when the fixture ends.
// Limits: a client waits at most kClientTimeout for an answer.
// Invariant: the loop's deadlines follow the ManualClock, not the time that passes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "log/log.hpp"
#include "net/listener.hpp"
#include "net/listening_socket.hpp"
#include "support/manual_clock.hpp"

namespace confab::test {

inline constexpr int kClientTimeoutSeconds = 20;

// A blocking TCP client.
class Client {
  public:
    explicit Client(std::uint16_t port, int receive_buffer = 0) {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (receive_buffer > 0) {
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        const timeval timeout{kClientTimeoutSeconds, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    ~Client() { ::close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    // Closing resets the connection.
    void reset() const {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    // Everything up to and with `end`; what came after it stays for the next call.
    std::string read_until(std::string_view end) {
        std::size_t found = 0;
        while ((found = pending_.find(end)) == std::string::npos) {
            if (!receive()) return std::exchange(pending_, {}) + "(end)";
        }
        return take(found + end.size());
    }
    std::string read_exactly(std::size_t size) {
        while (pending_.size() < size) {
            if (!receive()) return std::exchange(pending_, {}) + "(end)";
        }
        return take(size);
    }
    std::string read_to_end() {
        while (receive()) {
        }
        return std::exchange(pending_, {});
    }

  private:
    bool receive() {
        char buffer[4096];
        ssize_t got = 0;
        // A ring that this thread has closed may interrupt it a little later.
        do {
            got = ::recv(fd_, buffer, sizeof buffer, 0);
        } while (got < 0 && errno == EINTR);
        if (got <= 0) return false;
        pending_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    std::string take(std::size_t size) {
        std::string out = pending_.substr(0, size);
        pending_.erase(0, size);
        return out;
    }
    int fd_;
    std::string pending_;
};

class LoopFixture : public ::testing::Test {
  protected:
    // `handler` must outlive the loop: declare it in the test's fixture, call start() from its
    // constructor and stop() from its destructor.
    void start(net::HttpHandler& handler, std::size_t connections_max = 100) {
        admission_.emplace(clock_, connections_max, 2);
        loop_.emplace(0, clock_, metrics_);
        context_.emplace(net::ConnectionContext{*loop_, handler, options_, *admission_, logger_});
        auto socket = net::ListeningSocket::open(*ListenAddress::parse("127.0.0.1:0"), {});
        ASSERT_TRUE(socket);
        port_ = socket->address().port;
        listener_.emplace(*context_, socket->release());
        listener_->start();
        thread_ = std::thread([this] { loop_->run(); });
    }
    void stop() {
        if (!thread_.joinable()) return;
        loop_->stop();
        thread_.join();
        listener_.reset();
        loop_.reset();
    }

    void run(std::function<void()> task) {
        std::promise<void> done;
        loop_->post([&] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }
    // Waits until the condition holds on the loop.
    bool eventually(const std::function<bool()>& condition) {
        const auto deadline =
            std::chrono::steady_clock::now() + std::chrono::seconds(kClientTimeoutSeconds);
        bool holds = false;
        while (!holds && std::chrono::steady_clock::now() < deadline) {
            run([&] { holds = condition(); });
        }
        return holds;
    }

    ManualClock clock_;
    metrics::Shard metrics_;
    log::Logger logger_{{.level = log::Level::off}};
    net::NetOptions options_;
    std::optional<net::Admission> admission_;
    std::optional<net::Loop> loop_;
    std::optional<net::ConnectionContext> context_;
    std::optional<net::Listener> listener_;
    std::thread thread_;
    std::uint16_t port_ = 0;
};

}  // namespace confab::test
