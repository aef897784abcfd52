#include "api/v2_frames.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/v2_events.hpp"
#include "base/json.hpp"
#include "support/vectors.hpp"

namespace confab::test {
namespace {

namespace json = boost::json;
using api::PageOf;
using api::V2Resume;
using std::chrono::milliseconds;
using std::chrono::seconds;

const json::value& member(const json::value& object, const char* name) {
    return object.as_object().at(name);
}

template <class Number = std::int64_t>
Number number(const json::value& object, const char* name) {
    return member(object, name).to_number<Number>();
}

RoomName room_of(const json::value& object) {
    return *RoomName::parse(string_of(object, "room"));
}

WallTime time_of(const json::value& object) {
    return WallTime(milliseconds(number(object, "ts")));
}

chat::User user_of(const json::value& object) {
    const json::value& user = member(object, "user");
    return {UserId(string_of(user, "id")), string_of(user, "name")};
}

const std::map<std::string, chat::EventKind> kMethods = {{"publish", chat::EventKind::message},
                                                         {"edit", chat::EventKind::edit},
                                                         {"delete", chat::EventKind::removal},
                                                         {"react", chat::EventKind::reaction},
                                                         {"unreact", chat::EventKind::unreaction}};

chat::LogEvent event_of(const json::value& object) {
    static const std::map<std::string, chat::EventKind> kKinds = {
        {"message", chat::EventKind::message},
        {"edit", chat::EventKind::edit},
        {"delete", chat::EventKind::removal},
        {"reaction", chat::EventKind::reaction},
        {"unreaction", chat::EventKind::unreaction}};
    chat::LogEvent event;
    event.kind = kKinds.at(string_of(object, "kind"));
    event.seq = number<Seq>(object, "seq");
    event.id = *Uuid::parse(string_of(object, "id"));
    if (!member(object, "cid").is_null()) event.cid = *Uuid::parse(string_of(object, "cid"));
    event.from = std::make_shared<const chat::User>(user_of(object));
    event.at = time_of(object);
    const bool is_message = event.kind == chat::EventKind::message;
    event.target = number<Seq>(object, is_message ? "reply_to" : "target");
    event.body = SharedBytes::copy_of(string_of(object, "body"));
    return event;
}

// `epoch` keeps what the state only views.
api::V2RoomState state_of(const json::value& object, std::string& epoch) {
    static const std::map<std::string, V2Resume> kResumes = {{"ok", V2Resume::ok},
                                                             {"behind", V2Resume::behind},
                                                             {"diverged", V2Resume::diverged},
                                                             {"forbidden", V2Resume::forbidden},
                                                             {"gone", V2Resume::gone}};
    epoch = string_of(object, "epoch");
    api::V2RoomState state{epoch, number<Seq>(object, "head"),
                           kResumes.at(string_of(object, "resume"))};
    if (!member(object, "oldest").is_null()) state.oldest = number<Seq>(object, "oldest");
    return state;
}

Error error_of(const json::value& value) {
    static const std::map<std::string, ErrorKind> kKinds = {
        {"invalid", ErrorKind::invalid},           {"unauthenticated", ErrorKind::unauthenticated},
        {"forbidden", ErrorKind::forbidden},       {"not_found", ErrorKind::not_found},
        {"conflict", ErrorKind::conflict},         {"too_large", ErrorKind::too_large},
        {"rate_limited", ErrorKind::rate_limited}, {"overloaded", ErrorKind::overloaded},
        {"unavailable", ErrorKind::unavailable},   {"internal", ErrorKind::internal}};
    const ErrorKind kind = kKinds.at(string_of(value, "kind"));
    const json::string& code = member(value, "code").as_string();
    return Error(kind, std::string_view(code.data(), code.size()), string_of(value, "detail"),
                 string_of(value, "field"))
        .retry_in(milliseconds(number(value, "retry_ms")));
}

std::string connect_frame(std::int64_t id, const json::value& value) {
    const json::array& rooms = member(value, "rooms").as_array();
    std::vector<std::string> epochs(rooms.size());
    std::vector<RoomName> names;
    for (const json::value& room : rooms)
        names.push_back(room_of(room));
    std::vector<api::V2JoinedRoom> joined;
    for (std::size_t i = 0; i < rooms.size(); ++i) {
        joined.push_back({names[i], state_of(rooms[i], epochs[i])});
    }
    const std::string conn = string_of(value, "conn");
    const chat::User user = user_of(value);
    const json::value& limits = member(value, "limits");
    return api::v2_connect_reply(id, {conn,
                                      user,
                                      seconds(number(value, "ping_s")),
                                      seconds(number(value, "token_ttl_s")),
                                      {number<std::size_t>(limits, "message_bytes"),
                                       number<std::uint32_t>(limits, "publish_per_s"),
                                       number<std::uint32_t>(limits, "burst")},
                                      joined});
}

chat::MessageState message_state_of(const json::value& message) {
    chat::MessageState state;
    const auto read = [&](const char* name, Seq& seq, WallTime& at) {
        const json::value& change = member(message, name);
        if (change.is_null()) return;
        seq = number<Seq>(change, "seq");
        at = time_of(change);
    };
    read("edited", state.edited, state.edited_at);
    read("deleted", state.removed, state.removed_at);
    for (const json::value& reaction : member(message, "reactions").as_array()) {
        state.reactions.push_back({SharedBytes::copy_of(string_of(reaction, "reaction")),
                                   number<std::size_t>(reaction, "count"),
                                   member(reaction, "mine").as_bool()});
    }
    return state;
}

std::string page_frame(std::int64_t id, const json::value& value, bool folded) {
    chat::Page page;
    page.state = {string_of(value, "epoch"), number<Seq>(value, "head"),
                  number<Seq>(value, "oldest")};
    page.first = number<Seq>(value, "from");
    page.last = number<Seq>(value, "to");
    page.end = member(value, "end").as_bool();
    for (const json::value& event : member(value, folded ? "messages" : "events").as_array()) {
        page.events.push_back(event_of(event));
        if (folded) page.states.push_back(message_state_of(event));
    }
    if (folded) page.as_of = number<Seq>(value, "as_of");
    return api::v2_history_reply(id, room_of(value), page,
                                 folded ? PageOf::messages : PageOf::events);
}

std::vector<chat::User> users_of(const json::value& value, const char* name) {
    std::vector<chat::User> users;
    for (const json::value& user : member(value, name).as_array())
        users.push_back({UserId(string_of(user, "id")), string_of(user, "name")});
    return users;
}

chat::Present present_of(const json::value& value) {
    return {.people = number<std::size_t>(value, "count"), .some = users_of(value, "users")};
}

chat::PresenceDelta delta_of(const json::value& value) {
    return {.people = number<std::size_t>(value, "count"),
            .joined = users_of(value, "joined"),
            .left = users_of(value, "left"),
            .more = value.as_object().contains("more")};
}

std::string reply_frame(const std::string& type, std::int64_t id, const json::value& value) {
    if (type == "connect") return connect_frame(id, value);
    if (type == "refresh") return api::v2_refresh_reply(id, seconds(number(value, "token_ttl_s")));
    if (type == "leave") return api::v2_leave_reply(id);
    if (type == "typing") return api::v2_typing_reply(id);
    if (type == "presence") return api::v2_presence_reply(id, present_of(value));
    if (type == "history" || type == "messages") return page_frame(id, value, type == "messages");
    if (type == "join") {
        std::string epoch;
        return api::v2_join_reply(id, state_of(value, epoch));
    }
    return api::v2_stored_reply(id, api::v2_method_of(kMethods.at(type)),
                                {number<Seq>(value, "seq"), *Uuid::parse(string_of(value, "id")),
                                 time_of(value), member(value, "dup").as_bool()});
}

std::string frame_of(const json::value& vector) {
    const std::string type = string_of(vector, "type");
    const json::value& value = member(vector, "value");
    if (vector.as_object().contains("id")) {
        return reply_frame(type, number(vector, "id"), value);
    }
    if (type == "event") return api::v2_event(room_of(value), event_of(value));
    if (type == "typing") return api::v2_typing(room_of(value), user_of(value));
    if (type == "caught_up") return api::v2_caught_up(room_of(value), number<Seq>(value, "seq"));
    if (type == "presence") return api::v2_presence(room_of(value), delta_of(value));
    if (type == "lag") {
        return api::v2_lag(room_of(value), number<Seq>(value, "from"), number<Seq>(value, "head"));
    }
    if (type == "drain") {
        const json::array& between = member(value, "reconnect_ms").as_array();
        return api::v2_drain(milliseconds(number(value, "close_ms")),
                             milliseconds(between.at(0).as_int64()),
                             milliseconds(between.at(1).as_int64()));
    }
    EXPECT_EQ(type, "error");
    std::optional<std::int64_t> id;
    if (!member(value, "id").is_null()) id = number(value, "id");
    return api::v2_error(id, error_of(value));
}

TEST(V2Frames, FramesAreByteForByteTheGoldenVectors) {
    const auto all = vectors("v2/frames.json");
    EXPECT_GE(all.size(), 40U);
    for (const auto& vector : all) {
        EXPECT_EQ(frame_of(vector), string_of(vector, "frame")) << string_of(vector, "name");
    }
}

TEST(V2Frames, EveryTypeResumeAndErrorKindHasAVector) {
    std::set<std::string> types;
    std::set<std::string> resumes;
    std::set<std::string> kinds;
    for (const auto& vector : vectors("v2/frames.json")) {
        const std::string type = string_of(vector, "type");
        const json::value& value = member(vector, "value");
        types.insert(type);
        if (type == "join") resumes.insert(string_of(value, "resume"));
        if (type == "error") kinds.insert(string_of(value, "kind"));
    }
    EXPECT_EQ(types.size(), 18U);
    EXPECT_EQ(resumes.size(), 5U);
    EXPECT_EQ(kinds.size(), 10U);
}

// What a strict reader finds is what was written.
TEST(V2Frames, EveryFrameIsStrictJsonAndSoIsWhateverStandsInTexts) {
    for (const auto& vector : vectors("v2/frames.json")) {
        EXPECT_TRUE(parse_json(frame_of(vector)).has_value()) << string_of(vector, "name");
    }
    for (unsigned code = 0; code < 0x80; ++code) {
        const std::string odd = {'a', static_cast<char>(code), '{', '"', '[', '\\'};
        chat::LogEvent event;
        event.from = std::make_shared<const chat::User>(chat::User{UserId(odd), odd});
        event.body = SharedBytes::copy_of(odd);
        const auto parsed = parse_json(api::v2_event(*RoomName::parse("r"), event));
        ASSERT_TRUE(parsed.has_value()) << code;
        const json::value& said = member(*parsed, "event");
        EXPECT_EQ(string_of(said, "body"), odd);
        EXPECT_EQ(string_of(member(said, "user"), "id"), odd);
        EXPECT_EQ(string_of(member(said, "user"), "name"), odd);
        const auto error = parse_json(api::v2_error(1, Error(ErrorKind::invalid, "c", odd, odd)));
        ASSERT_TRUE(error.has_value()) << code;
        EXPECT_EQ(string_of(member(*error, "error"), "message"), odd);
        EXPECT_EQ(string_of(member(*error, "error"), "field"), odd);
    }
}

TEST(V2Frames, AnEventOfAHistoryIsTheOneThatWasPushed) {
    const RoomName room = *RoomName::parse("general");
    chat::Page page;
    std::string pushed;
    for (const auto& vector : vectors("v2/frames.json")) {
        if (string_of(vector, "type") != "event") continue;
        page.events.push_back(event_of(member(vector, "value")));
        const std::string push = api::v2_event(room, page.events.back());
        ASSERT_TRUE(push.starts_with("{\"event\":"));
        pushed += (pushed.empty() ? "" : ",") + push.substr(9, push.size() - 10);
    }
    ASSERT_GE(page.events.size(), 5U);
    const std::string history = api::v2_history_reply(1, room, page, PageOf::events);
    EXPECT_NE(history.find("\"events\":[" + pushed + "],"), std::string::npos);
}

TEST(V2Frames, TimesAreWholeMillisecondsRoundedDown) {
    const WallTime at = WallTime(milliseconds(10)) + std::chrono::microseconds(999);
    EXPECT_NE(api::v2_stored_reply(1, "publish", {1, Uuid(), at, false}).find("\"ts\":10,"),
              std::string::npos);
}

}  // namespace
}  // namespace confab::test
