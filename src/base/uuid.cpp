#include "base/uuid.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/crypto.hpp"

namespace confab {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::uint64_t kHighMax = 0xfff;
constexpr std::uint64_t kLowMax = (std::uint64_t{1} << 62) - 1;

bool stands_after_a_hyphen(std::size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::uint64_t random_bits() {
    std::uint64_t value = 0;
    const std::string bytes = random_bytes(sizeof value);
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != kTextCharacters) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kBytes; ++i) {
        if (stands_after_a_hyphen(i) && text[at++] != '-') return std::nullopt;
        const int high = digit_value(text[at]);
        const int low = digit_value(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        uuid.bytes_[i] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return uuid;
}

Uuid Uuid::from_bytes(std::string_view bytes) {
    CONFAB_ASSERT(bytes.size() == kBytes);
    Uuid uuid;
    std::memcpy(uuid.bytes_.data(), bytes.data(), kBytes);
    return uuid;
}

std::string Uuid::text() const {
    std::string text;
    text.reserve(kTextCharacters);
    for (std::size_t i = 0; i < kBytes; ++i) {
        if (stands_after_a_hyphen(i)) text += '-';
        text += kDigits[bytes_[i] >> 4];
        text += kDigits[bytes_[i] & 0x0f];
    }
    return text;
}

Uuid UuidSource::next(WallTime now) {
    const auto since_1970 =
        std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
    const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(since_1970, 0));
    if (milliseconds > milliseconds_) {
        milliseconds_ = milliseconds;
        high_ = random_bits() & (kHighMax >> 1);  // the upper half is left to count in
        low_ = random_bits() & kLowMax;
    } else if (low_ < kLowMax) {
        ++low_;
    } else {
        low_ = 0;
        if (++high_ > kHighMax) high_ = 0, ++milliseconds_;
    }
    Uuid uuid;
    for (std::size_t i = 0; i < 6; ++i) {
        uuid.bytes_[i] = static_cast<std::uint8_t>(milliseconds_ >> (40 - 8 * i));
    }
    uuid.bytes_[6] = static_cast<std::uint8_t>(0x70 | (high_ >> 8));
    uuid.bytes_[7] = static_cast<std::uint8_t>(high_);
    for (std::size_t i = 0; i < 8; ++i) {
        uuid.bytes_[8 + i] = static_cast<std::uint8_t>(low_ >> (56 - 8 * i));
    }
    uuid.bytes_[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes_[8] & 0x3f));
    return uuid;
}

}  // namespace confab
