// CONFAB_ASSERT: a bug check that stays on in release builds.
// Thread: any.
// Owns:   nothing.
// Limits: none.
// Invariant: a failed check prints the condition and its place, then aborts; it never returns.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CONFAB_ASSERT(condition)                                                                   \
    do {                                                                                           \
        if (!(condition)) [[unlikely]] {                                                           \
            std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)
