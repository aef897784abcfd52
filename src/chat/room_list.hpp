// RoomList: the port to what is kept of users over all rooms: their rooms, and their names.
// Thread: its loop; `done` is called on it, in the call itself or later.
// Owns:   nothing that the caller sees.
// Limits: kRoomsPerUserShown rooms; kUnreadShown counted of each; as many names as are asked for.
// Invariant: it tells of no room in which the user may not be.
// Errors: `log_busy`, `store_unavailable`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "chat/room_change.hpp"

namespace confab::chat {

struct RoomOverview {
    RoomName name;
    std::string title;
    // Of a direct room: the other one, who may be the user himself, and his name where it is known.
    UserId with{};
    std::string with_name{};
    Role role = Role::none;
    std::string epoch;
    Seq head = 0;
    WallTime newest_at{};  // of the newest event; 0: none is kept
    Seq read = 0;          // up to where the user has read
    // Behind that, up to kUnreadShown: messages of others that are not deleted, and those of them
    // that name the user.
    std::size_t unread = 0;
    std::size_t mentions = 0;
};

class RoomList {
  public:
    using Done = std::function<void(Result<std::vector<RoomOverview>>)>;

    virtual ~RoomList() = default;
    // The rooms of which he is a member, and those where he marked something as read; the ones with
    // the newest events first.
    virtual void rooms_of(const UserId& user, Done done) = 0;

    using Names = std::vector<std::string>;
    // In the order of `users`; empty where nothing is known of somebody.
    virtual void names_of(std::vector<UserId> users,
                          std::function<void(const Result<Names>&)> done) = 0;
};

}  // namespace confab::chat
