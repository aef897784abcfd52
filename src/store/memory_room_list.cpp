#include "store/memory_room_list.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace confab::store {

// Of one question, on the loop that asked.
struct MemoryRoomList::Gathering {
    std::vector<chat::RoomOverview> rooms;
    std::size_t missing = 0;
    Done done;

    void add(std::vector<chat::RoomOverview>& some) {
        std::move(some.begin(), some.end(), std::back_inserter(rooms));
        if (--missing > 0) return;
        const auto is_newer = [](const chat::RoomOverview& a, const chat::RoomOverview& b) {
            return a.newest_at > b.newest_at;
        };
        std::sort(rooms.begin(), rooms.end(), is_newer);
        if (rooms.size() > kRoomsPerUserShown) {
            rooms.erase(rooms.begin() + kRoomsPerUserShown, rooms.end());
        }
        done(std::move(rooms));
    }
};

void MemoryRoomList::rooms_of(const UserId& user, Done done) {
    auto gathering = std::make_shared<Gathering>();
    gathering->missing = logs_.size();
    gathering->done = std::move(done);
    for (LoopIndex loop = 0; loop < logs_.size(); ++loop) {
        loops_.post(loop, [this, loop, user, gathering] {
            auto some = std::make_shared<std::vector<chat::RoomOverview>>(
                logs_[loop]->rooms_of(user, clock_.wall_now()));
            loops_.post(self_, [gathering, some] { gathering->add(*some); });
        });
    }
}

}  // namespace confab::store
