// Commands of protocol v2 as tests look at them: told in JSON, and written in another way.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: none.
// Invariant: what is told has the form of protocol/vectors/v2/commands.json.
#pragma once

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "api/v2_command.hpp"

namespace confab::test {

// Every code that parse_v2_command() has.
inline constexpr std::array<std::string_view, 13> kV2CommandErrors = {
    "bad_frame",  "unknown_method", "bad_request",   "bad_room_name", "bad_cid",
    "body_empty", "body_too_long",  "bad_body",      "bad_reaction",  "bad_title",
    "bad_reason", "bad_user",       "too_many_rooms"};

class V2CommandTeller {
  public:
    using Object = boost::json::object;

    Object operator()(const api::V2Connect& connect) const {
        boost::json::array rooms;
        for (const api::V2Join& join : connect.rooms)
            rooms.push_back(told(join));
        Object in{{"token", nullptr}, {"rooms", rooms}, {"last_close", connect.last_close}};
        if (connect.token) in["token"] = text(connect.token->reveal());
        return {{"connect", in}};
    }
    Object operator()(const api::V2Refresh& refresh) const {
        return {{"refresh", {{"token", text(refresh.token.reveal())}}}};
    }
    Object operator()(const api::V2Join& join) const { return {{"join", told(join)}}; }
    Object operator()(const api::V2Leave& leave) const {
        return {{"leave", {{"room", text(leave.room.text())}}}};
    }
    Object operator()(const api::V2Publish& publish) const {
        Object in{{"room", text(publish.room.text())},
                  {"cid", text(publish.cid.text())},
                  {"body", text(publish.body)},
                  {"reply_to", publish.reply_to}};
        boost::json::array mentions;
        for (const UserId& user : publish.mentions)
            mentions.push_back(text(user.text()));
        if (!mentions.empty()) in["mentions"] = mentions;
        return {{"publish", in}};
    }
    Object operator()(const api::V2Change& change) const {
        static constexpr std::array<const char*, 6> kMethods = {"",       "",      "edit",
                                                                "delete", "react", "unreact"};
        Object in{{"room", text(change.room.text())},
                  {"cid", nullptr},
                  {"seq", change.seq},
                  {"text", text(change.text)}};
        if (!change.cid.is_nil()) in["cid"] = text(change.cid.text());
        return {{kMethods.at(static_cast<std::size_t>(change.kind)), in}};
    }
    Object operator()(const api::V2Typing& typing) const {
        return {{"typing", {{"room", text(typing.room.text())}}}};
    }
    Object operator()(const api::V2Presence& presence) const {
        return {{"presence", {{"room", text(presence.room.text())}}}};
    }
    Object operator()(const api::V2History& history) const {
        static constexpr std::array<const char*, 4> kFroms = {"newest", "before", "after",
                                                              "around"};
        return {{"history",
                 {{"room", text(history.room.text())},
                  {"from", kFroms.at(static_cast<std::size_t>(history.from))},
                  {"seq", history.seq},
                  {"limit", history.limit},
                  {"events", history.events}}}};
    }
    Object operator()(const api::V2Create& create) const {
        return {{"create", {{"cid", text(create.cid.text())}, {"title", text(create.title)}}}};
    }
    Object operator()(const api::V2Direct& direct) const {
        return {{"direct", {{"user", text(direct.user.text())}}}};
    }
    Object operator()(const api::V2Rooms&) const { return {{"rooms", Object()}}; }
    Object operator()(const api::V2Members& members) const {
        Object in{
            {"room", text(members.room.text())}, {"after", nullptr}, {"limit", members.limit}};
        if (members.after) in["after"] = text(members.after->text());
        return {{"members", in}};
    }
    Object operator()(const api::V2MarkRead& read) const {
        return {{"mark_read", {{"room", text(read.room.text())}, {"seq", read.seq}}}};
    }
    Object operator()(const api::V2ChangeRoom& command) const {
        using Action = chat::RoomChange::Action;
        const chat::RoomChange& change = command.change;
        Object in{{"room", text(command.room.text())}, {"cid", nullptr}};
        if (!command.cid.is_nil()) in["cid"] = text(command.cid.text());
        if (change.action != Action::configure) in["user"] = text(change.subject.text());
        if (change.action == Action::set_role) in["role"] = text(name_of(change.role));
        if (change.duration.count() > 0) in["for_s"] = change.duration.count();
        if (!change.reason.empty()) in["reason"] = text(change.reason);
        if (change.title) in["title"] = text(*change.title);
        if (change.is_read_only) in["read_only"] = *change.is_read_only;
        if (change.slow_mode) in["slow_mode_s"] = change.slow_mode->count();
        return {{name_of(change.action), in}};
    }

  private:
    static boost::json::string text(std::string_view value) {
        return boost::json::string(value.data(), value.size());
    }
    static Object told(const api::V2Join& join) {
        Object in{{"room", text(join.room.text())}, {"position", nullptr}};
        if (join.position) {
            in["position"] = {{"epoch", text(join.position->epoch)}, {"seq", join.position->seq}};
        }
        return in;
    }
};

// {"id":…,"command":{…}} or {"id":…,"error":{"code":…,"field":…}}
inline boost::json::object told(const api::V2Request& request) {
    boost::json::object out{{"id", nullptr}};
    if (request.id) out["id"] = *request.id;
    if (request.command.has_value()) {
        out["command"] = std::visit(V2CommandTeller(), *request.command);
        return out;
    }
    const Error error = request.command.error();
    boost::json::object fault{{"code", std::string(error.code)}};
    if (!error.field.empty()) fault["field"] = error.field;
    out["error"] = fault;
    return out;
}

// The same text with white space around whatever separates tokens.
inline std::string spaced(std::string_view json) {
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        const bool separates =
            !in_string && std::string_view("{}[],:").find(c) != std::string_view::npos;
        if (separates) out += "\n ";
        out += c;
        if (separates) out += "\t\r";
        if (c == '"') in_string = !in_string;
        if (c == '\\' && in_string && i + 1 < json.size()) out += json[++i];
    }
    return out;
}

// The same text with every plain ASCII character of its strings written as an escape.
inline std::string escaped(std::string_view json) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const auto byte = static_cast<unsigned char>(json[i]);
        if (json[i] == '"') in_string = !in_string;
        if (!in_string || json[i] == '"' || byte < 0x20 || byte > 0x7f) {
            out += json[i];
        } else if (json[i] != '\\') {
            out += "\\u00";
            out += {kDigits[byte >> 4], kDigits[byte & 15]};
        } else {
            out += json.substr(i, 2);
            if (++i >= json.size() || json[i] != 'u') continue;
            out += json.substr(i + 1, 4);
            i += 4;
        }
    }
    return out;
}

}  // namespace confab::test
