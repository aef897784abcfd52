// Ids: strong types for the names that travel through the server, so that they cannot be mixed up.
// Thread: values.
// Owns:   its text.
// Limits: kRoomNameCharactersMax, kUserIdBytesMax (base/limits.hpp).
// Invariant: a RoomName always holds a valid name; there is no way to make another.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.hpp"

namespace confab {

// Who a user is: the `sub` of a token. Opaque; for Confab's own accounts a UUID.
class UserId {
  public:
    UserId() = default;
    explicit UserId(std::string text) : text_(std::move(text)) {}
    [[nodiscard]] const std::string& text() const { return text_; }
    friend auto operator<=>(const UserId&, const UserId&) = default;

  private:
    std::string text_;
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
        return RoomName(std::string(text));
    }
    [[nodiscard]] const std::string& text() const { return text_; }
    friend auto operator<=>(const RoomName&, const RoomName&) = default;

  private:
    explicit RoomName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

// Which event loop; 0 to loops - 1.
using LoopIndex = std::uint32_t;

}  // namespace confab

template <>
struct std::hash<confab::UserId> {
    std::size_t operator()(const confab::UserId& id) const noexcept {
        return std::hash<std::string>{}(id.text());
    }
};

template <>
struct std::hash<confab::RoomName> {
    std::size_t operator()(const confab::RoomName& name) const noexcept {
        return std::hash<std::string>{}(name.text());
    }
};
