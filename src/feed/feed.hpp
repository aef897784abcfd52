// Feed: the log of what one room sends on one loop: a bounded ring of chunks that many read.
// Thread: its loop.
// Owns:   the chunks between the slowest cursor and the end, and its list of subscriptions.
// Limits: Budget: room_bytes_max for this feed; beyond, its oldest chunk goes. total_bytes_max for
//         all of the loop; beyond, the oldest chunk of the largest feed goes. Whoever had not read
//         it is lost; before that every reader of that feed is asked to read it.
// Invariants: (1) a reader sees the frames appended after its subscription, each once, in order,
//             until it is lost. (2) when every reader has read all, the feed holds no chunk.
//             (3) appending costs the same however many readers are slow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "feed/budget.hpp"
#include "feed/chunk.hpp"
#include "feed/reader.hpp"
#include "feed/subscription.hpp"

namespace confab::feed {

class Feed final : private Budget::Holder {
  public:
    explicit Feed(Budget& budget) : budget_(budget) {}
    ~Feed() override;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    // One whole encoded frame.
    void append(std::string_view frame);

    // Both must stay where they are until unsubscribe().
    void subscribe(Subscription& subscription, Reader& reader);
    void unsubscribe(Subscription& subscription);

    [[nodiscard]] std::size_t subscribers() const { return subscriptions_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    friend class Subscription;

    void make_room(std::size_t capacity);
    void give_way() override;
    void ask_everybody_to_read();
    void announce();
    [[nodiscard]] std::size_t next_capacity(std::size_t frame_bytes) const;
    void add_chunk(std::size_t capacity);
    void set_footprint(std::size_t bytes);
    void evict_oldest();
    void drop_chunks();
    void caught_up();
    void move(std::uint32_t from, std::uint32_t to);
    [[nodiscard]] Chunk& chunk_at(std::uint64_t position) const;
    // Where the oldest byte stands that can still be read.
    [[nodiscard]] std::uint64_t begin() const { return first_ ? first_->base() : end_; }

    Budget& budget_;
    std::vector<Subscription*> subscriptions_;  // the first told_ know that there is something
    ChunkPtr first_;
    Chunk* last_ = nullptr;
    std::size_t bytes_ = 0;         // capacity of the chunks
    std::size_t footprint_ = 0;     // of the chunks, in the budget
    std::uint64_t end_ = 0;         // position behind the newest byte
    std::uint64_t turn_begin_ = 0;  // of the first byte since anybody read
    std::uint64_t offered_ = 0;     // everything before it every reader was asked to read
    std::uint32_t behind_ = 0;      // subscriptions whose cursor is not at the end
    std::uint32_t turn_bytes_ = 0;  // of the last turn: what to expect of the next one
    std::uint32_t told_ = 0;
};

}  // namespace confab::feed
