// Budget: how much memory the feeds of one loop may hold, how much they do, and who gives way.
// Thread: its loop.
// Owns:   the numbers, and lists of who holds chunks, not the holders.
// Limits: one feed and all feeds of the loop together, in bytes of chunks.
// Invariants: (1) used() is the size of every chunk alive, of those too that only a slow reader
//             holds. (2) after make_room() so many bytes fit into the total, or nothing is held.
//             (3) neither costs more the more feeds and readers there are.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <limits>

#include "base/limits.hpp"
#include "metrics/metrics.hpp"

namespace confab::feed {

class Budget {
  public:
    struct Limits {
        std::size_t room_bytes_max = kFeedRoomBytesMax;
        std::size_t total_bytes_max = kFeedTotalBytesMax;  // of this loop
    };

    // Holds chunks, and can be made to hold fewer: a feed, or a reader with what it has begun.
    class Holder : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                       boost::intrusive::tag<struct HolderTag>> {
      protected:
        Holder() = default;
        virtual ~Holder() = default;

      private:
        friend class Budget;
        // A feed: asks its readers to read, or drops its oldest chunk. A reader: drops all it has.
        virtual void give_way() = 0;
    };

    Budget(Limits limits, metrics::Shard& metrics) : limits_(limits), metrics_(metrics) {}

    // Of a chunk that begins and ends.
    void take(std::size_t bytes) {
        used_ += bytes;
        metrics_.add(metrics::Id::feed_bytes, static_cast<std::int64_t>(bytes));
    }
    void give_back(std::size_t bytes) {
        used_ -= bytes;
        metrics_.sub(metrics::Id::feed_bytes, static_cast<std::int64_t>(bytes));
    }
    // The chunks in the feed were so many bytes, and are so many now.
    void feed_changed(Holder& feed, std::size_t before, std::size_t after);
    // The reader holds chunks that may be in no feed; until it is unlinked.
    void reader_holds(Holder& reader);

    // Until so many bytes fit: the largest feeds give way, or, while readers hold more than all
    // feeds do, the reader that got nowhere for the longest time.
    void make_room(std::size_t bytes) {
        if (used_ + bytes > limits_.total_bytes_max) reduce(bytes);
    }

    void count_eviction() { metrics_.add(metrics::Id::feed_evictions); }
    // From now on; what is held already is not dropped for it.
    void set_limits(Limits limits) { limits_ = limits; }

    [[nodiscard]] std::size_t used() const { return used_; }
    [[nodiscard]] const Limits& limits() const { return limits_; }

  private:
    using Holders =
        boost::intrusive::list<Holder,
                               boost::intrusive::base_hook<boost::intrusive::list_base_hook<
                                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                   boost::intrusive::tag<struct HolderTag>>>,
                               boost::intrusive::constant_time_size<false>>;

    void reduce(std::size_t bytes);
    [[nodiscard]] Holder* largest_feed();
    [[nodiscard]] Holder* oldest_reader();

    Limits limits_;
    metrics::Shard& metrics_;
    std::size_t used_ = 0;
    std::size_t in_feeds_ = 0;
    // The feeds that hold something, by the number of binary digits of how much: those of one list
    // differ by less than a factor of two, and the first of it is there for the longest time.
    std::array<Holders, std::numeric_limits<std::size_t>::digits + 1> feeds_;
    Holders readers_;
};

}  // namespace confab::feed
