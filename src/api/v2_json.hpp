// V2 JSON: how the frames of protocol v2 are written, member by member. For api/v2_frames.cpp and
// api/v2_events.cpp alone.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: none.
// Invariant: what is written is strict JSON as long as every object that is opened is closed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "chat/event.hpp"

namespace confab::api::v2_json {

// The name of a member whose value comes next; it needs no escapes.
inline void key(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}

inline void open(std::string& out, std::string_view of) {
    key(out, of);
    out += '{';
}

inline void text(std::string& out, std::string_view of, std::string_view value) {
    key(out, of);
    append_json_string(out, value);
}

template <class Number>
void number(std::string& out, std::string_view of, Number value) {
    key(out, of);
    out += std::to_string(value);
}

inline void boolean(std::string& out, std::string_view of, bool value) {
    key(out, of);
    out += value ? "true" : "false";
}

// What is JSON already.
inline void object(std::string& out, std::string_view of, std::string_view json) {
    key(out, of);
    out += json;
}

inline void time(std::string& out, std::string_view of, WallTime at) {
    number(out, of, std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count());
}

inline std::string begin_reply(std::int64_t id, std::string_view method) {
    std::string out = "{";
    number(out, "id", id);
    open(out, method);
    return out;
}

inline std::string begin_push(std::string_view method, const RoomName& room) {
    std::string out = "{";
    open(out, method);
    text(out, "room", room.text());
    return out;
}

inline std::string ended(std::string&& out) {
    out += "}}";
    return std::move(out);
}

inline void append_user_object(std::string& out, const chat::User& user) {
    out += '{';
    text(out, "id", user.id.text());
    text(out, "name", user.name);
    out += '}';
}

inline void append_user(std::string& out, const chat::User& user) {
    key(out, "user");
    append_user_object(out, user);
}

}  // namespace confab::api::v2_json
