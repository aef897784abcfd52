#include "auth/revocations.hpp"

#include <algorithm>

namespace confab::auth {

bool Revocations::is_revoked(std::string_view session_id) const {
    const std::lock_guard lock(mutex_);
    return ids_.contains(session_id);
}

void Revocations::add(std::string_view session_id, WallTime at) {
    if (session_id.empty()) return;
    const std::lock_guard lock(mutex_);
    const auto [id, is_new] = ids_.emplace(session_id);
    if (!is_new) return;
    by_time_.emplace(at, *id);
    recent_.emplace_back(session_id);
    if (recent_.size() > kRevocationsRecent) recent_.pop_front();
    added_.fetch_add(1, std::memory_order_release);
    if (ids_.size() <= options_.ids_max) return;
    forget_oldest();
    ++dropped_;
}

Result<void> Revocations::catch_up(RefreshStore& store, WallTime now) {
    WallTime since = first_to_ask_for(now);
    std::size_t limit = options_.page;
    while (true) {
        const auto page = store.revoked_since(since, limit);
        if (page.has_error()) return page.error();
        for (const RefreshFamily& family : *page) {
            add(family.id, family.revoked_at.value_or(now));
        }
        if (page->size() < limit) break;
        // The last second of a full page may have more, so the next page begins with it again. A
        // second that fills a whole page needs a longer one; what is beyond ids_max has no place.
        const WallTime last = page->back().revoked_at.value_or(now);
        if (last > since) {
            since = last;
        } else if (limit < options_.ids_max) {
            limit = std::min(limit * 2, options_.ids_max);
        } else {
            since += std::chrono::seconds(1);
        }
    }
    while (forget_some(horizon(now))) {
    }
    const std::lock_guard lock(mutex_);
    last_ = now;
    return {};
}

Revocations::News Revocations::since(std::uint64_t mark) const {
    const std::lock_guard lock(mutex_);
    const std::uint64_t missed = added() - mark;
    News news{.added = added(), .complete = missed <= recent_.size(), .session_ids = {}};
    if (!news.complete) return news;
    news.session_ids.assign(recent_.end() - static_cast<std::ptrdiff_t>(missed), recent_.end());
    return news;
}

std::size_t Revocations::size() const {
    const std::lock_guard lock(mutex_);
    return ids_.size();
}

std::uint64_t Revocations::take_dropped() {
    const std::lock_guard lock(mutex_);
    return std::exchange(dropped_, 0);
}

// Access tokens of sessions that ended before this have expired.
WallTime Revocations::horizon(WallTime now) const {
    return now - options_.token_ttl - kRevocationSlack;
}

// In whole seconds, like the times of the store.
WallTime Revocations::first_to_ask_for(WallTime now) const {
    const std::lock_guard lock(mutex_);
    const bool set_back = last_ && now + kRevocationSlack < *last_;
    const WallTime since =
        last_ && !set_back ? std::min(*last_, now) - kRevocationSlack : horizon(now);
    return from_unix_seconds(unix_seconds(since));
}

// In pieces, so that nobody waits long for the mutex. False when nothing is left to forget.
bool Revocations::forget_some(WallTime before) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < kRevocationsPage; ++i) {
        if (by_time_.empty() || by_time_.begin()->first >= before) return false;
        forget_oldest();
    }
    return true;
}

void Revocations::forget_oldest() {
    const auto id = ids_.find(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());  // the view first, then what it looks at
    ids_.erase(id);
}

}  // namespace confab::auth
