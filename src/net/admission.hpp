// Admission: whether one more connection may come, and what it counts against while it lives.
// Thread: any, concurrently; shared by all loops. The limits are the caller's own copy.
// Owns:   the cap of the process, the rate at which connections come, the addresses they come from.
// Limits: connections_max; refused_max more that are only told why they may not stay; Limits for
//         the rate of the process and for each address.
// Invariants: (1) the number of slots alive never exceeds connections_max. (2) a peer whose word
//             about its clients is taken is not limited itself: its clients are, one by one.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/quota_table.hpp"
#include "base/rate_bucket.hpp"
#include "net/http.hpp"
#include "net/trusted_peers.hpp"

namespace confab::net {

class ConnectionCap {
  public:
    explicit ConnectionCap(std::size_t max) : max_(max) {}

    class Slot {
      public:
        explicit Slot(ConnectionCap& cap) : cap_(&cap) {}
        Slot(Slot&& other) noexcept : cap_(std::exchange(other.cap_, nullptr)) {}
        Slot& operator=(Slot other) noexcept {
            std::swap(cap_, other.cap_);
            return *this;
        }
        ~Slot() {
            if (cap_ != nullptr) cap_->open_.fetch_sub(1, std::memory_order_relaxed);
        }

      private:
        ConnectionCap* cap_;
    };

    void set_max(std::size_t max) { max_.store(max, std::memory_order_relaxed); }
    [[nodiscard]] std::size_t open() const { return open_.load(std::memory_order_relaxed); }

    // Nothing when every slot is taken.
    [[nodiscard]] std::optional<Slot> take() {
        if (open_.fetch_add(1, std::memory_order_relaxed) >= max_.load(std::memory_order_relaxed)) {
            open_.fetch_sub(1, std::memory_order_relaxed);
            return std::nullopt;
        }
        return Slot(*this);
    }

  private:
    std::atomic<std::size_t> max_;
    std::atomic<std::size_t> open_{0};
};

class Admission {
  public:
    struct Limits {
        Rate connects = Rate::unlimited;  // of the process
        QuotaTable::Limits address{.connections = kConnectionsPerAddressMax};
        TrustedPeers trusted;
    };

    // One connection's place. Without a slot it may not stay, for `refusal`; without a slot for
    // being told so either, so many are being refused, it is to be closed at once.
    struct Place {
        [[nodiscard]] bool may_be_told() const { return slot || refused_slot; }

        std::optional<ConnectionCap::Slot> slot;
        std::optional<ConnectionCap::Slot> refused_slot;
        std::optional<QuotaTable::Lease> address;
        Refusal refusal = Refusal::connection_cap;
    };

    Admission(const Clock& clock, std::size_t connections_max, std::size_t refused_max)
        : clock_(clock), cap_(connections_max), refused_(refused_max), addresses_(clock) {}

    void set_connections_max(std::size_t max) { cap_.set_max(max); }
    // Those that have a place, and those that are being told why not.
    [[nodiscard]] std::size_t connections() const { return cap_.open() + refused_.open(); }
    // Rates of addresses forgotten early, to make room.
    [[nodiscard]] std::uint64_t evictions() const { return addresses_.evictions(); }

    [[nodiscard]] Place enter(const Limits& limits, const PeerAddress& peer);

    // It has a slot, and may not keep it.
    void turn_away(Place& place, Refusal why);

    // It has turned out for whom a trusted peer forwards. Without a lease: why not.
    struct AddressLease {
        std::optional<QuotaTable::Lease> lease;
        Refusal refusal = Refusal::address_cap;
    };
    [[nodiscard]] AddressLease enter_address(const Limits& limits,
                                             const boost::asio::ip::address& client);

  private:
    const Clock& clock_;
    ConnectionCap cap_;
    ConnectionCap refused_;
    RateBucket connects_;
    QuotaTable addresses_;
};

}  // namespace confab::net
