// Random bytes, identifiers and digests, all through libsodium.
// Thread: any; call initialise_crypto() once before.
// Owns:   nothing.
// Limits: none.
// Invariant: every random value is unpredictable; nothing here may be seeded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace confab {

// Prepares the crypto library. Call once at the start of main, before any thread; throws
// std::runtime_error when the system has no randomness to give.
void initialise_crypto();

[[nodiscard]] std::string random_bytes(std::size_t count);

// A number in [0, bound), evenly distributed; 0 when bound is 0.
[[nodiscard]] std::uint32_t random_below(std::uint32_t bound);

// A random UUID in text form (RFC 9562 section 5.4, version 4).
[[nodiscard]] std::string random_uuid();

// Base64url without padding (RFC 4648 section 5).
[[nodiscard]] std::string base64url(std::string_view bytes);

// SHA-256 of the bytes, 32 raw bytes.
[[nodiscard]] std::string sha256(std::string_view bytes);

// HMAC-SHA-256 (RFC 2104), 32 raw bytes; any key length.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace confab
