#include "chat/presence_changes.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace confab::chat {

void PresenceChanges::Some::add(const User& user) {
    if (named.size() == kPresenceNamesMax) {
        ++unnamed;
    } else {
        named.push_back(user);
    }
}

bool PresenceChanges::Some::take_back(const User& user) {
    const auto same = [&](const User& each) {
        return each.id == user.id && each.name == user.name;
    };
    const auto found = std::find_if(named.begin(), named.end(), same);
    if (found == named.end()) return false;
    named.erase(found);
    return true;
}

// Of who is taken back from among those who went the room has heard before.
PresenceChanges::Round PresenceChanges::came(const User& user) {
    if (left_.take_back(user) && !shown_) return round_ - 1;
    joined_.add(user);
    return round_;
}

void PresenceChanges::went(const User& user, Round came_in) {
    if (came_in != round_) return left_.add(user);
    if (!joined_.take_back(user)) {
        CONFAB_ASSERT(joined_.unnamed > 0);
        --joined_.unnamed;
    }
    if (shown_) left_.add(user);
}

bool PresenceChanges::empty() const {
    return joined_.empty() && left_.empty();
}

PresenceDelta PresenceChanges::take(std::size_t people) {
    ++round_;
    shown_ = false;
    Some joined = std::exchange(joined_, {});
    Some left = std::exchange(left_, {});
    return {.people = people,
            .joined = std::move(joined.named),
            .left = std::move(left.named),
            .more = joined.unnamed + left.unnamed > 0};
}

}  // namespace confab::chat
