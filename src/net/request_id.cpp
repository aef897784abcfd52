#include "net/request_id.hpp"

#include <atomic>

#include "base/crypto.hpp"

namespace confab::net {

std::string next_request_id(LoopIndex loop) {
    static const std::string prefix = base64url(random_bytes(6));
    thread_local std::uint64_t count = 0;
    return prefix + '-' + std::to_string(loop) + '-' + std::to_string(++count);
}

}  // namespace confab::net
