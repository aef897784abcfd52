// MemoryRoomList: the rooms of one user, gathered from the logs in memory of all loops.
// Thread: one for each loop, on that loop; the logs are asked on theirs.
// Owns:   nothing.
// Limits: kRoomsPerUserShown rooms in an answer.
// Invariant: every question is answered once, as long as the loops run.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "chat/loop_post.hpp"
#include "chat/room_list.hpp"
#include "store/memory_room_log.hpp"

namespace confab::store {

class MemoryRoomList final : public chat::RoomList {
  public:
    // `logs`: by loop, all there before the first question; they outlive this.
    MemoryRoomList(LoopIndex self, const std::vector<std::unique_ptr<MemoryRoomLog>>& logs,
                   chat::LoopPost& loops, const Clock& clock)
        : self_(self), logs_(logs), loops_(loops), clock_(clock) {}

    void rooms_of(const UserId& user, Done done) override;
    // Logs know no accounts.
    void names_of(std::vector<UserId> users,
                  std::function<void(const Result<Names>&)> done) override {
        done(Names(users.size()));
    }

  private:
    struct Gathering;

    const LoopIndex self_;
    const std::vector<std::unique_ptr<MemoryRoomLog>>& logs_;
    chat::LoopPost& loops_;
    const Clock& clock_;
};

}  // namespace confab::store
