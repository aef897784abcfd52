// Frames of protocol v2 against a reading through a tree of values: which are commands, with which
// id, and what is in them. Whatever parses keeps the limits, and neither white space between tokens
// nor escapes in strings change anything.
// Input: the frame.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/v2_command.hpp"
#include "base/ascii.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "support/fuzz_check.hpp"
#include "support/utf8_oracle.hpp"
#include "support/v2_commands.hpp"

namespace {

namespace json = boost::json;
using namespace confab;
using namespace confab::api;

constexpr std::string_view kMethods[] = {
    "connect",   "refresh",  "join",      "leave",   "publish", "edit",   "delete", "react",
    "unreact",   "typing",   "presence",  "history", "create",  "direct", "rooms",  "members",
    "mark_read", "set_role", "configure", "kick",    "ban",     "unban",  "mute",   "unmute"};
constexpr Seq kSeqMax = Seq{1} << 53;

void check_limits(const V2Join& join) {
    FUZZ_CHECK(RoomName::parse(join.room.text()).has_value());
    if (!join.position) return;
    FUZZ_CHECK(!join.position->epoch.empty() && join.position->epoch.size() <= 32);
    FUZZ_CHECK(join.position->seq <= kSeqMax);
}

void check_limits(const V2Connect& connect) {
    FUZZ_CHECK(connect.rooms.size() <= 128);
    for (const V2Join& join : connect.rooms) {
        check_limits(join);
        FUZZ_CHECK(std::count_if(connect.rooms.begin(), connect.rooms.end(),
                                 [&](const V2Join& o) { return o.room == join.room; }) == 1);
    }
    FUZZ_CHECK(connect.last_close == 0 ||
               (connect.last_close >= 1000 && connect.last_close <= 4999));
    FUZZ_CHECK(!connect.token || (!connect.token->empty() && connect.token->size() <= 2048));
}

void check_limits(const V2Refresh& refresh) {
    FUZZ_CHECK(!refresh.token.empty() && refresh.token.size() <= 2048);
}

void check_limits(const V2Leave& leave) {
    FUZZ_CHECK(RoomName::parse(leave.room.text()).has_value());
}

void check_text(std::string_view text, std::size_t bytes_max) {
    FUZZ_CHECK(!text.empty() && text.size() <= bytes_max);
    FUZZ_CHECK(count_code_points(text) <= kBodyCodePointsMax);
    FUZZ_CHECK(confab::test::is_utf8_by_decoding(text));
    char before = 0;
    for (const char c : text) {
        FUZZ_CHECK(static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t');
        FUZZ_CHECK(c != '\x7f' && (before != '\xC2' || static_cast<unsigned char>(c) >= 0xA0));
        before = c;
    }
}

void check_line(std::string_view text, std::size_t code_points_max) {
    if (!text.empty()) check_text(text, 4 * code_points_max);
    FUZZ_CHECK(count_code_points(text) <= code_points_max);
    FUZZ_CHECK(text.find_first_of("\n\t") == std::string_view::npos);
}

void check_user(const UserId& user) {
    check_text(user.text(), kUserIdBytesMax);
    FUZZ_CHECK(user.text().find_first_of("\n\t") == std::string_view::npos);
}

void check_limits(const V2Publish& publish) {
    FUZZ_CHECK(!publish.cid.is_nil());
    check_text(publish.body, kBodyBytesMax);
    FUZZ_CHECK(publish.reply_to <= kSeqMax);
    FUZZ_CHECK(publish.mentions.size() <= kMentionsMax);
    for (const UserId& user : publish.mentions) {
        check_user(user);
        FUZZ_CHECK(std::count(publish.mentions.begin(), publish.mentions.end(), user) == 1);
    }
}

void check_limits(const V2Create& create) {
    FUZZ_CHECK(!create.cid.is_nil());
    check_line(create.title, kRoomTitleCodePointsMax);
}

void check_limits(const V2Direct& direct) {
    check_user(direct.user);
}

void check_limits(const V2Rooms&) {}

void check_limits(const V2Members& members) {
    FUZZ_CHECK(members.limit >= 1 && members.limit <= 100);
    if (members.after) check_user(*members.after);
}

void check_limits(const V2MarkRead& read) {
    FUZZ_CHECK(read.seq <= kSeqMax);
}

void check_limits(const V2ChangeRoom& command) {
    using Action = chat::RoomChange::Action;
    const chat::RoomChange& change = command.change;
    FUZZ_CHECK(change.action != Action::create);
    const bool is_timed = change.action == Action::ban || change.action == Action::mute;
    FUZZ_CHECK(is_timed == (change.duration.count() > 0) && change.duration <= kRestraintMax);
    check_line(change.reason, kReasonCodePointsMax);
    if (change.action == Action::configure) {
        FUZZ_CHECK(change.title || change.is_read_only || change.slow_mode);
        check_line(change.title.value_or(""), kRoomTitleCodePointsMax);
        FUZZ_CHECK(change.slow_mode.value_or(0s) <= kSlowModeMax);
    } else {
        check_user(change.subject);
        FUZZ_CHECK(!change.title && !change.is_read_only && !change.slow_mode);
    }
}

void check_limits(const V2Change& change) {
    FUZZ_CHECK(change.seq >= 1 && change.seq <= kSeqMax);
    switch (change.kind) {
        case chat::EventKind::message:
        case chat::EventKind::read_marker:
        case chat::EventKind::room:
        case chat::EventKind::member:
        case chat::EventKind::moderation:
            FUZZ_CHECK(false);
            return;
        case chat::EventKind::edit:
            return check_text(change.text, kBodyBytesMax);
        case chat::EventKind::removal:
            FUZZ_CHECK(change.text.empty());
            return;
        case chat::EventKind::reaction:
        case chat::EventKind::unreaction:
            check_text(change.text, kReactionBytesMax);
            FUZZ_CHECK(change.text.find_first_of(" \n\t") == std::string::npos);
            return;
    }
}

void check_limits(const V2Typing& typing) {
    FUZZ_CHECK(RoomName::parse(typing.room.text()).has_value());
}

void check_limits(const V2Presence& presence) {
    FUZZ_CHECK(RoomName::parse(presence.room.text()).has_value());
}

void check_limits(const V2History& history) {
    FUZZ_CHECK(history.limit >= 1 && history.limit <= 100);
    FUZZ_CHECK(history.seq <= kSeqMax);
    FUZZ_CHECK(history.from != V2History::From::newest || history.seq == 0);
}

// The id, in the tree.
std::optional<std::int64_t> id_in(const json::object& frame) {
    const json::value* id = frame.if_contains("id");
    if (id == nullptr || !id->is_int64()) return std::nullopt;
    const std::int64_t number = id->get_int64();
    if (number < 1 || number > (std::int64_t{1} << 53)) return std::nullopt;
    return number;
}

// What is wrong with the frame around its command; nothing: nothing.
std::string_view frame_fault(const json::object& frame) {
    if (!id_in(frame)) return "bad_frame";
    const json::value* method = nullptr;
    for (const std::string_view name : kMethods) {
        const json::value* found = frame.if_contains({name.data(), name.size()});
        if (found != nullptr && method != nullptr) return "bad_frame";
        if (found != nullptr) method = found;
    }
    if (method == nullptr) return "unknown_method";
    return method->is_object() ? "" : "bad_frame";
}

bool is_given(const json::value* value) {
    return value != nullptr && !value->is_null();
}

void check_position(const json::value& read, const json::value* given) {
    if (read.is_object()) {
        FUZZ_CHECK(given->as_object().at("epoch") == read.at("epoch"));
        FUZZ_CHECK(given->as_object().at("seq") == read.at("seq"));
    } else if (is_given(given)) {
        FUZZ_CHECK(!is_given(given->as_object().if_contains("epoch")));
        FUZZ_CHECK(!is_given(given->as_object().if_contains("seq")));
    }
}

void check_rooms(const json::array& read, const json::object& given) {
    FUZZ_CHECK(read.size() == given.size());
    for (const json::value& room : read) {
        check_position(room.at("position"), given.if_contains(room.at("room").as_string()));
    }
}

// Each once, in the order of the first time.
void check_mentions(const json::array& read, const json::array& given) {
    json::array once;
    for (const json::value& user : given) {
        if (std::find(once.begin(), once.end(), user) == once.end()) once.push_back(user);
    }
    FUZZ_CHECK(read == once);
}

// What is read of an argument that is not given.
bool is_default(json::string_view name, const json::value& read) {
    if (name == "reply_to" || name == "last_close" || name == "seq") return read == 0;
    if (name == "limit") return read == 50;
    if (name == "events") return read == false;
    if (name == "text" || name == "title") return read == "";  // of a delete, of a new room
    if (name == "from") return read == "newest";
    return read.is_null();
}

// Every argument that was read is the one that is in the tree.
void check_same(const json::object& command, const json::object& frame) {
    const auto& [method, in] = *command.begin();
    json::object arguments = frame.at(method).as_object();
    if (method == "history") {
        arguments.erase("from");
        arguments.erase("seq");
        for (const char* from : {"before", "after", "around"}) {
            if (!is_given(arguments.if_contains(from))) continue;
            const json::value seq = arguments.at(from);
            arguments["from"] = from;
            arguments["seq"] = seq;
        }
    }
    // What a change says has a name for each kind.
    arguments.erase("text");
    const char* const said = method == "edit" ? "body" : "reaction";
    const bool says = method == "edit" || method == "react" || method == "unreact";
    if (says) arguments["text"] = json::value(arguments.at(said));
    for (const auto& [name, read] : in.as_object()) {
        const json::value* given = arguments.if_contains(name);
        if (name == "rooms") {
            check_rooms(read.as_array(), is_given(given) ? given->as_object() : json::object());
        } else if (name == "position") {
            check_position(read, given);
        } else if (!is_given(given)) {
            FUZZ_CHECK(is_default(name, read));
        } else if (name == "mentions") {
            check_mentions(read.as_array(), given->as_array());
        } else if (name != "cid") {
            FUZZ_CHECK(*given == read);
        } else {
            FUZZ_CHECK(equal_ignoring_case(std::string_view(given->as_string()),
                                           std::string_view(read.as_string())));
        }
    }
}

void check_against_tree(const json::value& tree, const json::object& told) {
    const std::string_view code =
        told.contains("error") ? std::string_view(told.at("error").at("code").as_string()) : "";
    if (!tree.is_object()) {
        FUZZ_CHECK(code == "bad_frame" && told.at("id").is_null());
        return;
    }
    const json::object& frame = tree.get_object();
    const auto id = id_in(frame);
    FUZZ_CHECK(id ? told.at("id") == *id : told.at("id").is_null());
    const std::string_view fault = frame_fault(frame);
    if (!fault.empty()) {
        FUZZ_CHECK(code == fault);
    } else {
        FUZZ_CHECK(code != "unknown_method");
        // There may be more values than are kept.
        FUZZ_CHECK(code != "bad_frame" || json::serialize(frame).size() > 4 * kCommandValuesMax);
    }
    if (code.empty()) check_same(told.at("command").as_object(), frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view frame(reinterpret_cast<const char*>(data), size);
    const V2Request request = parse_v2_command(frame);
    if (request.command.has_value()) {
        FUZZ_CHECK(request.id && *request.id >= 1 && *request.id <= (std::int64_t{1} << 53));
        std::visit([](const auto& command) { check_limits(command); }, *request.command);
    } else {
        const auto& codes = confab::test::kV2CommandErrors;
        FUZZ_CHECK(std::count(codes.begin(), codes.end(), request.command.error().code) == 1);
    }
    const json::object told = confab::test::told(request);
    const auto tree = parse_json(frame);
    if (tree.has_value()) {
        check_against_tree(*tree, told);
    } else if (request.command.has_value() || request.command.error().code != "bad_frame") {
        // Only this reader takes an argument with so many members.
        FUZZ_CHECK(std::count(frame.begin(), frame.end(), ':') >
                   static_cast<std::ptrdiff_t>(kJsonKeysMax));
        check_against_tree(json::parse(json::string_view(frame.data(), frame.size())), told);
    }
    if (!confab::test::is_utf8_by_decoding(frame)) {
        FUZZ_CHECK(told.at("id").is_null() && told.contains("error"));
        return 0;
    }
    FUZZ_CHECK(confab::test::told(parse_v2_command(confab::test::spaced(frame))) == told);
    FUZZ_CHECK(confab::test::told(parse_v2_command(confab::test::escaped(frame))) == told);
    return 0;
}
