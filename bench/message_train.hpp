// MessageTrain: the same message over and over, as a client sends it. SentTimes: when each was.
// Thread: a value; a train is shared by senders, read only.
// Owns:   the bytes; the times.
// Limits: a train holds the messages it was made for, whatever a sender owes.
// Invariant: what next() returns continues the stream where the unsent part of it begins.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace confab::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

class MessageTrain {
  public:
    // `frame` is one message; up to `count` of them go out with one call, and the rest of one
    // that was half sent.
    MessageTrain(std::string_view frame, std::size_t count) : frame_bytes_(frame.size()) {
        for (std::size_t i = 0; i <= count; ++i)
            bytes_ += frame;
    }

    [[nodiscard]] std::size_t frame_bytes() const { return frame_bytes_; }
    // What comes next when this much of what should have been sent is still unsent.
    [[nodiscard]] std::string_view next(std::size_t unsent_bytes) const {
        const std::size_t of_first = unsent_bytes % frame_bytes_;
        const std::size_t start = of_first == 0 ? 0 : frame_bytes_ - of_first;
        return std::string_view(bytes_).substr(start, unsent_bytes);
    }

  private:
    std::size_t frame_bytes_;
    std::string bytes_;
};

// The messages of a room are numbered from 0 in the order in which they were sent.
class SentTimes {
  public:
    void add(SteadyTime time) { times_.push_back(time); }
    [[nodiscard]] std::uint64_t end() const { return first_ + times_.size(); }
    [[nodiscard]] bool has(std::uint64_t number) const {
        return number >= first_ && number < end();
    }
    // has() must be true.
    [[nodiscard]] SteadyTime at(std::uint64_t number) const { return times_[number - first_]; }
    void forget_before(std::uint64_t number) {
        for (; first_ < number && !times_.empty(); ++first_)
            times_.pop_front();
    }

  private:
    std::deque<SteadyTime> times_;
    std::uint64_t first_ = 0;
};

}  // namespace confab::bench
