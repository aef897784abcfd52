// Directory: the connections of one loop, by a number that others may hold on to.
// Thread: its loop.
// Owns:   the numbers, not the connections.
// Limits: as many as connections are.
// Invariant: a number is never used again: one that is held too long finds nobody.
#pragma once

#include <cstdint>
#include <vector>

#include "base/assert.hpp"

namespace confab::chat {

class Caller;

class Directory {
  public:
    // Never 0.
    [[nodiscard]] std::uint64_t add(Caller& caller) {
        if (free_ == kNone) {
            free_ = static_cast<std::uint32_t>(slots_.size());
            slots_.emplace_back();
        }
        const std::uint32_t index = free_;
        Slot& slot = slots_[index];
        free_ = slot.next_free;
        slot.caller = &caller;
        return number_of(index, slot);
    }
    void remove(std::uint64_t number) {
        CONFAB_ASSERT(find(number) != nullptr);
        const std::uint32_t index = index_of(number);
        Slot& slot = slots_[index];
        slot.caller = nullptr;
        ++slot.uses;
        slot.next_free = free_;
        free_ = index;
    }
    // Null: it has gone.
    [[nodiscard]] Caller* find(std::uint64_t number) const {
        const std::uint32_t index = index_of(number);
        if (index >= slots_.size() || number_of(index, slots_[index]) != number) return nullptr;
        return slots_[index].caller;
    }
    // Calls `visit` for each; it must not add or remove any.
    template <class Visit>
    void each(const Visit& visit) const {
        for (const Slot& slot : slots_) {
            if (slot.caller != nullptr) visit(*slot.caller);
        }
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    struct Slot {
        Caller* caller = nullptr;
        std::uint32_t uses = 1;
        std::uint32_t next_free = kNone;
    };

    [[nodiscard]] static std::uint64_t number_of(std::uint32_t index, const Slot& slot) {
        return std::uint64_t{slot.uses} << 32 | index;
    }
    [[nodiscard]] static std::uint32_t index_of(std::uint64_t number) {
        return static_cast<std::uint32_t>(number);
    }

    std::vector<Slot> slots_;
    std::uint32_t free_ = kNone;
};

}  // namespace confab::chat
