#include "ws/handshake.hpp"

#include <nettle/base64.h>
#include <nettle/sha1.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/list.hpp"
#include "base/octets.hpp"

namespace confab::ws {
namespace {

// Takes the text up to the next comma off the front of a list.
std::string_view take_element(std::string_view& list) {
    const std::size_t comma = list.find(',');
    const std::string_view element = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return trimmed(element);
}

bool list_has(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        if (equal_ignoring_case(take_element(list), token)) return true;
    }
    return false;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

// Base64 of exactly 16 bytes: 21 full characters, one whose lowest four bits are zero, "==".
bool is_key(std::string_view key) {
    constexpr std::size_t kCharacters = 22;
    constexpr std::string_view kLast = "AQgw";
    if (key.size() != kCharacters + 2 || !key.ends_with("==")) return false;
    key.remove_suffix(2);
    return kLast.find(key.back()) != std::string_view::npos &&
           std::all_of(key.begin(), key.end(), [](char c) {
               return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                      c == '+' || c == '/';
           });
}

}  // namespace

UpgradeCheck check_upgrade(const UpgradeHeaders& headers) {
    if (headers.method != "GET") return UpgradeCheck::not_get;
    if (headers.http_version != 11) return UpgradeCheck::not_http_11;
    if (!list_has(headers.upgrade, "websocket")) return UpgradeCheck::no_upgrade;
    if (!list_has(headers.connection, "upgrade")) return UpgradeCheck::no_upgrade;
    if (headers.version != "13") return UpgradeCheck::bad_version;
    if (!is_key(headers.key)) return UpgradeCheck::bad_key;
    return UpgradeCheck::ok;
}

std::string accept_key(std::string_view key) {
    constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    sha1_ctx hash{};
    sha1_init(&hash);
    for (const std::string_view part : {key, kGuid}) {
        sha1_update(&hash, part.size(), octets_of(part));
    }
    std::array<std::uint8_t, SHA1_DIGEST_SIZE> digest{};
    sha1_digest(&hash, digest.size(), digest.data());
    std::string text(BASE64_ENCODE_RAW_LENGTH(digest.size()), '\0');
    base64_encode_raw(text.data(), digest.size(), digest.data());
    return text;
}

std::optional<std::vector<std::string_view>> parse_subprotocols(std::string_view field) {
    std::vector<std::string_view> protocols = split_list(field);
    const bool sound = protocols.size() <= kWsSubprotocolsMax &&
                       std::all_of(protocols.begin(), protocols.end(), is_token);
    if (!sound) return std::nullopt;
    std::vector<std::string_view> sorted = protocols;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
    return protocols;
}

}  // namespace confab::ws
