// PresenceChanges: who came into one room, and who went, since the room was told last.
// Thread: its loop only.
// Owns:   the names of some of them.
// Limits: kPresenceNamesMax names of those who came, and as many of those who went; the others are
//         counted.
// Invariants: (1) who came and went again meanwhile is in neither list. (2) who went and came back
//             under the same name is in neither, if he was named among those who went. (3) not so
//             when somebody was told in between who is there: then how it ended is told. (4) with
//             nothing to tell it holds no memory of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "chat/event.hpp"

namespace confab::chat {

class PresenceChanges {
  public:
    // What is told at once is a round.
    using Round = std::uint32_t;

    // Returns in which round the room hears of the user: went() has to know.
    [[nodiscard]] Round came(const User& user);
    void went(const User& user, Round came_in);
    // Of who came when there was nobody to tell.
    [[nodiscard]] Round untold() const { return round_ - 1; }

    // Somebody was told who is there, with the changes that the room has not heard of.
    void was_shown() { shown_ = shown_ || !empty(); }

    [[nodiscard]] bool empty() const;
    // What there is to tell a room of so many people; the next round begins.
    [[nodiscard]] PresenceDelta take(std::size_t people);

  private:
    // Of one direction.
    struct Some {
        std::vector<User> named;
        std::uint32_t unnamed = 0;

        void add(const User& user);
        [[nodiscard]] bool take_back(const User& user);
        [[nodiscard]] bool empty() const { return named.empty() && unnamed == 0; }
    };

    Some joined_;
    Some left_;
    Round round_ = 0;
    bool shown_ = false;  // in this round
};

}  // namespace confab::chat
