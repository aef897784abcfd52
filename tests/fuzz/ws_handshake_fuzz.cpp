// Upgrade headers against a second, simple reading of them.
// Input: seven lines, in the order of UpgradeHeaders; the second is the digit pair of the version.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/fuzz_check.hpp"
#include "ws/handshake.hpp"

namespace {

using confab::ws::UpgradeCheck;

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == at) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.pop_back();
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.erase(text.begin());
    return text;
}

bool has_token(std::string_view list, std::string_view token) {
    for (std::string part : split(list, ',')) {
        part = trimmed(std::move(part));
        for (char& c : part)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (part == token) return true;
    }
    return false;
}

// Decodes and encodes again: equal only for the canonical text of 16 bytes.
bool is_key(std::string_view key) {
    std::array<unsigned char, 16> bytes{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.data(), bytes.size(), key.data(), key.size(), nullptr, &size, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    std::array<char, 64> again{};
    sodium_bin2base64(again.data(), again.size(), bytes.data(), size,
                      sodium_base64_VARIANT_ORIGINAL);
    return size == 16 && end == key.data() + key.size() && key == again.data();
}

UpgradeCheck expected(const confab::ws::UpgradeHeaders& headers) {
    if (headers.method != "GET") return UpgradeCheck::not_get;
    if (headers.http_version != 11) return UpgradeCheck::not_http_11;
    if (!has_token(headers.upgrade, "websocket") || !has_token(headers.connection, "upgrade")) {
        return UpgradeCheck::no_upgrade;
    }
    if (headers.version != "13") return UpgradeCheck::bad_version;
    return is_key(headers.key) ? UpgradeCheck::ok : UpgradeCheck::bad_key;
}

void check_protocols(std::string_view field) {
    const auto protocols = confab::ws::parse_subprotocols(field);
    std::vector<std::string> parts = split(field, ',');
    for (std::string& part : parts)
        part = trimmed(std::move(part));
    if (parts.size() == 1 && parts[0].empty()) parts.clear();
    bool good = parts.size() <= 16;
    for (const std::string& part : parts) {
        good = good && !part.empty() && std::count(parts.begin(), parts.end(), part) == 1;
        for (const char c : part) {
            good = good && c > 0x20 && c < 0x7F &&
                   std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
        }
        if (!good) break;
    }
    FUZZ_CHECK(protocols.has_value() == good);
    if (!good) return;
    FUZZ_CHECK(std::equal(protocols->begin(), protocols->end(), parts.begin(), parts.end()));
    for (const std::string_view protocol : *protocols) {
        FUZZ_CHECK(protocol.data() >= field.data() &&
                   protocol.data() + protocol.size() <= field.data() + field.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> lines = split({reinterpret_cast<const char*>(data), size}, '\n');
    lines.resize(7);
    const confab::ws::UpgradeHeaders headers{
        .method = lines[0],
        .http_version = lines[1] == "11" ? 11U : static_cast<unsigned>(lines[1].size()),
        .upgrade = lines[2],
        .connection = lines[3],
        .version = lines[4],
        .key = lines[5]};
    FUZZ_CHECK(confab::ws::check_upgrade(headers) == expected(headers));
    FUZZ_CHECK(confab::ws::accept_key(headers.key).size() == 28);
    check_protocols(lines[6]);
    return 0;
}
