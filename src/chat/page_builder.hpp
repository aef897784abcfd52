// PageBuilder: fills a page of history up to its limits, for every log in the same way.
// Thread: a value.
// Owns:   the events added so far.
// Limits: those of the request.
// Invariants: (1) a page holds at least one event, when there is one. (2) it holds the one in the
//             middle, when that is there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "chat/room_log.hpp"

namespace confab::chat {

class PageBuilder {
  public:
    explicit PageBuilder(const PageRequest& request) : request_(request) {}

    // What an event says that has no fixed length.
    [[nodiscard]] static std::size_t bytes_of(const LogEvent& event) {
        std::size_t bytes = event.body.size();
        if (event.from) bytes += event.from->id.text().size() + event.from->name.size();
        if (event.mentions) {
            for (const UserId& user : *event.mentions)
                bytes += user.text().size();
        }
        return bytes;
    }

    // In the order of the request: from the oldest, or from the newest. False: there is no room for
    // it, and the page ends before it.
    [[nodiscard]] bool add(LogEvent event) {
        bytes_ += bytes_of(event);
        if (event.seq <= request_.middle) {
            events_.push_back(std::move(event));
            leave_room_behind();
            return true;
        }
        const bool fits =
            events_.size() < request_.limit && (events_.empty() || bytes_ <= request_.bytes_max);
        if (fits) events_.push_back(std::move(event));
        whole_ = fits;
        return fits;
    }
    [[nodiscard]] Page finish(LogState state) && {
        if (request_.newest) std::reverse(events_.begin(), events_.end());
        Page page{.state = std::move(state),
                  .events = std::move(events_),
                  .end = whole_ && !begins_late_};
        page.as_of = std::min(page.state.head, request_.as_of);
        if (page.events.empty()) return page;
        page.first = page.events.front().seq;
        page.last = page.events.back().seq;
        return page;
    }

  private:
    void leave_room_behind() {
        auto kept = events_.begin();
        while (bytes_ > request_.bytes_max / 2 && kept + 1 != events_.end())
            bytes_ -= bytes_of(*kept++);
        begins_late_ |= kept != events_.begin();
        events_.erase(events_.begin(), kept);
    }

    const PageRequest request_;
    std::vector<LogEvent> events_;
    std::size_t bytes_ = 0;
    bool whole_ = true;
    bool begins_late_ = false;
};

}  // namespace confab::chat
