#include "base/quota_table.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "base/assert.hpp"

namespace confab {
namespace {

// More than one, so that what is left behind goes faster than new entries come.
constexpr int kSweptPerCall = 4;

}  // namespace

QuotaTable::Lease& QuotaTable::Lease::operator=(Lease&& other) noexcept {
    if (this != &other) {
        give_back();
        table_ = std::exchange(other.table_, nullptr);
        shard_ = other.shard_;
        entry_ = other.entry_;
    }
    return *this;
}

void QuotaTable::Lease::give_back() {
    if (auto* table = std::exchange(table_, nullptr)) table->release(*shard_, *entry_);
}

QuotaTable::QuotaTable(const Clock& clock, Options options)
    : clock_(clock),
      idle_max_per_shard_(std::max<std::size_t>(options.idle_max / kQuotaShards, 1)) {}

QuotaTable::~QuotaTable() {
    for (auto& shard : shards_) {
        CONFAB_ASSERT(shard.idle.size() == shard.entries.size());
        shard.idle.clear();
    }
}

QuotaTable::Admission QuotaTable::acquire(const SharedBytes& key, const Limits& limits) {
    const auto now = clock_.steady_now();
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    sweep(shard, now);
    auto& entry = entry_of(shard, key);
    if (entry.is_linked()) shard.idle.erase(shard.idle.iterator_to(entry));
    Admission admission;
    if (!entry.connects.take(now, limits.connects)) {
        admission.refusal = Refusal::too_fast;
        admission.retry_after = entry.connects.retry_after(now, limits.connects);
    } else if (entry.connections >= limits.connections) {
        admission.refusal = Refusal::too_many;
    } else {
        ++entry.connections;
        admission.lease = Lease(*this, shard, entry);
    }
    if (entry.connections == 0) park(shard, entry, now);
    return admission;
}

std::size_t QuotaTable::entries() const {
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        count += shard.entries.size();
    }
    return count;
}

std::uint64_t QuotaTable::evictions() const {
    std::uint64_t count = 0;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        count += shard.evictions;
    }
    return count;
}

QuotaTable::Shard& QuotaTable::shard_of(const SharedBytes& key) {
    return shards_.at(std::hash<std::string_view>{}(key.view()) % kQuotaShards);
}

QuotaTable::Entry& QuotaTable::entry_of(Shard& shard, const SharedBytes& key) {
    const auto found = shard.entries.find(key);
    if (found != shard.entries.end()) return found->second;
    const auto made = shard.entries.try_emplace(key).first;
    made->second.key = &made->first;
    return made->second;
}

void QuotaTable::release(Shard& shard, Entry& entry) {
    const auto now = clock_.steady_now();
    const std::lock_guard lock(shard.mutex);
    CONFAB_ASSERT(entry.connections > 0);
    if (--entry.connections == 0) park(shard, entry, now);
}

// The last connection is gone: the entry is kept for what its buckets remember, if anything.
void QuotaTable::park(Shard& shard, Entry& entry, SteadyTime now) {
    if (entry.is_full(now)) return erase(shard, entry);
    if (shard.idle.size() >= idle_max_per_shard_) {
        auto& oldest = shard.idle.front();
        if (!oldest.is_full(now)) ++shard.evictions;
        shard.idle.pop_front();
        erase(shard, oldest);
    }
    shard.idle.push_back(entry);
}

void QuotaTable::sweep(Shard& shard, SteadyTime now) {
    for (int i = 0; i < kSweptPerCall && !shard.idle.empty(); ++i) {
        auto& oldest = shard.idle.front();
        if (!oldest.is_full(now)) return;
        shard.idle.pop_front();
        erase(shard, oldest);
    }
}

void QuotaTable::erase(Shard& shard, Entry& entry) {
    shard.entries.erase(shard.entries.find(*entry.key));
}

}  // namespace confab
