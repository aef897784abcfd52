// Refresh families: one per login; each holds a chain of refresh tokens of which one is current.
// Thread: values; RefreshStore may be called from several threads at once; calls block.
// Owns:   its fields. Stores never see a token, only its SHA-256.
// Limits: idle and absolute life are given by the caller as `expires_at`.
// Invariants: (1) at most one token of a family is current. (2) a revoked family stays revoked.
//             (3) rotate() is atomic: of many concurrent calls with one token, exactly one rotates.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace confab::auth {

struct RefreshFamily {
    std::string id;  // also the `sid` claim of its access tokens
    UserId user;
    WallTime created_at{};  // whole seconds, like every time here
    WallTime expires_at{};  // the absolute end, whatever use is made of it
    std::optional<WallTime> revoked_at;
};

// What the store knows of one presented token.
struct RefreshToken {
    RefreshFamily family;
    WallTime issued_at{};
    std::optional<WallTime> used_at;  // when it was exchanged for its successor
    bool successor_used = false;      // the successor has been exchanged, too
};

class RefreshStore {
  public:
    virtual ~RefreshStore() = default;

    // Stores a new family with its first token. Errors: `store_unavailable`, here and below.
    [[nodiscard]] virtual Result<void> create_family(const RefreshFamily& family,
                                                     std::string_view token_hash,
                                                     WallTime issued_at) = 0;
    [[nodiscard]] virtual Result<std::optional<RefreshToken>> find_token(
        std::string_view token_hash) = 0;
    // Marks `token_hash` used at `now` and makes `successor_hash` the current token, if the token
    // is unused and its family not revoked. False: somebody else was first, nothing was changed.
    [[nodiscard]] virtual Result<bool> rotate(std::string_view token_hash,
                                              std::string_view successor_hash, WallTime now) = 0;
    // Revoking what is unknown or already revoked is no error and changes nothing.
    [[nodiscard]] virtual Result<void> revoke_family(std::string_view family_id, WallTime now) = 0;
    // All families of the user but `except_family_id` ("" = all of them).
    [[nodiscard]] virtual Result<void> revoke_user(const UserId& user,
                                                   std::string_view except_family_id,
                                                   WallTime now) = 0;
    [[nodiscard]] virtual Result<std::optional<RefreshFamily>> find_family(
        std::string_view family_id) = 0;
    // Families revoked at `since` or later, the oldest revocation first, of one second by id; at
    // most `limit`.
    [[nodiscard]] virtual Result<std::vector<RefreshFamily>> revoked_since(WallTime since,
                                                                           std::size_t limit) = 0;
    // Removes families whose end came before `now`, with their tokens. Returns how many.
    [[nodiscard]] virtual Result<std::size_t> remove_expired_families(WallTime now) = 0;
};

}  // namespace confab::auth
