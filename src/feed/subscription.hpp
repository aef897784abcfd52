// Subscription: one reader's place in one feed: a cursor, and nothing that grows.
// Thread: its loop.
// Owns:   nothing. What was begun and not finished is the reader's to keep, as a Rest.
// Limits: none.
// Invariants: (1) the cursor stands at the border of a frame. (2) it only moves forward.
#pragma once

#include <sys/uio.h>

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "feed/chunk.hpp"

namespace confab::feed {

class Feed;
class Reader;

// What is left of a chunk of which a part was written. It outlives the chunk's place in the feed.
class Rest {
  public:
    Rest() = default;
    Rest(ChunkPtr chunk, std::size_t from)
        : chunk_(std::move(chunk)),
          from_(static_cast<std::uint32_t>(from)),
          to_(static_cast<std::uint32_t>(chunk_->view().size())) {}

    [[nodiscard]] bool empty() const { return !chunk_; }
    [[nodiscard]] std::string_view view() const {
        return chunk_ ? chunk_->view().substr(from_, to_ - from_) : std::string_view{};
    }
    // So many bytes of view() are written.
    void consume(std::size_t bytes) {
        from_ += static_cast<std::uint32_t>(bytes);
        if (from_ == to_) chunk_.reset();
    }
    // The whole chunk, and how much of it is written: for whoever knows where its frames end.
    [[nodiscard]] std::string_view chunk() const {
        return chunk_ ? chunk_->view() : std::string_view{};
    }
    [[nodiscard]] std::size_t written() const { return from_; }
    // Of its loop; not when empty().
    [[nodiscard]] Budget& budget() const { return chunk_->budget(); }
    // Nothing of the chunk beyond `end` is to be written any more.
    void cut_at(std::size_t end) {
        to_ = static_cast<std::uint32_t>(end);
        if (from_ >= to_) chunk_.reset();
    }

  private:
    ChunkPtr chunk_;
    std::uint32_t from_ = 0;
    std::uint32_t to_ = 0;
};

class Subscription : public boost::intrusive::list_base_hook<> {
  public:
    using Hook = boost::intrusive::list_base_hook<>;

    Subscription() = default;
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() { CONFAB_ASSERT(feed_ == nullptr); }

    [[nodiscard]] bool active() const { return feed_ != nullptr; }
    // There is something to read. While it is held: no, whatever comes.
    [[nodiscard]] bool behind() const;
    // The next frame is gone: it fell out of the feed before it was read.
    [[nodiscard]] bool lost() const;
    // What was not read is given up, also while it is held; the next frame is the one to come.
    void skip_to_end();
    // Until release() nothing is read, and the feed's limits go on as with any slow reader.
    void hold() { held_ = true; }
    void release();

    // Describes what is to be read, from the cursor on; returns how many of `parts` are filled.
    [[nodiscard]] std::size_t gather(std::span<iovec> parts) const;
    // The same as references, the whole of it: what a connection that ends is still owed.
    void hand_over(std::vector<Rest>& owed) const;

    // At most `bytes` of what gather() described are written. Returns how many of them this
    // subscription had; when the last chunk was not written whole, its rest is in `rest` and the
    // cursor stands behind it.
    std::size_t advance(std::size_t bytes, Rest& rest);

  private:
    friend class Feed;

    Feed* feed_ = nullptr;
    Reader* reader_ = nullptr;
    std::uint64_t position_ = 0;
    std::uint32_t index_ = 0;  // in the feed's list
    bool held_ = false;
};

}  // namespace confab::feed
