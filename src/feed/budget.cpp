#include "feed/budget.hpp"

#include <bit>

namespace confab::feed {

void Budget::feed_changed(Holder& feed, std::size_t before, std::size_t after) {
    in_feeds_ += after - before;
    const auto rank = static_cast<std::size_t>(std::bit_width(after));
    if (rank == static_cast<std::size_t>(std::bit_width(before))) return;
    feed.unlink();
    if (after > 0) feeds_[rank].push_back(feed);
}

void Budget::reader_holds(Holder& reader) {
    if (!reader.is_linked()) readers_.push_back(reader);
}

// Each feed that is asked to read has to drop something the next time, and each reader has nothing
// afterwards: it ends.
void Budget::reduce(std::size_t bytes) {
    while (used_ + bytes > limits_.total_bytes_max) {
        Holder* holder = nullptr;
        if (used_ - in_feeds_ > in_feeds_) holder = oldest_reader();
        if (holder == nullptr) holder = largest_feed();
        if (holder == nullptr) holder = oldest_reader();
        if (holder == nullptr) return;
        holder->give_way();
    }
}

Budget::Holder* Budget::largest_feed() {
    for (std::size_t rank = feeds_.size(); rank-- > 0;) {
        if (!feeds_[rank].empty()) return &feeds_[rank].front();
    }
    return nullptr;
}

Budget::Holder* Budget::oldest_reader() {
    if (readers_.empty()) return nullptr;
    Holder& reader = readers_.front();
    readers_.pop_front();
    return &reader;
}

}  // namespace confab::feed
