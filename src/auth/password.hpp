// Password: argon2id hashes of passwords, and the one form of a password that is hashed.
// Thread: any, concurrently; a hash costs tens of milliseconds and `memory_bytes`, so it belongs on
//         a worker, never on an event loop. The size of the worker pool bounds the memory.
// Owns:   its parameters.
// Limits: kPasswordCodePointsMax code points and kPasswordBytesMax bytes after normalisation.
// Invariants: (1) a password is never cut: too long is refused. (2) every byte counts, NUL too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::auth {

// The password in Unicode normal form C, so that one typed on another keyboard is the same.
// Counts code points after that. Errors, kind invalid, field "password": `password_too_short`,
// `password_too_long`, `password_not_utf8`.
[[nodiscard]] Result<Secret> normalise_password(std::string_view password,
                                                std::size_t code_points_min);

// Virtual so that a test can count what it does.
class PasswordHasher {
  public:
    struct Options {
        std::uint64_t memory_bytes = kArgonMemoryBytes;
        std::uint32_t passes = kArgonPasses;
    };

    // Throws std::invalid_argument for parameters that argon2id does not know.
    explicit PasswordHasher(Options options);
    virtual ~PasswordHasher() = default;
    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;

    // A PHC string with a fresh random salt. Errors: `hash_memory` (overloaded): no memory for it.
    [[nodiscard]] virtual Result<Secret> hash(std::string_view normalised) const;

    // Whether the password belongs to the hash; false for a hash that is not one.
    [[nodiscard]] virtual bool verify(const Secret& phc, std::string_view normalised) const;

    // Whether the text is a hash that verify() would do its work for.
    [[nodiscard]] bool is_hash(const Secret& phc) const;

    // Whether the parameters have risen since the hash was made. Lowering them rewrites nothing.
    [[nodiscard]] bool needs_rehash(const Secret& phc) const;

  private:
    const Options options_;
};

}  // namespace confab::auth
