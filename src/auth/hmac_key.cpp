#include "auth/hmac_key.hpp"

#include <nettle/hmac.h>
#include <sodium.h>

#include <array>
#include <cstdint>

#include "base/assert.hpp"
#include "base/octets.hpp"

namespace confab::auth {

struct HmacKey::State {
    State() = default;
    State(const State&) = default;
    State& operator=(const State&) = delete;
    ~State() { sodium_memzero(&context, sizeof context); }

    hmac_sha256_ctx context{};
};

HmacKey::HmacKey(const Secret& secret) {
    CONFAB_ASSERT(!secret.empty());
    auto state = std::make_unique<State>();
    hmac_sha256_set_key(&state->context, secret.size(), octets_of(secret.reveal()));
    state_ = std::move(state);
}

HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;
HmacKey::~HmacKey() = default;

bool HmacKey::matches(std::string_view message, std::string_view code) const {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> wanted{};
    if (code.size() != wanted.size()) return false;
    State state = *state_;
    hmac_sha256_update(&state.context, message.size(), octets_of(message));
    hmac_sha256_digest(&state.context, wanted.size(), wanted.data());
    return sodium_memcmp(wanted.data(), code.data(), wanted.size()) == 0;
}

}  // namespace confab::auth
