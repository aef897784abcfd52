#include "ws/handshake.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/uuid/detail/sha1.hpp>

#include "base/limits.hpp"

namespace confab::ws {
namespace {

constexpr std::size_t kSha1Bytes = 20;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_token(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Takes the text up to the next comma off the front of a list.
std::string_view take_element(std::string_view& list) {
    const std::size_t comma = list.find(',');
    const std::string_view element = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return trim(element);
}

bool list_has(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        if (same_token(take_element(list), token)) return true;
    }
    return false;
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

// Base64 of exactly 16 bytes: 21 full characters, one whose lowest four bits are zero, "==".
bool is_key(std::string_view key) {
    constexpr std::size_t kCharacters = 22;
    constexpr std::string_view kLast = "AQgw";
    if (key.size() != kCharacters + 2 || !key.ends_with("==")) return false;
    key.remove_suffix(2);
    return kLast.find(key.back()) != std::string_view::npos &&
           std::all_of(key.begin(), key.end(), [](char c) {
               return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '+' ||
                      c == '/';
           });
}

std::array<unsigned char, kSha1Bytes> sha1(std::string_view text) {
    boost::uuids::detail::sha1 hash;
    hash.process_bytes(text.data(), text.size());
    boost::uuids::detail::sha1::digest_type words{};
    hash.get_digest(words);
    std::array<unsigned char, kSha1Bytes> digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<unsigned char>(words[i / 4] >> (8 * (3 - i % 4)) & 0xFF);
    }
    return digest;
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
    constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
    std::string salted(key);
    salted += kGuid;
    const auto digest = sha1(salted);
    std::string text(sodium_base64_encoded_len(digest.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), digest.data(), digest.size(), kVariant);
    text.pop_back();  // libsodium counts a terminating zero
    return text;
}

std::optional<std::vector<std::string_view>> parse_subprotocols(std::string_view field) {
    std::vector<std::string_view> protocols;
    if (trim(field).empty()) return protocols;
    // A comma at the very end stands before an empty element, which take_element would not show.
    if (field.back() == ',') return std::nullopt;
    while (!field.empty()) {
        const std::string_view protocol = take_element(field);
        if (!is_token(protocol) || protocols.size() == kWsSubprotocolsMax) return std::nullopt;
        if (std::find(protocols.begin(), protocols.end(), protocol) != protocols.end()) {
            return std::nullopt;
        }
        protocols.push_back(protocol);
    }
    return protocols;
}

}  // namespace confab::ws
