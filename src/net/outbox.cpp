#include "net/outbox.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "ws/frame.hpp"

namespace confab::net {
namespace {

// iovec has no const form; the kernel only reads.
iovec part_of(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool Outbox::push(const SharedBytes& frame, const Limits& limits) {
    if (bytes_ + frame.size() > limits.bytes_max || frames() >= limits.frames_max) return false;
    push_always(frame);
    return true;
}

void Outbox::push_always(const SharedBytes& frame) {
    if (frame.empty()) return;
    frames_.push_back(frame);
    bytes_ += frame.size();
}

void Outbox::push_first(const SharedBytes& frame) {
    CONFAB_ASSERT(frames() == 0 && begun_.empty());
    push_always(frame);
    first_stays_ = true;
}

void Outbox::push_close(const SharedBytes& frame) {
    if (!ending_) return push_always(frame);
    ending_->close = frame;
}

// In the order in which consume() takes it: the chunk that has begun, own frames, the chunks that
// are still owed at the end, rooms. At most one thing is begun at a time, and it comes first.
std::size_t Outbox::gather(std::span<iovec> parts) {
    std::size_t filled = 0;
    if (!begun_.empty()) parts[filled++] = part_of(begun_.view());
    std::size_t skip = written_of_first_;
    for (std::size_t i = first_; i < frames_.size() && filled < parts.size(); ++i) {
        parts[filled++] = part_of(frames_[i].view().substr(skip));
        skip = 0;
    }
    if (ending_) {
        for (const feed::Rest& owed : ending_->owed) {
            if (filled == parts.size()) break;
            parts[filled++] = part_of(owed.view());
        }
    }
    if (sealed_) return filled;
    for (const feed::Subscription& room : subscriptions()) {
        if (filled == parts.size()) break;
        filled += room.gather(parts.subspan(filled));
    }
    return filled;
}

void Outbox::consume(std::size_t bytes) {
    if (!begun_.empty()) {
        const std::size_t mine = std::min(bytes, begun_.view().size());
        begun_.consume(mine);
        bytes -= mine;
        if (begun_.empty()) holds_nothing();  // whatever is begun next, this one got on
    }
    if (frames() > 0) bytes = consume_frames(bytes);
    if (ending_) bytes = consume_owed(bytes);
    if (!sealed_) {
        for (feed::Subscription& room : subscriptions()) {
            if (bytes == 0) break;
            bytes -= room.advance(bytes, begun_);
        }
    }
    CONFAB_ASSERT(bytes == 0);
    tell_what_it_holds();
}

void Outbox::tell_what_it_holds() {
    if (ending_) return holds(ending_->owed.front());
    begun_.empty() ? holds_nothing() : holds(begun_);
}

std::size_t Outbox::consume_owed(std::size_t bytes) {
    std::vector<feed::Rest>& owed = ending_->owed;
    std::size_t done = 0;
    while (bytes > 0 && done < owed.size()) {
        const std::size_t mine = std::min(bytes, owed[done].view().size());
        owed[done].consume(mine);
        bytes -= mine;
        if (owed[done].empty()) ++done;
    }
    owed.erase(owed.begin(), owed.begin() + static_cast<std::ptrdiff_t>(done));
    if (owed.empty()) push_always(std::exchange(ending_, {})->close);
    return bytes;
}

std::size_t Outbox::consume_frames(std::size_t bytes) {
    while (bytes > 0 && frames() > 0) {
        const std::size_t left = frames_[first_].size() - written_of_first_;
        const std::size_t mine = std::min(bytes, left);
        bytes -= mine;
        bytes_ -= mine;
        if (mine < left) {
            written_of_first_ += mine;
            break;
        }
        written_of_first_ = 0;
        first_stays_ = false;
        frames_[first_++] = {};
    }
    tidy_frames();
    return bytes;
}

void Outbox::tidy_frames() {
    if (first_ == frames_.size()) {
        if (first_ > 0) frames_ = {};
        first_ = 0;
    } else if (2 * std::size_t{first_} > frames_.size()) {
        frames_.erase(frames_.begin(), frames_.begin() + first_);
        first_ = 0;
    }
}

void Outbox::seal() {
    if (std::exchange(sealed_, true)) return;
    std::vector<feed::Rest> owed;
    for (const feed::Subscription& room : subscriptions()) {
        room.hand_over(owed);
    }
    if (!owed.empty()) ending_ = std::make_unique<Ending>(Ending{std::move(owed), {}});
    tell_what_it_holds();
}

void Outbox::drop_unstarted() {
    sealed_ = true;
    // The first chunk that is owed may be the one that has begun.
    if (begun_.empty() && ending_ && ending_->owed.front().written() > 0) {
        begun_ = ending_->owed.front();
    }
    ending_.reset();
    if (!begun_.empty()) begun_.cut_at(ws::frame_boundary_after(begun_.chunk(), begun_.written()));
    const bool stays = first_stays_ || written_of_first_ > 0;
    frames_.resize(first_ + (stays ? 1U : 0U));
    bytes_ = stays ? frames_[first_].size() - written_of_first_ : 0;
    tidy_frames();
    tell_what_it_holds();
}

bool Outbox::drop_chunks() {
    drop_unstarted();
    const feed::Rest rest = std::exchange(begun_, {});
    holds_nothing();
    if (rest.view().size() > kBegunCopyBytesMax) return false;
    if (!rest.empty()) push_first(SharedBytes::copy_of(rest.view()));
    return true;
}

bool Outbox::owes() {
    if (!begun_.empty() || ending_ || frames() > 0) return true;
    if (sealed_) return false;
    const auto& rooms = subscriptions();
    return std::any_of(rooms.begin(), rooms.end(), [](const auto& room) { return room.behind(); });
}

feed::Subscription* Outbox::lost() {
    if (sealed_) return nullptr;
    for (feed::Subscription& room : subscriptions()) {
        if (room.lost()) return &room;
    }
    return nullptr;
}

}  // namespace confab::net
