// QuotaTable: what all connections of one address, or of one user, share: their number and rates.
// Thread: any, concurrently. A mutex of one shard is held while a place is taken or given back; the
//         rate of a message or a read is asked of the lease, without any lock.
// Owns:   one entry for each key that has connections, or has had them a short while ago.
// Limits: entries without connections: Options::idle_max; more: the one idle longest is forgotten,
//         and counted. Those with connections are as many as connections are: nothing is refused
//         because the table is full.
// Invariants: (1) a key has at most Limits::connections leases. (2) who goes and comes back finds
//             the rates where they were: an entry stays until its buckets are full again. (3) all
//             leases end before the table does (asserted).
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/rate_bucket.hpp"
#include "base/shared_bytes.hpp"

namespace confab {

class QuotaTable {
    struct Shard;

    struct Entry : boost::intrusive::list_base_hook<> {
        std::uint32_t connections = 0;
        RateBucket connects;
        RateBucket messages;
        RateBucket reads;
        const SharedBytes* key = nullptr;  // of the map that holds this entry

        [[nodiscard]] bool is_full(SteadyTime now) const {
            return connects.is_full(now) && messages.is_full(now) && reads.is_full(now);
        }
    };

  public:
    struct Options {
        std::size_t idle_max = kQuotaIdleMax;
    };

    struct Limits {
        std::uint32_t connections = 1;
        Rate connects = Rate::unlimited;  // attempts, of which those that are refused are not
    };

    // One connection's place. Ends: the place is free.
    class Lease {
      public:
        Lease(Lease&& other) noexcept
            : table_(std::exchange(other.table_, nullptr)),
              shard_(other.shard_),
              entry_(other.entry_) {}
        Lease& operator=(Lease&& other) noexcept;
        ~Lease() { give_back(); }

        // Shared with all connections of the key; may be used by several loops at once.
        [[nodiscard]] RateBucket& messages() const { return entry_->messages; }
        [[nodiscard]] RateBucket& reads() const { return entry_->reads; }

      private:
        friend QuotaTable;
        Lease(QuotaTable& table, Shard& shard, Entry& entry)
            : table_(&table), shard_(&shard), entry_(&entry) {}
        void give_back();

        QuotaTable* table_;
        Shard* shard_;
        Entry* entry_;
    };

    enum class Refusal : std::uint8_t { none, too_many, too_fast };

    struct Admission {
        std::optional<Lease> lease;
        Refusal refusal = Refusal::none;
        std::chrono::nanoseconds retry_after{0};  // too_fast
    };

    explicit QuotaTable(const Clock& clock) : QuotaTable(clock, Options{}) {}
    QuotaTable(const Clock& clock, Options options);
    ~QuotaTable();
    QuotaTable(const QuotaTable&) = delete;
    QuotaTable& operator=(const QuotaTable&) = delete;

    // A key is a user id, or address_prefix() of an address.
    [[nodiscard]] Admission acquire(const SharedBytes& key, const Limits& limits);

    [[nodiscard]] std::size_t entries() const;
    // Entries forgotten before their buckets were full.
    [[nodiscard]] std::uint64_t evictions() const;

  private:
    struct ByContent {
        bool operator()(const SharedBytes& a, const SharedBytes& b) const {
            return a.view() < b.view();
        }
    };
    struct alignas(64) Shard {
        mutable std::mutex mutex;  // guards all below
        // A tree: its worst case cannot be provoked by choosing keys.
        std::map<SharedBytes, Entry, ByContent> entries;
        boost::intrusive::list<Entry> idle;  // of entries without connections, idle longest first
        std::uint64_t evictions = 0;
    };

    [[nodiscard]] Shard& shard_of(const SharedBytes& key);
    [[nodiscard]] static Entry& entry_of(Shard& shard, const SharedBytes& key);
    void release(Shard& shard, Entry& entry);
    void park(Shard& shard, Entry& entry, SteadyTime now);
    static void sweep(Shard& shard, SteadyTime now);
    static void erase(Shard& shard, Entry& entry);

    const Clock& clock_;
    const std::size_t idle_max_per_shard_;
    std::vector<Shard> shards_ = std::vector<Shard>(kQuotaShards);
};

}  // namespace confab
