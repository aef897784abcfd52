#include "api/protocol_v1.hpp"

#include "base/json.hpp"

namespace confab::api {

std::string v1_message(const chat::LogEvent& event) {
    const chat::User& from = *event.from;
    std::string out;
    out.reserve(event.body.size() + from.id.text().size() + from.name.size() + 96);
    out += "{\"user_id\":";
    append_json_string(out, from.id.text());
    out += ",\"username\":";
    append_json_string(out, from.name);
    out += ",\"message\":";
    append_json_string(out, event.body.view());
    out += ",\"timestamp\":";
    out += std::to_string(unix_seconds(event.at));
    out += '}';
    return out;
}

std::string v1_system(std::string_view text, WallTime at) {
    std::string out = "system:{\"message\":";
    append_json_string(out, text);
    out += ",\"timestamp\":";
    out += std::to_string(unix_seconds(at));
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
    return v1_system(text, notice.at);
}

}  // namespace confab::api
