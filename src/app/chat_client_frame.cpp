#include "app/chat_client_frame.hpp"

#include <boost/json/object.hpp>

#include "base/json.hpp"

namespace confab::app {
namespace {

namespace json = boost::json;

// Copies a member of type string; false when there is none.
bool take(const json::object& object, json::string_view name, std::string& out) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return false;
    out.assign(value->get_string().data(), value->get_string().size());
    return true;
}

bool take(const json::object& object, json::string_view name, std::int64_t& out) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64()) return false;
    out = value->get_int64();
    return true;
}

}  // namespace

Result<ChatFrame> parse_chat_frame(std::string_view frame) {
    static constexpr std::string_view kNoticePrefix = "system:";
    ChatFrame out;
    out.notice = frame.starts_with(kNoticePrefix);
    if (out.notice) frame.remove_prefix(kNoticePrefix.size());
    const Result<json::value> value = parse_json(frame);
    const json::object* object = value ? value->if_object() : nullptr;
    const bool complete = object != nullptr && take(*object, "message", out.text) &&
                          take(*object, "timestamp", out.unix_seconds) &&
                          (out.notice || (take(*object, "user_id", out.user_id) &&
                                          take(*object, "username", out.user_name)));
    if (!complete) return Error(ErrorKind::invalid, "bad_frame", "not a frame of protocol v1");
    return out;
}

}  // namespace confab::app
