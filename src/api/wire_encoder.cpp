#include "api/wire_encoder.hpp"

#include "api/protocol_v1.hpp"
#include "api/v2_events.hpp"
#include "api/v2_frames.hpp"
#include "ws/frame.hpp"

namespace confab::api {

using chat::Wire;

template <class Text>
void WireEncoder::add(chat::Frames& frames, Pair wires, chat::Wires wanted,
                      const Text& text_of) const {
    if (!wanted.has(wires.plain) && !wanted.has(wires.deflated)) return;
    const std::string text = text_of();
    SharedBytes& plain = frames.on(wires.plain);
    SharedBytes& deflated = frames.on(wires.deflated);
    const bool want_deflated = wanted.has(wires.deflated);
    if (want_deflated) {
        if (!deflater_) deflater_ = std::make_unique<ws::Deflater>();
        deflated = deflater_->compress(ws::Opcode::text, text).value_or(SharedBytes());
    }
    const bool unshortened = want_deflated && deflated.empty();
    if (wanted.has(wires.plain) || unshortened) plain = ws::encode_frame(ws::Opcode::text, text);
    if (unshortened) deflated = plain;
}

chat::Frames WireEncoder::encode(const RoomName& room, const chat::LogEvent& event,
                                 chat::Wires wanted) const {
    chat::Frames frames;
    // Protocol v1 knows messages only.
    const bool is_message = event.kind == chat::EventKind::message;
    if (is_message) add(frames, kV1, wanted, [&] { return v1_message(event); });
    add(frames, kV2, wanted, [&] { return v2_event(room, event); });
    return frames;
}

chat::Frames WireEncoder::encode(const chat::Notice& notice, chat::Wires wanted) const {
    chat::Frames frames;
    add(frames, kV1, wanted, [&] { return v1_notice(notice); });
    return frames;
}

chat::Frames WireEncoder::encode_typing(const RoomName& room, const chat::User& user,
                                        chat::Wires wanted) const {
    chat::Frames frames;
    add(frames, kV2, wanted, [&] { return v2_typing(room, user); });
    return frames;
}

chat::Frames WireEncoder::encode_presence(const RoomName& room, const chat::PresenceDelta& delta,
                                          chat::Wires wanted) const {
    chat::Frames frames;
    add(frames, kV2, wanted, [&] { return v2_presence(room, delta); });
    return frames;
}

}  // namespace confab::api
