// FakeTransmitter: takes what a test wants taken, through sendmsg or not at all, and counts.
// Thread: one.
// Owns:   nothing; what it saw is written to a Log that must outlive it.
// Limits: none.
// Invariant: without a plan it sends everything.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "net/batch_sender.hpp"

namespace confab::test {

class FakeTransmitter final : public net::Transmitter {
  public:
    struct Log {
        std::vector<std::size_t> batches;  // how many sends each had
        std::size_t sends = 0;
        std::string text;         // what the sends had in them, one behind the other
        bool to_sockets = false;  // else nothing leaves
        // How many bytes of a send to take, or -errno; null: all.
        std::function<int(const net::Send&, std::size_t bytes)> plan;
    };

    explicit FakeTransmitter(Log& log) : log_(log) {}

    void transmit(std::span<net::Send> sends) override {
        log_.batches.push_back(sends.size());
        for (net::Send& send : sends)
            transmit(send);
    }
    [[nodiscard]] std::string_view name() const override { return "fake"; }
    [[nodiscard]] metrics::Id counter() const override { return metrics::Id::sends_sendmsg; }

  private:
    void transmit(net::Send& send) {
        ++log_.sends;
        std::string text;
        for (std::size_t i = 0; i < send.part_count; ++i) {
            text.append(static_cast<const char*>(send.parts[i].iov_base), send.parts[i].iov_len);
        }
        log_.text += text;
        const int all = static_cast<int>(text.size());
        send.result = log_.plan ? std::min(log_.plan(send, text.size()), all) : all;
        if (!log_.to_sockets || send.result <= 0) return;
        const auto taken = static_cast<std::size_t>(send.result);
        const ssize_t sent = ::send(send.socket, text.data(), taken, MSG_DONTWAIT | MSG_NOSIGNAL);
        send.result = sent < 0 ? -errno : static_cast<int>(sent);
    }

    Log& log_;
};

}  // namespace confab::test
