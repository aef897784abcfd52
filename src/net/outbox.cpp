#include "net/outbox.hpp"

#include "base/assert.hpp"

namespace confab::net {

bool Outbox::push(const SharedBytes& frame, const Limits& limits) {
    if (bytes_ + frame.size() > limits.bytes_max || frames() >= limits.frames_max) return false;
    push_last(frame);
    return true;
}

void Outbox::push_last(const SharedBytes& frame) {
    if (frame.empty()) return;
    frames_.push_back(frame);
    bytes_ += frame.size();
}

std::size_t Outbox::gather(std::span<iovec> parts) const {
    std::size_t filled = 0;
    std::size_t skip = written_of_first_;
    for (std::size_t i = first_; i < frames_.size() && filled < parts.size(); ++i) {
        // iovec has no const form; the kernel only reads.
        parts[filled++] = {const_cast<char*>(frames_[i].data()) + skip, frames_[i].size() - skip};
        skip = 0;
    }
    return filled;
}

void Outbox::consume(std::size_t bytes) {
    CONFAB_ASSERT(bytes <= bytes_);
    bytes_ -= bytes;
    while (bytes > 0) {
        const std::size_t left = frames_[first_].size() - written_of_first_;
        if (bytes < left) {
            written_of_first_ += bytes;
            break;
        }
        bytes -= left;
        written_of_first_ = 0;
        frames_[first_++] = {};
    }
    if (bytes_ == 0) {
        frames_ = {};
        first_ = 0;
    } else if (first_ * 2 > frames_.size()) {
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void Outbox::drop_unstarted() {
    const std::size_t keep = written_of_first_ > 0 ? 1 : 0;
    frames_.resize(first_ + keep);
    bytes_ = keep == 0 ? 0 : frames_[first_].size() - written_of_first_;
    if (bytes_ == 0) {
        frames_ = {};
        first_ = 0;
    }
}

}  // namespace confab::net
