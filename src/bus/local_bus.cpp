#include "bus/local_bus.hpp"

#include <string>
#include <utility>

namespace confab::bus {

void LocalBus::join(LoopIndex home, const RoomName& room,
                    const std::shared_ptr<const chat::User>& user) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) return sequencer->join(room, *user, self_);
    loops_.post(home, [=, from = self_] { sequencer->join(room, *user, from); });
}

void LocalBus::leave(LoopIndex home, const RoomName& room, const UserId& user) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) return sequencer->leave(room, user, self_);
    loops_.post(home, [=, from = self_] { sequencer->leave(room, user, from); });
}

bool LocalBus::publish(LoopIndex home, const RoomName& room,
                       const std::shared_ptr<const chat::User>& from, std::string_view body) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) {
        sequencer->publish(room, *from, body);
        return true;
    }
    return loops_.try_post(
        home, [=, text = std::string(body)] { sequencer->publish(room, *from, text); });
}

bool LocalBus::deliver(LoopIndex to, const RoomName& room, const SharedBytes& frame) {
    chat::Fanout* fanout = endpoints_[to].fanout;
    if (to == self_) {
        fanout->deliver(room, frame);
        return true;
    }
    return loops_.try_post(to, [=] { fanout->deliver(room, frame); });
}

void LocalBus::evict(LoopIndex to, const RoomName& room) {
    chat::Fanout* fanout = endpoints_[to].fanout;
    chat::Sequencer* home = endpoints_[self_].sequencer;
    // What joins on that loop after the eviction reaches the home after this answer.
    loops_.post(to, [=, this] {
        fanout->evict(room);
        loops_.post(self_, [=] { home->evicted(room, to); });
    });
}

}  // namespace confab::bus
