#include "chat/hub.hpp"

#include <utility>

namespace confab::chat {

Hub::Membership::Membership(Hub& hub, RoomName room, std::shared_ptr<const User> user,
                            MemberSink& sink)
    : hub_(hub), room_(std::move(room)), home_(home_of(room_, hub.loops_)), user_(std::move(user)) {
    hub_.fanout_.add(room_, sink, place_);
    hub_.bus_.join(home_, room_, user_);
}

Hub::Membership::~Membership() {
    hub_.fanout_.remove(place_);
    hub_.bus_.leave(home_, room_, user_->id);
}

bool Hub::Membership::publish(std::string_view body) {
    return hub_.bus_.publish(home_, room_, user_, body);
}

}  // namespace confab::chat
