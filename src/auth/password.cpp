#include "auth/password.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "auth/text.hpp"
#include "base/utf8.hpp"

namespace confab::auth {
namespace {

constexpr std::string_view kAlgorithm = "$argon2id$";
constexpr std::uint64_t kMemoryUnitBytes = 1024;  // PHC strings count memory in KiB

using PhcBuffer = std::array<char, crypto_pwhash_STRBYTES>;

// libsodium reads a zero-terminated text from a buffer of fixed size. Nothing when it does not fit.
std::optional<PhcBuffer> to_buffer(const Secret& phc) {
    PhcBuffer buffer{};
    const std::string_view text = phc.reveal();
    if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    std::memcpy(buffer.data(), text.data(), text.size());
    return buffer;
}

// The number after `name`, as in "m=19456".
std::uint64_t parameter(std::string_view phc, std::string_view name) {
    const auto at = phc.find(name);
    if (at == std::string_view::npos) return 0;
    phc.remove_prefix(at + name.size());
    std::uint64_t value = 0;
    std::from_chars(phc.data(), phc.data() + phc.size(), value);
    return value;
}

// Never null, not even for an empty text: the library's functions may not be given that.
const char* characters_of(std::string_view text) {
    return text.empty() ? "" : text.data();
}

Error too_long() {
    return Error(ErrorKind::invalid, "password_too_long",
                 "at most " + std::to_string(kPasswordCodePointsMax) + " characters", "password");
}

}  // namespace

Result<Secret> normalise_password(std::string_view password, std::size_t code_points_min) {
    // Composing shrinks UTF-8 to a third at most, so nothing acceptable is longer than this.
    if (password.size() > kPasswordRawBytesMax) return too_long();
    auto text = to_nfc(password);
    if (!text) {
        return Error(ErrorKind::invalid, "password_not_utf8", "must be valid UTF-8", "password");
    }
    Secret normalised(std::move(*text));
    const std::size_t code_points = count_code_points(normalised.reveal());
    if (code_points < code_points_min) {
        return Error(ErrorKind::invalid, "password_too_short",
                     "at least " + std::to_string(code_points_min) + " characters", "password");
    }
    if (code_points > kPasswordCodePointsMax || normalised.size() > kPasswordBytesMax) {
        return too_long();
    }
    return normalised;
}

PasswordHasher::PasswordHasher(Options options) : options_(options) {
    if (options_.memory_bytes < crypto_pwhash_MEMLIMIT_MIN ||
        options_.memory_bytes > crypto_pwhash_MEMLIMIT_MAX) {
        throw std::invalid_argument("argon2id: memory out of range");
    }
    if (options_.passes < crypto_pwhash_OPSLIMIT_MIN) {
        throw std::invalid_argument("argon2id: at least one pass");
    }
}

Result<Secret> PasswordHasher::hash(std::string_view normalised) const {
    PhcBuffer buffer{};
    const int failed = crypto_pwhash_str_alg(
        buffer.data(), characters_of(normalised), normalised.size(), options_.passes,
        static_cast<std::size_t>(options_.memory_bytes), crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) {
        return Error(ErrorKind::overloaded, "hash_memory", "not enough memory at the moment")
            .retry_in(kWorkerWaitMax);
    }
    Secret phc{std::string(buffer.data())};
    sodium_memzero(buffer.data(), buffer.size());
    return phc;
}

bool PasswordHasher::verify(const Secret& phc, std::string_view normalised) const {
    auto buffer = to_buffer(phc);
    if (!buffer) return false;
    const bool same =
        crypto_pwhash_str_verify(buffer->data(), characters_of(normalised), normalised.size()) == 0;
    sodium_memzero(buffer->data(), buffer->size());
    return same;
}

bool PasswordHasher::is_hash(const Secret& phc) const {
    const auto buffer = to_buffer(phc);
    return buffer &&
           crypto_pwhash_str_needs_rehash(buffer->data(), options_.passes,
                                          static_cast<std::size_t>(options_.memory_bytes)) != -1;
}

bool PasswordHasher::needs_rehash(const Secret& phc) const {
    if (!is_hash(phc)) return false;
    const std::string_view text = phc.reveal();
    return !text.starts_with(kAlgorithm) ||
           parameter(text, "$m=") < options_.memory_bytes / kMemoryUnitBytes ||
           parameter(text, ",t=") < options_.passes;
}

}  // namespace confab::auth
