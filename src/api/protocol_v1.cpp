#include "api/protocol_v1.hpp"

#include "base/json.hpp"
#include "ws/frame.hpp"

namespace confab::api {

std::string v1_message(const chat::Message& message) {
    std::string out;
    out.reserve(message.body.size() + message.from.id.text().size() + message.from.name.size() +
                96);
    out += "{\"user_id\":";
    append_json_string(out, message.from.id.text());
    out += ",\"username\":";
    append_json_string(out, message.from.name);
    out += ",\"message\":";
    append_json_string(out, message.body);
    out += ",\"timestamp\":";
    out += std::to_string(unix_seconds(message.at));
    out += '}';
    return out;
}

std::string v1_notice(const chat::Notice& notice) {
    const bool joined = notice.kind == chat::Notice::Kind::joined;
    std::string text;
    if (notice.people == 1) {
        text =
            std::string(notice.name) + (joined ? " has joined the chat." : " has left the chat.");
    } else {
        text = std::to_string(notice.people) +
               (joined ? " people have joined the chat." : " people have left the chat.");
    }
    std::string out = "system:{\"message\":";
    append_json_string(out, text);
    out += ",\"timestamp\":";
    out += std::to_string(unix_seconds(notice.at));
    out += '}';
    return out;
}

SharedBytes V1Encoder::encode(const chat::Message& message) const {
    return ws::encode_frame(ws::Opcode::text, v1_message(message));
}

SharedBytes V1Encoder::encode(const chat::Notice& notice) const {
    return ws::encode_frame(ws::Opcode::text, v1_notice(notice));
}

}  // namespace confab::api
