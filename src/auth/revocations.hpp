// Revocations: which sessions have ended before their access tokens, to be asked on every request.
// Thread: any. is_revoked(), add() and since() hold a mutex briefly; catch_up() blocks on the
//         store, so only on a worker or at start.
// Owns:   the ids, about 200 bytes for each.
// Limits: ids_max ids. When full, the one that ended first is forgotten early (its access token
//         counts again until it expires) and take_dropped() tells; the newest are always exact. A
//         token_ttl that was longer before the last start is not known here. The last
//         kRevocationsRecent are also known in their order.
// Invariants: (1) what add() was given is_revoked() from then on, until token_ttl and
//             kRevocationSlack after its end: by then its last access token has expired.
//             (2) catch_up() misses no revocation of the store that became visible within
//             kRevocationSlack of its own time, nor any when the clock was set back by more.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "auth/refresh_family.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace confab::auth {

class Revocations {
  public:
    struct Options {
        std::chrono::seconds token_ttl = kAccessTokenTtl;  // of the longest-lived access token
        std::size_t ids_max = kRevocationsMax;
        std::size_t page = kRevocationsPage;  // asked for at once; at least 1
    };

    explicit Revocations(Options options) : options_(options) {}

    [[nodiscard]] bool is_revoked(std::string_view session_id) const;

    // `at` is when the session ended. An empty id is no session; a known one keeps its time.
    void add(std::string_view session_id, WallTime at);

    // Adds what the store has had revoked since the last time (the first time: everything that
    // can still matter) and forgets what no longer does. For a revocation just made pass the time
    // it was made with as `now`. Errors: those of the store; the next call then asks again.
    [[nodiscard]] Result<void> catch_up(RefreshStore& store, WallTime now);

    // How many were ever added: without a lock, to see that there is nothing new.
    [[nodiscard]] std::uint64_t added() const { return added_.load(std::memory_order_acquire); }
    struct News {
        std::uint64_t added;  // what to ask with the next time
        bool complete;        // false: there were more than are known in order
        std::vector<std::string> session_ids;
    };
    // What was added since added() was `mark`.
    [[nodiscard]] News since(std::uint64_t mark) const;

    [[nodiscard]] std::size_t size() const;
    // How many ids were forgotten early since the last call.
    [[nodiscard]] std::uint64_t take_dropped();

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };

    [[nodiscard]] WallTime horizon(WallTime now) const;
    [[nodiscard]] WallTime first_to_ask_for(WallTime now) const;
    [[nodiscard]] bool forget_some(WallTime before);
    void forget_oldest();

    const Options options_;
    std::atomic<std::uint64_t> added_ = 0;  // changed under the mutex
    mutable std::mutex mutex_;              // guards everything below
    std::deque<std::string> recent_;        // the last of added_, oldest first
    std::unordered_set<std::string, Hash, std::equal_to<>> ids_;
    std::set<std::pair<WallTime, std::string_view>> by_time_;  // the same ids: views into ids_
    std::optional<WallTime> last_;  // the time of the last successful catch_up()
    std::uint64_t dropped_ = 0;
};

}  // namespace confab::auth
