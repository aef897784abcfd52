// AllocationCount: how often, and for how much, this thread asked the heap.
// Thread: counts the thread it lives on.
// Owns:   nothing.
// Limits: none.
// Invariant: counts only where CONFAB_TEST_COUNT_ALLOCATIONS stands in exactly one source file of
//            the program; without it everything stays zero.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace confab::test {

struct AllocationCount {
    std::size_t calls = 0;
    std::size_t largest = 0;  // bytes of one call
    std::size_t bytes = 0;    // of all calls
    std::ptrdiff_t held = 0;  // bytes that were not given back, as the heap rounds them
    std::ptrdiff_t peak = 0;  // the most that was held

    static AllocationCount& of_this_thread() {
        thread_local AllocationCount count;
        return count;
    }
    static void restart() { of_this_thread() = {}; }
    void add(std::size_t size) {
        ++calls;
        bytes += size;
        if (size > largest) largest = size;
    }
    void hold(void* memory) {
        held += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
        peak = std::max(peak, held);
    }
    void give_back(void* memory) {
        held -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    }
};

inline void* counted_allocation(std::size_t size) {
    AllocationCount::of_this_thread().add(size);
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    AllocationCount::of_this_thread().hold(memory);
    return memory;
}

inline void counted_release(void* memory) {
    AllocationCount::of_this_thread().give_back(memory);
    std::free(memory);
}

}  // namespace confab::test

// Not inlined: GCC would see malloc and free without their new and delete, and warn.
#define CONFAB_TEST_COUNT_ALLOCATIONS                                              \
    [[gnu::noinline]] void* operator new(std::size_t size) {                       \
        return confab::test::counted_allocation(size);                             \
    }                                                                              \
    [[gnu::noinline]] void* operator new[](std::size_t size) {                     \
        return confab::test::counted_allocation(size);                             \
    }                                                                              \
    [[gnu::noinline]] void operator delete(void* memory) noexcept {                \
        confab::test::counted_release(memory);                                     \
    }                                                                              \
    [[gnu::noinline]] void operator delete[](void* memory) noexcept {              \
        confab::test::counted_release(memory);                                     \
    }                                                                              \
    [[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {   \
        confab::test::counted_release(memory);                                     \
    }                                                                              \
    [[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { \
        confab::test::counted_release(memory);                                     \
    }
