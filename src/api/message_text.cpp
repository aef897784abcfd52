#include "api/message_text.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace confab::api {
namespace {

// Unicode category Cc (U+0000 to U+001F, U+007F to U+009F) without line feed and tab.
bool has_control_characters(std::string_view text) {
    const auto is_one = [before = char{}](char c) mutable {
        const auto byte = static_cast<unsigned char>(c);
        const bool low = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        const bool high = before == '\xc2' && byte >= 0x80 && byte <= 0x9f;
        before = c;
        return low || high;
    };
    return std::any_of(text.begin(), text.end(), is_one);
}

}  // namespace

Result<std::string> checked_body(std::string_view body, const MessageLimits& limits) {
    if (body.empty()) return Error(ErrorKind::invalid, "body_empty", "says nothing", "body");
    if (body.size() > limits.body_bytes_max ||
        count_code_points(body) > limits.body_code_points_max) {
        return Error(ErrorKind::too_large, "body_too_long",
                     "at most " + std::to_string(limits.body_code_points_max) + " characters and " +
                         std::to_string(limits.body_bytes_max) + " bytes",
                     "body");
    }
    if (has_control_characters(body)) {
        return Error(ErrorKind::invalid, "bad_body",
                     "line feed and tab are the only control characters", "body");
    }
    return std::string(body);
}

Result<std::string> checked_reaction(std::string_view reaction) {
    const bool has_spaces = reaction.find_first_of(" \n\t") != std::string_view::npos;
    const bool is_good = !reaction.empty() && reaction.size() <= kReactionBytesMax && !has_spaces &&
                         !has_control_characters(reaction);
    if (is_good) return std::string(reaction);
    return Error(ErrorKind::invalid, "bad_reaction",
                 "an emoji or a name of 1 to " + std::to_string(kReactionBytesMax) +
                     " bytes, without spaces and control characters",
                 "reaction");
}

Result<Uuid> checked_cid(std::string_view text, std::string_view field) {
    const auto cid = Uuid::parse(text);
    if (cid && !cid->is_nil()) return *cid;
    return Error(ErrorKind::invalid, "bad_cid", "must be a UUID and not the nil UUID",
                 std::string(field));
}

}  // namespace confab::api
