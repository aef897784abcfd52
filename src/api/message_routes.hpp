// MessageRoutes: /rooms/{room}/messages and who is there, for servers and bots: say something,
// change it, react to it, read history.
// Thread: its loop.
// Owns:   nothing.
// Limits: those of RoomCalls and of MessageLimits.
// Invariants: (1) bodies with unknown members are refused. (2) what is said here is judged by the
//             same rules as over protocol v2: both ask the room's log.
#pragma once

#include "api/room_calls.hpp"
#include "api/router.hpp"

namespace confab::api {

class MessageRoutes {
  public:
    explicit MessageRoutes(RoomCalls& calls) : calls_(calls) {}
    void add_to(Router& router);

  private:
    using Call = RoomCalls::Call;

    void say(Call call);
    void edit(Call call);
    void remove(Call call);
    void react(Call call, chat::EventKind kind);
    void read(Call call);
    void present(Call call);

    RoomCalls& calls_;
};

}  // namespace confab::api
