// Ids: strong types for the names that travel through the server, so that they cannot be mixed up.
// Thread: values; their copies share one text, on any thread.
// Owns:   its text.
// Limits: kRoomNameCharactersMax, kUserIdBytesMax (base/limits.hpp).
// Invariant: a RoomName always holds a valid name; there is no way to make another.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/limits.hpp"
#include "base/shared_bytes.hpp"

namespace confab {

// Who a user is: the `sub` of a token. Opaque; for Confab's own accounts a UUID. A connected user
// is known to its connections, its rooms and its quota: all of them hold the same text.
class UserId {
  public:
    UserId() = default;
    explicit UserId(std::string_view text) : text_(SharedBytes::copy_of(text)) {}
    [[nodiscard]] std::string_view text() const { return text_.view(); }
    [[nodiscard]] const SharedBytes& shared() const { return text_; }
    friend auto operator<=>(const UserId& a, const UserId& b) { return a.text() <=> b.text(); }
    friend bool operator==(const UserId& a, const UserId& b) { return a.text() == b.text(); }

  private:
    SharedBytes text_;
};

// The name of a room: 1 to kRoomNameCharactersMax of letters, digits, '.', '_', '-'.
class RoomName {
  public:
    [[nodiscard]] static std::optional<RoomName> parse(std::string_view text) {
        const auto allowed = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '.' || c == '_' || c == '-';
        };
        if (text.empty() || text.size() > kRoomNameCharactersMax) return std::nullopt;
        if (!std::all_of(text.begin(), text.end(), allowed)) return std::nullopt;
        return RoomName(text);
    }
    [[nodiscard]] std::string_view text() const { return text_.view(); }
    friend auto operator<=>(const RoomName& a, const RoomName& b) { return a.text() <=> b.text(); }
    friend bool operator==(const RoomName& a, const RoomName& b) { return a.text() == b.text(); }

  private:
    explicit RoomName(std::string_view text) : text_(SharedBytes::copy_of(text)) {}
    SharedBytes text_;
};

// Which event loop; 0 to loops - 1.
using LoopIndex = std::uint32_t;

// The place of an event in its room: 1, 2, 3, … without holes. 0 is before the first.
using Seq = std::uint64_t;

}  // namespace confab

template <>
struct std::hash<confab::UserId> {
    std::size_t operator()(const confab::UserId& id) const noexcept {
        return std::hash<std::string_view>{}(id.text());
    }
};

template <>
struct std::hash<confab::RoomName> {
    std::size_t operator()(const confab::RoomName& name) const noexcept {
        return std::hash<std::string_view>{}(name.text());
    }
};
