// checked(): the result of a system call, or an exception that names the call.
// Thread: any.
// Owns:   nothing.
// Limits: none.
// Invariant: what it returns is not negative.
#pragma once

#include <cerrno>
#include <system_error>

namespace confab::bench {

inline int checked(int result, const char* call) {
    if (result < 0) throw std::system_error(errno, std::system_category(), call);
    return result;
}

}  // namespace confab::bench
