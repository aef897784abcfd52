// Query strings against a second reading of them, and values that were encoded and come back.
// Room names, which come from there, against a list of what they are made of.
// Input: a line with the wanted name, then the query.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "net/http.hpp"
#include "support/fuzz_check.hpp"

namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

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

std::size_t digit(char c) {
    return kDigits.find(c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c);
}

// Replaces from the left, so that what an escape stands for is not looked at again.
std::string decoded(std::string text) {
    std::replace(text.begin(), text.end(), '+', ' ');
    for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1)) {
        if (text.size() - at < 3) break;
        const std::size_t high = digit(text[at + 1]);
        const std::size_t low = digit(text[at + 2]);
        if (high > 15 || low > 15) continue;
        text.replace(at, 3, 1, static_cast<char>(high * 16 + low));
    }
    return text;
}

std::optional<std::string> expected(std::string_view query, std::string_view name) {
    if (query.empty()) return std::nullopt;  // no pair at all; "&" alone is two empty ones
    auto pairs = split(query, '&');
    if (pairs.back().empty()) pairs.pop_back();  // nothing begins at the end
    for (const std::string& pair : pairs) {
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (decoded(pair.substr(0, equals)) != name) continue;
        return equals == pair.size() ? "" : decoded(pair.substr(equals + 1));
    }
    return std::nullopt;
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
            out += c;
        } else {
            out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
        }
    }
    return out;
}

void check_room(std::string_view text) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const bool good = !text.empty() && text.size() <= 64 &&
                      text.find_first_not_of(kAllowed) == std::string_view::npos;
    const auto room = confab::RoomName::parse(text);
    FUZZ_CHECK(room.has_value() == good);
    FUZZ_CHECK(!good || room->text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view name = input.substr(0, input.find('\n'));
    const std::string_view query = input.substr(std::min(name.size() + 1, size));

    const auto value = confab::net::query_value(query, name);
    FUZZ_CHECK(value == expected(query, name));
    check_room(value.value_or(std::string(query)));

    // Whatever the bytes, they get through, and no pair before or behind them is taken for theirs.
    const std::string pair = encoded(name) + '=' + encoded(query);
    FUZZ_CHECK(confab::net::query_value(pair, name) == query);
    FUZZ_CHECK(confab::net::query_value(pair + '&' + encoded(name) + "=x", name) == query);
    FUZZ_CHECK(confab::net::query_value("y" + pair + '&' + pair, name) == query);
    return 0;
}
