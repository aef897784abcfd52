// WireEncoder: an event as the frames of every protocol that somebody in the room speaks.
// Thread: its loop; one per loop: it compresses with a state of its own, which is made when the
//         first room has somebody who wants that.
// Owns:   that state.
// Limits: none; lengths are checked before.
// Invariants: (1) each text is made once for its plain and its compressed wire. (2) where nothing
//             is gained by compressing, both wires share the plain frame.
#pragma once

#include <memory>
#include <string_view>

#include "chat/ports.hpp"
#include "ws/deflater.hpp"

namespace confab::api {

class WireEncoder final : public chat::EventEncoder {
  public:
    [[nodiscard]] chat::Frames encode(const RoomName& room, const chat::LogEvent& event,
                                      chat::Wires wanted) const override;
    // Protocol v2 has no notices.
    [[nodiscard]] chat::Frames encode(const chat::Notice& notice,
                                      chat::Wires wanted) const override;
    // Protocol v1 does not know of the last two.
    [[nodiscard]] chat::Frames encode_typing(const RoomName& room, const chat::User& user,
                                             chat::Wires wanted) const override;
    [[nodiscard]] chat::Frames encode_presence(const RoomName& room,
                                               const chat::PresenceDelta& delta,
                                               chat::Wires wanted) const override;

  private:
    struct Pair {
        chat::Wire plain;
        chat::Wire deflated;
    };
    static constexpr Pair kV1{chat::Wire::v1, chat::Wire::v1_deflated};
    static constexpr Pair kV2{chat::Wire::v2, chat::Wire::v2_deflated};

    // Makes the text only if one of them is wanted.
    template <class Text>
    void add(chat::Frames& frames, Pair wires, chat::Wires wanted, const Text& text_of) const;

    mutable std::unique_ptr<ws::Deflater> deflater_;
};

}  // namespace confab::api
