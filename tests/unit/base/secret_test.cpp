#include "base/secret.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>

namespace confab {
namespace {

// Marks a secret in memory. Long: on the heap; short: inside the string itself.
constexpr std::string_view kLong = "the-secret-that-must-not-stay-in-memory-anywhere";
constexpr std::string_view kShort = "short-secret";

// Looks for the second half: clearing a string overwrites its first byte, which is no wiping.
bool holds(const void* memory, std::size_t size, std::string_view needle) {
    const std::string_view half = needle.substr(needle.size() / 2);
    return std::string_view(static_cast<const char*>(memory), size).find(half) !=
           std::string_view::npos;
}

// How many blocks still held kLong when they were given back to the heap.
std::atomic<int>& leaked_blocks() {
    static std::atomic<int> count{0};
    return count;
}

void give_back(void* memory) {
    if (memory != nullptr && holds(memory, malloc_usable_size(memory), kLong)) ++leaked_blocks();
    std::free(memory);
}

}  // namespace
}  // namespace confab

// Not inlined: GCC would see malloc and free without their new and delete, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
    // Zeroed, so that what is found when a block is freed was written by its owner.
    void* memory = std::calloc(1, size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    confab::give_back(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    confab::give_back(memory);
}

namespace confab {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
    out << value;
};

TEST(Secret, CannotBePrintedOrTurnedIntoText) {
    static_assert(!Streamable<Secret>);
    static_assert(!std::is_convertible_v<Secret, std::string>);
    static_assert(!std::is_convertible_v<Secret, std::string_view>);
    static_assert(!std::is_constructible_v<std::string, Secret>);
    static_assert(!std::is_constructible_v<std::string_view, Secret>);
    static_assert(!std::is_convertible_v<std::string, Secret>, "made on purpose only");
    static_assert(!std::equality_comparable<Secret>, "only same_as compares");
}

TEST(Secret, RevealGivesTheBytes) {
    const Secret secret{std::string(kShort)};
    EXPECT_EQ(secret.reveal(), kShort);
    EXPECT_EQ(secret.size(), kShort.size());
    EXPECT_FALSE(secret.empty());
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, SameAsComparesEveryByteAndTheLength) {
    const Secret secret{std::string(kShort)};
    EXPECT_TRUE(secret.same_as(kShort));
    EXPECT_FALSE(secret.same_as(""));
    EXPECT_FALSE(secret.same_as(kShort.substr(1)));
    EXPECT_FALSE(secret.same_as(std::string(kShort) + "x"));
    for (std::size_t i = 0; i < kShort.size(); ++i) {
        std::string other(kShort);
        other[i] = static_cast<char>(other[i] ^ 1);
        EXPECT_FALSE(secret.same_as(other)) << i;
    }
    EXPECT_TRUE(Secret().same_as(""));
}

TEST(Secret, CopyIsIndependent) {
    Secret first{std::string(kShort)};
    Secret second = first;
    first = Secret{"other"};
    EXPECT_EQ(second.reveal(), kShort);
    EXPECT_EQ(first.reveal(), "other");
    const Secret& same = second;
    second = same;
    EXPECT_EQ(second.reveal(), kShort);
}

TEST(Secret, MoveLeavesNothingBehind) {
    Secret first{std::string(kShort)};
    const Secret second = std::move(first);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the rule under test
    EXPECT_EQ(second.reveal(), kShort);
    EXPECT_FALSE(holds(&first, sizeof(first), kShort)) << "a short text lies in the object";
    EXPECT_TRUE(holds(&second, sizeof(second), kShort)) << "else the line above proves nothing";

    Secret third{std::string(kShort)};
    Secret fourth{"before"};
    fourth = std::move(third);
    EXPECT_FALSE(holds(&third, sizeof(third), kShort));
    EXPECT_EQ(fourth.reveal(), kShort);
}

TEST(Secret, MemoryIsWipedBeforeItIsGivenBack) {
    leaked_blocks() = 0;
    { const std::string plain(kLong); }
    ASSERT_EQ(leaked_blocks(), 1) << "else nothing below proves anything";

    leaked_blocks() = 0;
    {
        const Secret secret{std::string(kLong)};
        const Secret copy = secret;
        Secret overwritten{std::string(kLong)};
        overwritten = Secret{std::string(100, 'x')};
        Secret assigned{std::string(kLong)};
        const Secret other{std::string(200, 'y')};
        assigned = other;
        Secret taken{std::string(kLong)};
        taken = Secret{std::string(kLong)};
    }
    EXPECT_EQ(leaked_blocks(), 0);
}

TEST(Secret, ShorterSecretLeavesNoRestOfALongerOne) {
    leaked_blocks() = 0;
    {
        std::string text(200, 'x');
        text.replace(100, kLong.size(), kLong);
        Secret secret{std::move(text)};
        const Secret shorter{"x"};
        secret = shorter;
        EXPECT_EQ(secret.reveal(), "x");
    }
    EXPECT_EQ(leaked_blocks(), 0);
}

}  // namespace
}  // namespace confab
