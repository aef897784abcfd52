// What the contract tests of the account and refresh stores share: the stores they run against,
// values with awkward content, and threads that start together.
// Thread: as stated.
// Owns:   each test its own store and directory.
// Limits: none.
// Invariant: a test sees the ports only, never which store it has.
#pragma once

#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "auth/account.hpp"
#include "auth/refresh_family.hpp"
#include "base/crypto.hpp"
#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"
#include "support/temp_directory.hpp"

namespace confab::test {

enum class StoreKind { memory, sqlite, sqlite_visitor };

inline std::string kind_name(const ::testing::TestParamInfo<StoreKind>& info) {
    switch (info.param) {
        case StoreKind::memory:
            return "Memory";
        case StoreKind::sqlite:
            return "Sqlite";
        case StoreKind::sqlite_visitor:
            return "SqliteVisitor";
    }
    return "Unknown";
}

inline auto every_store() {
    return ::testing::Values(StoreKind::memory, StoreKind::sqlite, StoreKind::sqlite_visitor);
}

class AuthStoreTest : public ::testing::TestWithParam<StoreKind> {
  protected:
    AuthStoreTest() {
        if (GetParam() == StoreKind::memory) {
            use(std::make_shared<store::MemoryStore>());
        } else {
            const bool server = GetParam() == StoreKind::sqlite;
            use(std::make_shared<store::SqliteStore>(
                store::SqliteStore::Options{directory_.file("confab.db"), server, nullptr}));
        }
    }

    [[nodiscard]] auth::AccountStore& accounts() { return *accounts_; }
    [[nodiscard]] auth::RefreshStore& refreshes() { return *refreshes_; }

  private:
    template <class Store>
    void use(const std::shared_ptr<Store>& store) {
        accounts_ = store;
        refreshes_ = store;
    }

    TempDirectory directory_;
    std::shared_ptr<auth::AccountStore> accounts_;
    std::shared_ptr<auth::RefreshStore> refreshes_;
};

// Text that breaks a store which builds SQL from it, folds case or counts bytes wrongly.
inline std::vector<std::string> awkward_texts() {
    return {"",
            "O'Brien",
            "say \"hi\"",
            "x'); DROP TABLE accounts; --",
            "' OR '1'='1",
            "?1 :name @name $name",
            "100% _under_ \\back\\slash",
            "line\nbreak\ttab\r",
            "Zo\xC3\xAB \xF0\x9F\x8E\x89 \xE2\x80\xAE",
            "NULL",
            "0x00",
            " spaces around ",
            std::string(10'000, 'a')};
}

inline auth::Account sample_account(const std::string& id, const std::string& email) {
    auth::Account account;
    account.id = UserId(id);
    account.email = email;
    account.full_name = "Ada Lovelace";
    account.age = 36;
    account.date_of_birth = "1815-12-10T00:00:00Z";
    account.gender = "female";
    account.phone_number = "+441234567890";
    account.password_hash = Secret("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    account.created_at = from_unix_seconds(1'700'000'000);
    return account;
}

inline void expect_same(const auth::Account& stored, const auth::Account& given) {
    EXPECT_EQ(stored.id, given.id);
    EXPECT_EQ(stored.email, given.email);
    EXPECT_EQ(stored.full_name, given.full_name);
    EXPECT_EQ(stored.age, given.age);
    EXPECT_EQ(stored.date_of_birth, given.date_of_birth);
    EXPECT_EQ(stored.gender, given.gender);
    EXPECT_EQ(stored.phone_number, given.phone_number);
    EXPECT_TRUE(stored.password_hash.same_as(given.password_hash.reveal()));
    EXPECT_EQ(stored.disabled, given.disabled);
    EXPECT_EQ(stored.created_at, given.created_at);
}

inline auth::RefreshFamily sample_family(const std::string& id, const std::string& user) {
    auth::RefreshFamily family;
    family.id = id;
    family.user = UserId(user);
    family.created_at = from_unix_seconds(1'700'000'000);
    family.expires_at = from_unix_seconds(1'800'000'000);
    return family;
}

// The digest a store would be given for this token.
inline std::string hash_of(const std::string& token) {
    return sha256(token);
}

// Calls work(0) to work(count - 1), each on a thread of its own, all at the same moment.
inline void race(int count, const std::function<void(int)>& work) {
    std::barrier start(count);
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            work(i);
        });
    }
    for (auto& thread : threads)
        thread.join();
}

}  // namespace confab::test
