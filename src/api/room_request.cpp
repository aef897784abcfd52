#include "api/room_request.hpp"

#include <charconv>
#include <utility>

#include "api/message_text.hpp"
#include "base/utf8.hpp"
#include "chat/message_rules.hpp"

namespace confab::api {

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t first,
                                          std::uint64_t last) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    if (!is_whole || number < first || number > last) return std::nullopt;
    return number;
}

Result<RoomName> room_in(const net::HttpRequest& request) {
    return checked_room_name(request.path_parameters.at(0), "room");
}

Result<MessagePlace> message_in(const net::HttpRequest& request) {
    auto room = room_in(request);
    if (!room) return room.error();
    const std::string& text = request.path_parameters.at(1);
    const auto seq = whole_number(text, 1, kJsonIntegerMax);
    if (!seq) return chat::no_such_message(chat::EventKind::edit);
    return MessagePlace{*std::move(room), *seq};
}

Result<UserId> user_in(const net::HttpRequest& request, std::size_t parameter) {
    const std::string& text = request.path_parameters.at(parameter);
    if (!is_valid_utf8(text)) return bad_request("user", "must be UTF-8");
    return checked_user(text, "user");
}

Result<std::string> reaction_in(const net::HttpRequest& request, std::size_t parameter) {
    const std::string& text = request.path_parameters.at(parameter);
    if (!is_valid_utf8(text)) return bad_request("reaction", "must be UTF-8");
    return checked_reaction(text);
}

Result<Uuid> idempotency_key_of(const net::HttpRequest& request) {
    if (!request.has_header(kIdempotencyKey)) return Uuid();
    std::string_view key = request.header(kIdempotencyKey);
    if (key.size() > 2 && key.starts_with('"') && key.ends_with('"')) {
        key = key.substr(1, key.size() - 2);
    }
    return checked_cid(key, kIdempotencyKey);
}

Result<std::uint64_t> query_number(const net::HttpRequest& request, std::string_view name,
                                   std::uint64_t last, std::uint64_t otherwise) {
    const auto given = net::query_value(request.query(), name);
    if (!given) return otherwise;
    if (const auto number = whole_number(*given, 1, last)) return *number;
    return bad_request(name, "must be from 1 to " + std::to_string(last));
}

Result<V2History> history_of(const net::HttpRequest& request) {
    using From = V2History::From;
    static constexpr std::pair<std::string_view, From> kFroms[] = {
        {"before", From::before}, {"after", From::after}, {"around", From::around}};
    auto room = room_in(request);
    if (!room) return room.error();
    V2History history{*std::move(room)};
    for (const auto& [name, from] : kFroms) {
        const auto given = net::query_value(request.query(), name);
        if (!given) continue;
        const auto seq = whole_number(*given, 0, kJsonIntegerMax);
        if (!seq) return bad_request(name, "must be a whole number");
        if (history.from != From::newest) {
            return bad_request(name, "only one of before, after and around");
        }
        history.from = from;
        history.seq = *seq;
    }
    const auto limit = query_number(request, "limit", kHistoryEventsMax, kHistoryEventsDefault);
    if (!limit) return limit.error();
    history.limit = *limit;
    const auto events = net::query_value(request.query(), "events").value_or("false");
    if (events != "true" && events != "false")
        return bad_request("events", "must be true or false");
    history.events = events == "true";
    return history;
}

}  // namespace confab::api
