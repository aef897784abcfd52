#include "feed/feed.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace confab::feed {

Feed::~Feed() {
    CONFAB_ASSERT(subscriptions_.empty());
    drop_chunks();
}

void Feed::append(std::string_view frame) {
    if (subscriptions_.empty() || frame.empty()) return;
    if (told_ == 0) {
        turn_bytes_ = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(end_ - turn_begin_, kFeedChunkBytes));
        turn_begin_ = end_;
    }
    if (last_ == nullptr || last_->free_bytes() < frame.size()) {
        const std::size_t capacity = next_capacity(frame.size());
        make_room(capacity);
        add_chunk(capacity);
    }
    last_->append(frame);
    end_ += frame.size();
    behind_ = static_cast<std::uint32_t>(subscriptions_.size());
    announce();
}

void Feed::announce() {
    const auto all = static_cast<std::uint32_t>(subscriptions_.size());
    for (std::uint32_t i = std::exchange(told_, all); i < all; ++i) {
        subscriptions_[i]->reader_->on_feed();
    }
}

// As large as the last turn: one piece per send for a busy room, and no more than the frame for a
// quiet one. While somebody has not read, each is twice the one before: a long tail is few pieces,
// however short its turns were.
std::size_t Feed::next_capacity(std::size_t frame_bytes) const {
    const std::size_t doubled = last_ != nullptr ? 2 * last_->capacity() : 0;
    const std::size_t most = std::min(kFeedChunkBytes, budget_.limits().room_bytes_max / 4);
    const std::size_t usual = std::min(std::max<std::size_t>(doubled, turn_bytes_), most);
    // Frames of one size fill it: what they leave free would count against the room as well.
    return usual <= frame_bytes ? frame_bytes : usual - usual % frame_bytes;
}

void Feed::set_footprint(std::size_t bytes) {
    budget_.feed_changed(*this, std::exchange(footprint_, bytes), bytes);
}

void Feed::add_chunk(std::size_t capacity) {
    ChunkPtr chunk = Chunk::make(budget_, end_, capacity);
    bytes_ += capacity;
    set_footprint(footprint_ + Chunk::footprint(capacity));
    Chunk* before = last_;
    last_ = chunk.get();
    last_->previous = before;
    (before != nullptr ? before->next : first_) = std::move(chunk);
}

void Feed::make_room(std::size_t capacity) {
    while (first_ && bytes_ + capacity > budget_.limits().room_bytes_max)
        give_way();
    budget_.make_room(Chunk::footprint(capacity));
}

// Whoever keeps up may have had no chance to read the oldest chunk yet: asking first costs no more
// than one early send for everything that is held when it is asked.
void Feed::give_way() {
    if (first_->end() <= offered_) return evict_oldest();
    offered_ = end_;
    ask_everybody_to_read();
}

void Feed::ask_everybody_to_read() {
    for (Subscription* subscription : subscriptions_) {
        if (subscription->position_ < end_) subscription->reader_->on_feed_full();
    }
}

void Feed::evict_oldest() {
    budget_.count_eviction();
    bytes_ -= first_->capacity();
    set_footprint(footprint_ - Chunk::footprint(first_->capacity()));
    ChunkPtr next = std::move(first_->next);
    if (next) {
        next->previous = nullptr;
    } else {
        last_ = nullptr;
    }
    first_ = std::move(next);
}

// One by one: a chain that is dropped at its head would end in as many nested calls.
void Feed::drop_chunks() {
    while (first_) {
        first_ = std::move(first_->next);
    }
    last_ = nullptr;
    bytes_ = 0;
    set_footprint(0);
}

void Feed::caught_up() {
    CONFAB_ASSERT(behind_ > 0);
    if (--behind_ == 0) drop_chunks();
}

Chunk& Feed::chunk_at(std::uint64_t position) const {
    // Most cursors are near the end.
    Chunk* chunk = last_;
    while (chunk->base() > position)
        chunk = chunk->previous;
    return *chunk;
}

void Feed::subscribe(Subscription& subscription, Reader& reader) {
    CONFAB_ASSERT(!subscription.active());
    subscription.feed_ = this;
    subscription.reader_ = &reader;
    subscription.position_ = end_;
    subscription.index_ = static_cast<std::uint32_t>(subscriptions_.size());
    subscriptions_.push_back(&subscription);
    reader.subscriptions_.push_back(subscription);
}

void Feed::unsubscribe(Subscription& subscription) {
    CONFAB_ASSERT(subscription.feed_ == this);
    if (subscription.position_ < end_) caught_up();
    // The last one takes the free place; those that were told stay in front of the others.
    std::uint32_t place = subscription.index_;
    if (place < told_) {
        move(--told_, place);
        place = told_;
    }
    const auto last = static_cast<std::uint32_t>(subscriptions_.size() - 1);
    if (place != last) move(last, place);
    subscriptions_.pop_back();
    Reader::Subscriptions& list = subscription.reader_->subscriptions_;
    list.erase(list.iterator_to(subscription));
    subscription.feed_ = nullptr;
    subscription.reader_ = nullptr;
}

void Feed::move(std::uint32_t from, std::uint32_t to) {
    subscriptions_[to] = subscriptions_[from];
    subscriptions_[to]->index_ = to;
}

}  // namespace confab::feed
