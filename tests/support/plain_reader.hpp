// PlainReader: a reader of one feed that does what the test says, and keeps what it read.
// Thread: one.
// Owns:   its subscription, the text it has read, the rest of a chunk it has begun.
// Limits: kPartsMax pieces in one read.
// Invariant: `text` is what a socket would have got.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "feed/feed.hpp"

namespace confab::test {

class PlainReader final : public feed::Reader {
  public:
    static constexpr std::size_t kPartsMax = 4;

    PlainReader() = default;
    ~PlainReader() override { leave(); }

    void enter(feed::Feed& feed) {
        feed_ = &feed;
        feed.subscribe(subscription, *this);
    }
    void leave() {
        if (feed_ != nullptr) std::exchange(feed_, nullptr)->unsubscribe(subscription);
    }

    // One write of at most `max` bytes, as a socket that takes no more; returns how many it took.
    std::size_t read(std::size_t max) {
        if (cut_off) return 0;
        const std::size_t rest_bytes = take(rest.view(), max);
        rest.consume(rest_bytes);
        if (!rest.empty()) return rest_bytes;
        holds_nothing();
        std::array<iovec, kPartsMax> parts;
        const std::size_t count = subscription.gather(parts);
        if (count > 0 && on_gather) on_gather();
        std::size_t taken = 0;
        for (std::size_t i = 0; i < count; ++i) {
            taken += take({static_cast<const char*>(parts[i].iov_base), parts[i].iov_len},
                          max - rest_bytes - taken);
        }
        EXPECT_EQ(subscription.advance(taken, rest), taken);
        if (!rest.empty()) holds(rest);
        return rest_bytes + taken;
    }
    // Everything there is; returns in how many writes.
    int read_all() {
        int writes = 0;
        while (read(std::string::npos) > 0)
            ++writes;
        return writes;
    }

    feed::Subscription subscription;
    feed::Rest rest;
    std::string text;
    int told = 0;
    int told_full = 0;
    bool reads_when_full = false;
    bool cut_off = false;             // it reads nothing any more
    std::function<void()> on_gather;  // something is about to be read

  private:
    void on_feed() override { ++told; }
    void on_feed_full() override {
        ++told_full;
        if (reads_when_full) read_all();
    }
    void on_cut_off() override {
        rest = {};
        cut_off = true;
    }
    std::size_t take(std::string_view bytes, std::size_t max) {
        text += bytes.substr(0, max);
        return std::min(bytes.size(), max);
    }

    feed::Feed* feed_ = nullptr;
};

}  // namespace confab::test
