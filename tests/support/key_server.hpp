// KeyServer: a small HTTP/1.1 server on 127.0.0.1 that publishes whatever a test wants.
// Thread: all functions from any thread; connections are served one after the other.
// Owns:   a listening socket, its thread and the answer.
// Limits: requests of at most 8 KiB; for tests.
// Invariant: requests() counts a request before any byte of its answer is sent.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace confab::test {

class KeyServer {
  public:
    explicit KeyServer(std::string body = {}) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
            ::getsockname(listener_, generic, &size) != 0) {
            throw std::runtime_error("no socket to listen on");
        }
        port_ = ntohs(address.sin_port);
        publish(std::move(body));
        thread_ = std::thread([this] { serve(); });
    }
    ~KeyServer() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    KeyServer(const KeyServer&) = delete;
    KeyServer& operator=(const KeyServer&) = delete;

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/keys";
    }

    // From the next request on: 200 with this body and these further header lines.
    void publish(std::string body, const std::string& headers = {}) {
        answer_with("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " +
                    std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    }
    // The bytes of the answer as they are.
    void answer_with(std::string answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    // Requests are taken, but not answered until release().
    void hold() {
        const std::lock_guard lock(mutex_);
        held_ = true;
    }
    void release() {
        {
            const std::lock_guard lock(mutex_);
            held_ = false;
        }
        changed_.notify_all();
    }

    [[nodiscard]] int requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    [[nodiscard]] std::string last_request() const {
        const std::lock_guard lock(mutex_);
        return last_request_;
    }
    // Whether so many requests have come or come within this time.
    [[nodiscard]] bool wait_for_requests(
        int count, std::chrono::milliseconds within = std::chrono::seconds(10)) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, within, [&] { return requests_ >= count; });
    }

  private:
    void serve() {
        while (true) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) return;
            serve(socket);
            ::close(socket);
        }
    }
    void serve(int socket) {
        std::string request;
        while (request.find("\r\n\r\n") == std::string::npos && request.size() < 8192) {
            char buffer[2048];
            const auto size = ::recv(socket, buffer, sizeof buffer, 0);
            if (size <= 0) return;
            request.append(buffer, static_cast<std::size_t>(size));
        }
        std::unique_lock lock(mutex_);
        ++requests_;
        last_request_ = request;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !held_ || stopping_; });
        const std::string answer = answer_;
        lock.unlock();
        for (std::size_t sent = 0; sent < answer.size();) {
            const auto size =
                ::send(socket, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) return;
            sent += static_cast<std::size_t>(size);
        }
        // Closing with unread bytes would send a reset and could take the answer away.
        ::shutdown(socket, SHUT_WR);
        char rest[256];
        while (::recv(socket, rest, sizeof rest, 0) > 0) {
        }
    }

    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::string answer_;
    std::string last_request_;
    int requests_ = 0;
    bool held_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace confab::test
