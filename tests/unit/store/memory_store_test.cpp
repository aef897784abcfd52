// The limits of MemoryStore; what it answers below them is tests/contract.
#include "store/memory_store.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::store {
namespace {

auth::Account account(const std::string& id) {
    auth::Account made;
    made.id = UserId(id);
    made.email = id;
    return made;
}

auth::RefreshFamily family(const std::string& id) {
    auth::RefreshFamily made;
    made.id = id;
    made.user = UserId("u");
    made.expires_at = from_unix_seconds(100);
    return made;
}

template <class T>
void expect_full(const Result<T>& answer) {
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().code, "store_full");
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_GT(answer.error().retry_after.count(), 0);
}

TEST(MemoryStore, AccountsBeyondTheLimitAreRefusedAndTheRestGoesOn) {
    MemoryStore store({2, 10, 10});
    ASSERT_TRUE(store.create_account(account("a")).has_value());
    ASSERT_TRUE(store.create_account(account("b")).has_value());
    expect_full(store.create_account(account("c")));
    EXPECT_FALSE(store.find_account(UserId("c")).value());
    EXPECT_EQ(store.create_account(account("a")).error().code, "email_taken");
    EXPECT_TRUE(store.set_disabled(UserId("a"), true).has_value());
}

TEST(MemoryStore, FamiliesBeyondTheLimitAreRefusedUntilSomeExpire) {
    MemoryStore store({10, 1, 10});
    ASSERT_TRUE(store.create_family(family("f1"), "t1", WallTime{}).has_value());
    expect_full(store.create_family(family("f2"), "t2", WallTime{}));
    EXPECT_FALSE(store.find_token("t2").value());
    ASSERT_EQ(store.remove_expired_families(from_unix_seconds(101)).value(), 1U);
    EXPECT_TRUE(store.create_family(family("f2"), "t2", WallTime{}).has_value());
}

TEST(MemoryStore, TokensBeyondTheLimitAreRefusedAndTheOldOneStaysCurrent) {
    MemoryStore store({10, 10, 2});
    ASSERT_TRUE(store.create_family(family("f1"), "t0", WallTime{}).has_value());
    ASSERT_TRUE(store.rotate("t0", "t1", WallTime{}).value());
    expect_full(store.rotate("t1", "t2", WallTime{}));
    EXPECT_FALSE(store.find_token("t1").value()->used_at);
    expect_full(store.create_family(family("f2"), "t3", WallTime{}));
}

}  // namespace
}  // namespace confab::store
