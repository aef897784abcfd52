// Chunk: a piece of a feed: whole encoded frames, one behind the other.
// Thread: its loop; the count of references is not atomic.
// Owns:   its bytes; counted in the loop's budget while it lives.
// Limits: its capacity, given when it is made.
// Invariants: (1) what was appended never changes and never moves. (2) it begins and ends at the
//             border of a frame.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include "base/assert.hpp"
#include "feed/budget.hpp"

namespace confab::feed {

class Chunk;
using ChunkPtr = boost::intrusive_ptr<Chunk>;

class Chunk {
  public:
    // `base`: the position of its first byte in the feed.
    [[nodiscard]] static ChunkPtr make(Budget& budget, std::uint64_t base, std::size_t capacity) {
        void* memory = ::operator new(footprint(capacity));
        return ChunkPtr(new (memory) Chunk(budget, base, capacity));
    }
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;

    [[nodiscard]] std::size_t free_bytes() const { return capacity_ - size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    // What it counts for in the budget.
    [[nodiscard]] static std::size_t footprint(std::size_t capacity) {
        return sizeof(Chunk) + capacity;
    }
    [[nodiscard]] Budget& budget() const { return budget_; }
    void append(std::string_view frames) {
        CONFAB_ASSERT(frames.size() <= free_bytes());
        std::memcpy(bytes() + size_, frames.data(), frames.size());
        size_ += static_cast<std::uint32_t>(frames.size());
    }

    [[nodiscard]] std::string_view view() const { return {bytes(), size_}; }
    [[nodiscard]] std::uint64_t base() const { return base_; }
    [[nodiscard]] std::uint64_t end() const { return base_ + size_; }

    // The feed's list, oldest first: the feed holds the first, each chunk the one behind it.
    ChunkPtr next;
    Chunk* previous = nullptr;

  private:
    Chunk(Budget& budget, std::uint64_t base, std::size_t capacity)
        : budget_(budget), base_(base), capacity_(static_cast<std::uint32_t>(capacity)) {
        budget_.take(footprint(capacity_));
    }
    ~Chunk() { budget_.give_back(footprint(capacity_)); }

    [[nodiscard]] char* bytes() { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }

    friend void intrusive_ptr_add_ref(Chunk* chunk) noexcept { ++chunk->references_; }
    friend void intrusive_ptr_release(Chunk* chunk) noexcept {
        if (--chunk->references_ > 0) return;
        chunk->~Chunk();
        ::operator delete(chunk);
    }

    Budget& budget_;
    const std::uint64_t base_;
    const std::uint32_t capacity_;
    std::uint32_t size_ = 0;
    std::uint32_t references_ = 0;
};

}  // namespace confab::feed
