// Uuid: an identifier of 128 bits (RFC 9562), and where new ones come from.
// Thread: a Uuid is a value; a UuidSource belongs to one thread.
// Owns:   nothing.
// Limits: none.
// Invariant: the texts that parse() takes and text() gives are in the form of RFC 9562 section 4.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace confab {

class Uuid {
  public:
    static constexpr std::size_t kBytes = 16;
    static constexpr std::size_t kTextCharacters = 36;

    Uuid() = default;  // the nil UUID, RFC 9562 section 5.9: stands for none
    // Hexadecimal digits of either case, four hyphens; nothing for any other text.
    [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);
    // The bytes in network order; asserts that they are 16.
    [[nodiscard]] static Uuid from_bytes(std::string_view bytes);

    [[nodiscard]] bool is_nil() const { return *this == Uuid(); }
    [[nodiscard]] std::string text() const;  // in lower case
    [[nodiscard]] std::string_view bytes() const {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }
    friend auto operator<=>(const Uuid&, const Uuid&) = default;

  private:
    friend class UuidSource;
    std::array<std::uint8_t, kBytes> bytes_{};
};

// Makes UUIDs of version 7 (RFC 9562 section 5.7), each greater than the one before: the time in
// milliseconds, then a counter that begins at random in every millisecond (section 6.2, method 2).
// When the clock goes back the time of the last one is kept.
class UuidSource {
  public:
    [[nodiscard]] Uuid next(WallTime now);

  private:
    std::uint64_t milliseconds_ = 0;
    std::uint64_t high_ = 0;  // 12 bits
    std::uint64_t low_ = 0;   // 62 bits
};

}  // namespace confab
