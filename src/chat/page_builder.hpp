// PageBuilder: fills a page of history up to its limits, for every log in the same way.
// Thread: a value.
// Owns:   the events added so far.
// Limits: those of the request.
// Invariant: a page holds at least one event, when there is one.
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

    // In the order of the request: from the oldest, or from the newest. False: there is no room for
    // it, and the page ends before it.
    [[nodiscard]] bool add(LogEvent event) {
        bytes_ += event.body.size();
        const bool fits =
            events_.size() < request_.limit && (events_.empty() || bytes_ <= request_.bytes_max);
        if (fits) events_.push_back(std::move(event));
        whole_ = fits;
        return fits;
    }
    [[nodiscard]] Page finish(LogState state) && {
        if (request_.newest) std::reverse(events_.begin(), events_.end());
        Page page{.state = std::move(state), .events = std::move(events_), .end = whole_};
        page.as_of = page.state.head;
        if (page.events.empty()) return page;
        page.first = page.events.front().seq;
        page.last = page.events.back().seq;
        return page;
    }

  private:
    const PageRequest request_;
    std::vector<LogEvent> events_;
    std::size_t bytes_ = 0;
    bool whole_ = true;
};

}  // namespace confab::chat
