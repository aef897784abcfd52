#include "auth/jose_base64.hpp"

#include <array>
#include <cstdint>

namespace confab::auth {
namespace {

constexpr std::uint32_t kNoDigit = 0xFF;  // no digit has one of its two highest bits
constexpr std::uint32_t kNoDigitBits = 0xC0;

// RFC 4648 section 5, table 2: the value of every character.
constexpr std::array<std::uint8_t, 256> kDigits = [] {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<std::uint8_t, 256> digits{};
    digits.fill(kNoDigit);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    return digits;
}();

std::uint32_t digit(char c) {
    return kDigits[static_cast<unsigned char>(c)];
}

// The two or three characters after the last group of four; their unused bits must be zero.
bool decode_rest(char* out, std::string_view rest) {
    if (rest.empty()) return true;
    if (rest.size() == 1) return false;
    const std::uint32_t first = digit(rest[0]);
    const std::uint32_t second = digit(rest[1]);
    const std::uint32_t third = rest.size() == 3 ? digit(rest[2]) : 0;
    const std::uint32_t unused = rest.size() == 3 ? third & 0x03 : second & 0x0F;
    out[0] = static_cast<char>(first << 2 | second >> 4);
    if (rest.size() == 3) out[1] = static_cast<char>(second << 4 | third >> 2);
    return ((first | second | third) & kNoDigitBits) == 0 && unused == 0;
}

}  // namespace

bool decode_base64url_to(char* out, std::string_view text) {
    const char* in = text.data();
    const char* const end = in + text.size() / 4 * 4;
    std::uint32_t seen = 0;  // looked at once, at the end: there is no other way out of the loop
    for (; in != end; in += 4, out += 3) {
        const std::uint32_t a = digit(in[0]);
        const std::uint32_t b = digit(in[1]);
        const std::uint32_t c = digit(in[2]);
        const std::uint32_t d = digit(in[3]);
        seen |= a | b | c | d;
        const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        out[0] = static_cast<char>(bits >> 16);
        out[1] = static_cast<char>(bits >> 8);
        out[2] = static_cast<char>(bits);
    }
    return decode_rest(out, text.substr(text.size() / 4 * 4)) && (seen & kNoDigitBits) == 0;
}

std::optional<std::string> decode_base64url(std::string_view text) {
    std::string bytes(decoded_base64url_bytes(text.size()), '\0');
    if (!decode_base64url_to(bytes.data(), text)) return std::nullopt;
    return bytes;
}

}  // namespace confab::auth
