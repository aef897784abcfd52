#include "base/secret.hpp"

#include <sodium.h>

namespace confab {

bool Secret::same_as(std::string_view other) const {
    return bytes_.size() == other.size() &&
           sodium_memcmp(bytes_.data(), other.data(), other.size()) == 0;
}

void Secret::wipe() noexcept {
    // The whole capacity: a moved-from or shrunk string may still hold the old bytes inline.
    bytes_.resize(bytes_.capacity());
    sodium_memzero(bytes_.data(), bytes_.size());
    bytes_.clear();
}

}  // namespace confab
