// Ids: strong types for the names that travel through the server, so that they cannot be mixed up.
// Thread: values; their copies share one text, on any thread.
// Owns:   its text.
// Limits: kRoomNameCharactersMax, kMadeRoomNameCharacters, kUserIdBytesMax (base/limits.hpp).
// Invariant: a RoomName always holds a valid name; there is no way to make another.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
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

enum class RoomKind : std::uint8_t {
    public_room,   // anyone may come in, by name
    private_room,  // for its members
    direct_room    // for two users
};

// The name of a room: 1 to kRoomNameCharactersMax of letters, digits, '.', '_', '-'; of one that is
// not public what the server made of it: "~p" or "~d" and kMadeRoomNameCharacters of a to z and 2
// to 7 (RFC 4648 section 6), which nobody can guess.
class RoomName {
  public:
    [[nodiscard]] static std::optional<RoomName> parse(std::string_view text) {
        const bool is_made = text.starts_with("~p") || text.starts_with("~d");
        if (is_made ? !is_made_name(text) : !is_public_name(text)) return std::nullopt;
        return RoomName(text);
    }
    // `bytes`: at least 17 of them, as good as random.
    [[nodiscard]] static RoomName made(RoomKind kind, std::string_view bytes);
    [[nodiscard]] RoomKind kind() const {
        if (text().front() != '~') return RoomKind::public_room;
        return text()[1] == 'p' ? RoomKind::private_room : RoomKind::direct_room;
    }
    [[nodiscard]] std::string_view text() const { return text_.view(); }
    friend auto operator<=>(const RoomName& a, const RoomName& b) { return a.text() <=> b.text(); }
    friend bool operator==(const RoomName& a, const RoomName& b) { return a.text() == b.text(); }

  private:
    explicit RoomName(std::string_view text) : text_(SharedBytes::copy_of(text)) {}
    [[nodiscard]] static bool is_public_name(std::string_view text) {
        const auto allowed = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '.' || c == '_' || c == '-';
        };
        return !text.empty() && text.size() <= kRoomNameCharactersMax &&
               std::all_of(text.begin(), text.end(), allowed);
    }
    [[nodiscard]] static bool is_made_name(std::string_view text) {
        const auto allowed = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
        };
        return text.size() == 2 + kMadeRoomNameCharacters &&
               std::all_of(text.begin() + 2, text.end(), allowed);
    }
    SharedBytes text_;
};

// Five bits make a character, the first ones first.
inline RoomName RoomName::made(RoomKind kind, std::string_view bytes) {
    std::string name = kind == RoomKind::private_room ? "~p" : "~d";
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (auto next = bytes.begin(); name.size() < 2 + kMadeRoomNameCharacters; held -= 5) {
        if (held < 5) {
            bits = bits << 8 | static_cast<unsigned char>(*next++);
            held += 8;
        }
        name += "abcdefghijklmnopqrstuvwxyz234567"[bits >> (held - 5) & 31];
    }
    return RoomName(name);
}

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
