// RoomRoutes: /rooms for servers and bots: make rooms, say who is what in them, keep order.
// Thread: its loop.
// Owns:   nothing.
// Limits: those of RoomCalls; those of chat/room_change.hpp.
// Invariants: those of MessageRoutes.
#pragma once

#include "api/room_calls.hpp"
#include "api/router.hpp"

namespace confab::api {

class RoomRoutes {
  public:
    explicit RoomRoutes(RoomCalls& calls) : calls_(calls) {}
    void add_to(Router& router);

  private:
    using Call = RoomCalls::Call;

    void make(Call call);
    void configure(Call call);
    void members(Call call);
    void set_role(Call call);
    void remove_member(Call call);
    void moderate(Call call);
    void mark_read(Call call);

    void change(Call call, chat::RoomChange change);

    RoomCalls& calls_;
};

}  // namespace confab::api
