// What every connection of one loop shares, and the slot it takes of the process-wide cap.
// Thread: ConnectionCap is shared by all loops (atomic); the rest belongs to one loop.
// Owns:   a Slot owns one place under the cap and gives it back when it ends.
// Limits: ConnectionCap::max.
// Invariant: the number of slots alive never exceeds max.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "net/handler.hpp"
#include "net/http_reader.hpp"
#include "net/loop.hpp"
#include "net/outbox.hpp"
#include "net/ws_deadlines.hpp"
#include "ws/message_reader.hpp"

namespace confab::net {

class ConnectionCap {
  public:
    explicit ConnectionCap(std::size_t max) : max_(max) {}

    class Slot {
      public:
        explicit Slot(ConnectionCap& cap) : cap_(&cap) {}
        Slot(Slot&& other) noexcept : cap_(std::exchange(other.cap_, nullptr)) {}
        Slot& operator=(Slot&&) = delete;
        ~Slot() {
            if (cap_ != nullptr) cap_->open_.fetch_sub(1, std::memory_order_relaxed);
        }

      private:
        ConnectionCap* cap_;
    };

    // Nothing when every slot is taken.
    [[nodiscard]] std::optional<Slot> take() {
        if (open_.fetch_add(1, std::memory_order_relaxed) >= max_) {
            open_.fetch_sub(1, std::memory_order_relaxed);
            return std::nullopt;
        }
        return Slot(*this);
    }

  private:
    const std::size_t max_;
    std::atomic<std::size_t> open_{0};
};

struct HttpOptions {
    HttpReader::Limits limits;
    std::chrono::milliseconds header_timeout = kHttpHeaderTimeout;
    std::chrono::milliseconds body_timeout = kHttpBodyTimeout;
    std::chrono::milliseconds keep_alive_timeout = kHttpKeepAliveTimeout;
};

struct WsOptions {
    ws::MessageReader::Options reader{.message_bytes_max = kWsMessageBytesMax,
                                      .fragments_max = kWsFragmentsMax};
    Outbox::Limits outbox{.bytes_max = kOutboxBytesMax, .frames_max = kOutboxFramesMax};
    WsTimeouts timeouts;
};

// One per loop and listener; outlives its connections.
struct ConnectionContext {
    Loop& loop;
    HttpHandler& handler;
    const HttpOptions& http;
    const WsOptions& ws;
    bool draining = false;
};

}  // namespace confab::net
