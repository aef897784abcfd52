#include "base/crypto.hpp"

#include <sodium.h>

#include <stdexcept>

#include "base/octets.hpp"
#include "base/uuid.hpp"

namespace confab {

void initialise_crypto() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium: no source of randomness");
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::uint32_t random_below(std::uint32_t bound) {
    return bound < 2 ? 0 : randombytes_uniform(bound);
}

std::string random_uuid() {
    std::string raw = random_bytes(Uuid::kBytes);
    raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);  // version 4
    raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);  // RFC 9562 variant
    return Uuid::from_bytes(raw).text();
}

std::string base64url(std::string_view bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), octets_of(bytes), bytes.size(), kVariant);
    text.pop_back();  // libsodium counts a terminating zero
    return text;
}

std::string sha256(std::string_view bytes) {
    std::string digest(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()), octets_of(bytes),
                       bytes.size());
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, octets_of(key), key.size());
    crypto_auth_hmacsha256_update(&state, octets_of(bytes), bytes.size());
    std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
    return mac;
}

}  // namespace confab
