// HmacKey: a secret that checks HMAC-SHA-256 codes (RFC 2104), made ready once for all of them.
// Thread: immutable; matches() from any thread, concurrently.
// Owns:   the hash states behind the two pads, which are as good as the secret; wiped at the end.
// Limits: the caller bounds the message.
// Invariants: (1) a code is compared in constant time, and only if it has exactly 32 bytes. (2) the
//             secret itself is not kept.
#pragma once

#include <memory>
#include <string_view>

#include "base/secret.hpp"

namespace confab::auth {

class HmacKey {
  public:
    // Any length but zero: with an empty key anybody could sign. Asserts that.
    explicit HmacKey(const Secret& secret);
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;
    ~HmacKey();

    [[nodiscard]] bool matches(std::string_view message, std::string_view code) const;

  private:
    struct State;
    std::unique_ptr<const State> state_;
};

}  // namespace confab::auth
