#include "bus/local_bus.hpp"

#include <memory>
#include <utility>

namespace confab::bus {

void LocalBus::leave(LoopIndex home, const RoomName& room,
                     const std::shared_ptr<const chat::User>& user, chat::Wire wire) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) return sequencer->leave(room, *user, self_, wire);
    loops_.post(home, [=, from = self_] { sequencer->leave(room, *user, from, wire); });
}

bool LocalBus::publish(LoopIndex home, chat::Append append) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) {
        sequencer->publish(std::move(append));
        return true;
    }
    return loops_.try_post(home, [sequencer, append = std::move(append)]() mutable {
        sequencer->publish(std::move(append));
    });
}

void LocalBus::enter(LoopIndex home, const chat::Entry& entry) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) return sequencer->enter(entry);
    loops_.post(home, [=] { sequencer->enter(entry); });
}

bool LocalBus::ask(LoopIndex home, const chat::PageRequest& request, const chat::Asker& asker) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) {
        sequencer->ask(request, asker);
        return true;
    }
    return loops_.try_post(home, [=] { sequencer->ask(request, asker); });
}

bool LocalBus::ask_present(LoopIndex home, const chat::Asker& asker) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) {
        sequencer->ask_present(asker);
        return true;
    }
    return loops_.try_post(home, [=] { sequencer->ask_present(asker); });
}

bool LocalBus::ask_members(LoopIndex home, const chat::MembersRequest& request,
                           const chat::Asker& asker) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) {
        sequencer->ask_members(request, asker);
        return true;
    }
    return loops_.try_post(home, [=] { sequencer->ask_members(request, asker); });
}

void LocalBus::typing(LoopIndex home, const RoomName& room,
                      const std::shared_ptr<const chat::User>& user) {
    chat::Sequencer* sequencer = endpoints_[home].sequencer;
    if (home == self_) return sequencer->typing(room, *user);
    (void)loops_.try_post(home, [=] { sequencer->typing(room, *user); });
}

void LocalBus::entered(const chat::Entry& entry, const Result<chat::LogState>& state) {
    const LoopIndex to = entry.asker.ticket.loop;
    chat::Hub* hub = endpoints_[to].hub;
    if (to == self_) return hub->entered(entry, state);
    loops_.post(to, [=] { hub->entered(entry, state); });
}

void LocalBus::paged(const chat::Ticket& to, const RoomName& room, Result<chat::Page> page) {
    chat::Hub* hub = endpoints_[to.loop].hub;
    if (to.loop == self_) return hub->paged(to, room, page);
    // Shared, because a task can be copied.
    auto held = std::make_shared<Result<chat::Page>>(std::move(page));
    loops_.post(to.loop, [=] { hub->paged(to, room, *held); });
}

void LocalBus::present(const chat::Ticket& to, const RoomName& room,
                       const Result<chat::Present>& present) {
    chat::Hub* hub = endpoints_[to.loop].hub;
    if (to.loop == self_) return hub->present(to, room, present);
    loops_.post(to.loop, [=] { hub->present(to, room, present); });
}

void LocalBus::members(const chat::Ticket& to, const Result<chat::Members>& members) {
    chat::Hub* hub = endpoints_[to.loop].hub;
    if (to.loop == self_) return hub->members(to, members);
    loops_.post(to.loop, [=] { hub->members(to, members); });
}

void LocalBus::answer(const chat::Ticket& to, const chat::Outcome& outcome) {
    chat::Hub* hub = endpoints_[to.loop].hub;
    if (to.loop == self_) return hub->answer(to, outcome);
    loops_.post(to.loop, [=] { hub->answer(to, outcome); });
}

void LocalBus::tell(const UserId& user, const chat::UserNotice& notice) {
    for (LoopIndex loop = 0; loop < endpoints_.size(); ++loop) {
        chat::Hub* hub = endpoints_[loop].hub;
        if (loop == self_) {
            hub->tell(user, notice);
        } else {
            (void)loops_.try_post(loop, [=] { hub->tell(user, notice); });
        }
    }
}

void LocalBus::disconnect(const UserId& user) {
    for (LoopIndex loop = 0; loop < endpoints_.size(); ++loop) {
        loops_.post(loop, [hub = endpoints_[loop].hub, user] { hub->disconnect(user); });
    }
}

bool LocalBus::deliver(LoopIndex to, const RoomName& room, const chat::Frames& frames) {
    chat::Fanout* fanout = endpoints_[to].fanout;
    if (to == self_) {
        fanout->deliver(room, frames);
        return true;
    }
    return loops_.try_post(to, [=] { fanout->deliver(room, frames); });
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

// At once on this loop: the members take note of it, and leave later.
void LocalBus::remove(LoopIndex to, const RoomName& room, const UserId& user,
                      const chat::Removal& removal) {
    chat::Fanout* fanout = endpoints_[to].fanout;
    if (to == self_) return fanout->remove(room, user, removal);
    loops_.post(to, [=] { fanout->remove(room, user, removal); });
}

}  // namespace confab::bus
