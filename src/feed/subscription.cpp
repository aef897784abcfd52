#include "feed/subscription.hpp"

#include <algorithm>

#include "feed/feed.hpp"
#include "feed/reader.hpp"

namespace confab::feed {

bool Subscription::behind() const {
    return feed_ != nullptr && !held_ && position_ < feed_->end_;
}

void Subscription::release() {
    held_ = false;
    if (behind()) reader_->on_feed();
}

bool Subscription::lost() const {
    return behind() && position_ < feed_->begin();
}

void Subscription::skip_to_end() {
    if (feed_ == nullptr || position_ == feed_->end_) return;
    position_ = feed_->end_;
    feed_->told_ = 0;  // nobody has read, but this one has to be told again
    feed_->caught_up();
}

std::size_t Subscription::gather(std::span<iovec> parts) const {
    if (!behind() || lost()) return 0;
    feed_->told_ = 0;
    std::size_t filled = 0;
    const Chunk* chunk = &feed_->chunk_at(position_);
    std::size_t skip = position_ - chunk->base();
    for (; chunk != nullptr && filled < parts.size(); chunk = chunk->next.get()) {
        const std::string_view left = chunk->view().substr(skip);
        skip = 0;
        // iovec has no const form; the kernel only reads.
        parts[filled++] = {const_cast<char*>(left.data()), left.size()};
    }
    return filled;
}

void Subscription::hand_over(std::vector<Rest>& owed) const {
    if (!behind() || lost()) return;
    Chunk* chunk = &feed_->chunk_at(position_);
    std::size_t skip = position_ - chunk->base();
    for (; chunk != nullptr; chunk = chunk->next.get()) {
        owed.emplace_back(ChunkPtr(chunk), skip);
        skip = 0;
    }
}

std::size_t Subscription::advance(std::size_t bytes, Rest& rest) {
    if (!behind() || lost()) return 0;
    const std::size_t mine = std::min<std::uint64_t>(bytes, feed_->end_ - position_);
    position_ += mine;
    if (position_ < feed_->end_ && mine > 0) {
        Chunk& chunk = feed_->chunk_at(position_);
        if (chunk.base() < position_) {
            rest = Rest(ChunkPtr(&chunk), position_ - chunk.base());
            position_ = chunk.end();
        }
    }
    if (position_ == feed_->end_) feed_->caught_up();
    return mine;
}

}  // namespace confab::feed
