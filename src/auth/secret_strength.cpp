#include "auth/secret_strength.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/secret.hpp"

namespace confab::auth {
namespace {

constexpr std::size_t kDifferentBytesMin = 8;
constexpr std::size_t kPeriodMax = 16;      // a text of at most this length, repeated
constexpr std::size_t kOwnLettersMin = 16;  // what must be left without the words of examples

// The words that examples of secrets are made of. Longer ones come first, so that nothing is left
// of them when a shorter one is contained.
constexpr std::array<std::string_view, 30> kExampleWords{
    "production", "development", "placeholder", "symmetric", "insecure", "password",
    "default",    "example",     "minimum",     "changeme",  "signing",  "change",
    "secret",     "random",      "string",      "server",    "confab",   "least",
    "token",      "super",       "bytes",       "this",      "your",     "long",
    "jwt",        "key",         "256",         "bits",      "bit",      "must"};

std::size_t different_bytes(std::string_view text) {
    std::bitset<256> seen;
    for (const char c : text)
        seen.set(static_cast<unsigned char>(c));
    return seen.count();
}

bool is_repetition(std::string_view text) {
    for (std::size_t period = 1; period <= kPeriodMax && period < text.size(); ++period) {
        if (text.substr(period) == text.substr(0, text.size() - period)) return true;
    }
    return false;
}

// Mostly bytes that follow each other by one step: "abcdef…", "987654…".
bool is_sequence(std::string_view text) {
    std::size_t steps = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const int step =
            static_cast<unsigned char>(text[i]) - static_cast<unsigned char>(text[i - 1]);
        if (step >= -1 && step <= 1) ++steps;
    }
    return steps * 2 > text.size();
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// What the secret has of its own: small letters and other bytes, without the words of examples.
Secret without_example_words(std::string_view secret) {
    static constexpr std::string_view kSeparators = "-_ .:,!";
    std::string rest;
    rest.reserve(secret.size());
    for (const char c : secret) {
        const char lower = ascii_lower(c);
        if (is_letter_or_digit(lower) || kSeparators.find(lower) == std::string_view::npos) {
            rest += lower;
        }
    }
    for (const auto word : kExampleWords) {
        for (auto at = rest.find(word); at != std::string::npos; at = rest.find(word, at)) {
            rest.erase(at, word.size());
        }
    }
    return Secret(std::move(rest));
}

}  // namespace

bool is_weak_secret(std::string_view secret) {
    if (secret.size() < kTokenSecretBytesMin) return true;
    if (different_bytes(secret) < kDifferentBytesMin) return true;
    if (is_repetition(secret) || is_sequence(secret)) return true;
    const Secret rest = without_example_words(secret);
    return rest.size() < kOwnLettersMin || different_bytes(rest.reveal()) < kDifferentBytesMin;
}

}  // namespace confab::auth
