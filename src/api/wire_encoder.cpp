#include "api/wire_encoder.hpp"

#include "api/protocol_v1.hpp"
#include "api/v2_events.hpp"
#include "api/v2_frames.hpp"
#include "ws/frame.hpp"

namespace confab::api {

using chat::Wire;

void WireEncoder::add(chat::Frames& frames, Pair wires, std::string_view text,
                      chat::Wires wanted) const {
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
    if (is_message && (wanted.has(Wire::v1) || wanted.has(Wire::v1_deflated))) {
        add(frames, {Wire::v1, Wire::v1_deflated}, v1_message(event), wanted);
    }
    if (wanted.has(Wire::v2) || wanted.has(Wire::v2_deflated)) {
        add(frames, {Wire::v2, Wire::v2_deflated}, v2_event(room, event), wanted);
    }
    return frames;
}

chat::Frames WireEncoder::encode(const chat::Notice& notice, chat::Wires wanted) const {
    chat::Frames frames;
    if (wanted.has(Wire::v1) || wanted.has(Wire::v1_deflated)) {
        add(frames, {Wire::v1, Wire::v1_deflated}, v1_notice(notice), wanted);
    }
    return frames;
}

chat::Frames WireEncoder::encode_typing(const RoomName& room, const chat::User& user,
                                        chat::Wires wanted) const {
    chat::Frames frames;
    if (wanted.has(Wire::v2) || wanted.has(Wire::v2_deflated)) {
        add(frames, {Wire::v2, Wire::v2_deflated}, v2_typing(room, user), wanted);
    }
    return frames;
}

}  // namespace confab::api
