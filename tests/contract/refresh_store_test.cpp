// The contract of auth::RefreshStore, kept by every store.
#include <atomic>
#include <string>

#include "base/limits.hpp"
#include "contract/auth_store_contract.hpp"

namespace confab::test {
namespace {

constexpr std::int64_t kStart = 1'700'000'000;

WallTime at(std::int64_t seconds) {
    return from_unix_seconds(kStart + seconds);
}

class RefreshStoreContract : public AuthStoreTest {
  protected:
    void create(const std::string& family, const std::string& user, const std::string& token) {
        ASSERT_TRUE(refreshes()
                        .create_family(sample_family(family, user), hash_of(token), at(0))
                        .has_value());
    }
    // The token, which must be there.
    auth::RefreshToken fetch(const std::string& token) {
        const auto found = refreshes().find_token(hash_of(token));
        if (!found.has_value() || !found->has_value()) {
            ADD_FAILURE() << "no token " << token;
            return {};
        }
        return **found;
    }
    bool known(const std::string& token) {
        return refreshes().find_token(hash_of(token))->has_value();
    }
    bool rotate(const std::string& token, const std::string& successor, std::int64_t seconds) {
        const auto done = refreshes().rotate(hash_of(token), hash_of(successor), at(seconds));
        EXPECT_TRUE(done.has_value());
        return done.has_value() && *done;
    }
    static std::vector<std::string> ids(const Result<std::vector<auth::RefreshFamily>>& families) {
        EXPECT_TRUE(families.has_value());
        std::vector<std::string> list;
        if (!families) return list;
        for (const auto& family : *families)
            list.push_back(family.id);
        return list;
    }
    bool revoked(const std::string& family) {
        const auto found = refreshes().find_family(family);
        EXPECT_TRUE(found.has_value() && found->has_value()) << "no family " << family;
        return found.has_value() && found->has_value() && (*found)->revoked_at.has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(Store, RefreshStoreContract, every_store(), kind_name);

TEST_P(RefreshStoreContract, NewFamilyHasOneUnusedToken) {
    create("f1", "u1", "t0");
    const auth::RefreshToken token = fetch("t0");
    EXPECT_EQ(token.family.id, "f1");
    EXPECT_EQ(token.family.user.text(), "u1");
    EXPECT_EQ(token.family.created_at, from_unix_seconds(1'700'000'000));
    EXPECT_EQ(token.family.expires_at, from_unix_seconds(1'800'000'000));
    EXPECT_FALSE(token.family.revoked_at);
    EXPECT_EQ(token.issued_at, at(0));
    EXPECT_FALSE(token.used_at);
    EXPECT_FALSE(token.successor_used);
    const auto family = refreshes().find_family("f1");
    ASSERT_TRUE(family.has_value() && family->has_value());
    EXPECT_EQ((*family)->user.text(), "u1");
    EXPECT_EQ((*family)->expires_at, from_unix_seconds(1'800'000'000));
}

TEST_P(RefreshStoreContract, WhatIsUnknownIsNoError) {
    EXPECT_FALSE(known("nothing"));
    EXPECT_FALSE(refreshes().find_family("nothing")->has_value());
    EXPECT_FALSE(rotate("nothing", "next", 1));
    EXPECT_FALSE(known("next"));
    EXPECT_TRUE(refreshes().revoke_family("nothing", at(1)).has_value());
    EXPECT_TRUE(refreshes().revoke_user(UserId("nobody"), "", at(1)).has_value());
    EXPECT_EQ(refreshes().remove_expired_families(at(1)).value(), 0U);
}

TEST_P(RefreshStoreContract, FamilyOrTokenThatExistsIsRefusedAndChangesNothing) {
    create("f1", "u1", "t0");
    const auto same_family =
        refreshes().create_family(sample_family("f1", "u2"), hash_of("t9"), at(5));
    ASSERT_TRUE(same_family.has_error());
    EXPECT_EQ(same_family.error().code, "family_exists");
    EXPECT_EQ(same_family.error().kind, ErrorKind::conflict);
    EXPECT_FALSE(known("t9"));
    const auto same_token =
        refreshes().create_family(sample_family("f2", "u2"), hash_of("t0"), at(5));
    ASSERT_TRUE(same_token.has_error());
    EXPECT_EQ(same_token.error().code, "family_exists");
    EXPECT_FALSE(refreshes().find_family("f2")->has_value());
    EXPECT_EQ(fetch("t0").family.user.text(), "u1");
}

TEST_P(RefreshStoreContract, RotationMakesTheSuccessorCurrent) {
    create("f1", "u1", "t0");
    ASSERT_TRUE(rotate("t0", "t1", 10));
    EXPECT_EQ(fetch("t0").used_at, at(10));
    EXPECT_EQ(fetch("t0").issued_at, at(0));
    EXPECT_FALSE(fetch("t0").successor_used);
    EXPECT_FALSE(fetch("t1").used_at);
    EXPECT_EQ(fetch("t1").issued_at, at(10));
    EXPECT_EQ(fetch("t1").family.id, "f1");
}

TEST_P(RefreshStoreContract, UsedTokenDoesNotRotateAgain) {
    create("f1", "u1", "t0");
    ASSERT_TRUE(rotate("t0", "t1", 10));
    EXPECT_FALSE(rotate("t0", "t1b", 11));
    EXPECT_FALSE(known("t1b"));
    EXPECT_EQ(fetch("t0").used_at, at(10));
    EXPECT_TRUE(rotate("t1", "t2", 12));
}

TEST_P(RefreshStoreContract, TokenTellsWhetherItsOwnSuccessorWasUsed) {
    create("f1", "u1", "t0");
    create("f2", "u1", "other");
    ASSERT_TRUE(rotate("other", "other1", 5));
    ASSERT_TRUE(rotate("other1", "other2", 6));
    ASSERT_TRUE(rotate("t0", "t1", 10));
    EXPECT_FALSE(fetch("t0").successor_used);
    ASSERT_TRUE(rotate("t1", "t2", 20));
    EXPECT_TRUE(fetch("t0").successor_used);
    EXPECT_FALSE(fetch("t1").successor_used);
    EXPECT_FALSE(fetch("t2").successor_used);
}

TEST_P(RefreshStoreContract, SuccessorThatExistsIsRefusedAndChangesNothing) {
    create("f1", "u1", "t0");
    create("f2", "u2", "s0");
    for (const char* existing : {"s0", "t0"}) {
        const auto refused = refreshes().rotate(hash_of("t0"), hash_of(existing), at(10));
        ASSERT_TRUE(refused.has_error()) << existing;
        EXPECT_EQ(refused.error().code, "family_exists");
    }
    EXPECT_FALSE(fetch("t0").used_at);
    EXPECT_EQ(fetch("s0").family.id, "f2");
    EXPECT_TRUE(rotate("t0", "t1", 11));
}

TEST_P(RefreshStoreContract, RevokedFamilyDoesNotRotateAndStaysRevoked) {
    create("f1", "u1", "t0");
    ASSERT_TRUE(refreshes().revoke_family("f1", at(10)).has_value());
    EXPECT_FALSE(rotate("t0", "t1", 11));
    EXPECT_FALSE(known("t1"));
    EXPECT_FALSE(fetch("t0").used_at);
    EXPECT_EQ(fetch("t0").family.revoked_at, at(10));
    // A second revocation keeps the time of the first.
    ASSERT_TRUE(refreshes().revoke_family("f1", at(20)).has_value());
    ASSERT_TRUE(refreshes().revoke_user(UserId("u1"), "", at(30)).has_value());
    EXPECT_EQ((*refreshes().find_family("f1"))->revoked_at, at(10));
}

TEST_P(RefreshStoreContract, FamilyMayBeStoredRevoked) {
    auth::RefreshFamily family = sample_family("f1", "u1");
    family.revoked_at = at(3);
    ASSERT_TRUE(refreshes().create_family(family, hash_of("t0"), at(0)).has_value());
    EXPECT_EQ((*refreshes().find_family("f1"))->revoked_at, at(3));
    EXPECT_FALSE(rotate("t0", "t1", 4));
}

TEST_P(RefreshStoreContract, RevokingAUserSparesOthersAndTheNamedFamily) {
    create("f1", "u1", "t1");
    create("f2", "u1", "t2");
    create("f3", "u1", "t3");
    create("f4", "u2", "t4");
    ASSERT_TRUE(refreshes().revoke_user(UserId("u1"), "f2", at(10)).has_value());
    EXPECT_TRUE(revoked("f1"));
    EXPECT_FALSE(revoked("f2"));
    EXPECT_TRUE(revoked("f3"));
    EXPECT_FALSE(revoked("f4"));
    // A family of somebody else spares nothing.
    ASSERT_TRUE(refreshes().revoke_user(UserId("u1"), "f4", at(11)).has_value());
    EXPECT_TRUE(revoked("f2"));
    EXPECT_FALSE(revoked("f4"));
}

TEST_P(RefreshStoreContract, RevocationsAreToldOldestFirstUpToTheLimit) {
    EXPECT_TRUE(ids(refreshes().revoked_since(at(0), 10)).empty());
    for (const char* name : {"e", "d", "c", "b", "a"})
        create(name, std::string("u-") + name, std::string("t-") + name);
    ASSERT_TRUE(refreshes().revoke_family("b", at(30)).has_value());
    ASSERT_TRUE(refreshes().revoke_family("c", at(10)).has_value());
    ASSERT_TRUE(refreshes().revoke_user(UserId("u-d"), "", at(20)).has_value());
    ASSERT_TRUE(refreshes().revoke_family("a", at(20)).has_value());
    ASSERT_TRUE(refreshes().revoke_family("a", at(40)).has_value());  // counts from the first
    const auto all = refreshes().revoked_since(at(0), 10);
    EXPECT_EQ(ids(all), (std::vector<std::string>{"c", "a", "d", "b"}));
    EXPECT_EQ(all->front().revoked_at, at(10));
    EXPECT_EQ(all->front().user.text(), "u-c");
    EXPECT_EQ(all->front().expires_at, sample_family("c", "u-c").expires_at);
    EXPECT_EQ(ids(refreshes().revoked_since(at(0), 2)), (std::vector<std::string>{"c", "a"}));
    EXPECT_TRUE(ids(refreshes().revoked_since(at(0), 0)).empty());
}

TEST_P(RefreshStoreContract, RevocationsAreToldFromTheGivenSecondOn) {
    create("f1", "u1", "t1");
    create("f2", "u1", "t2");
    ASSERT_TRUE(refreshes().revoke_family("f1", at(10)).has_value());
    ASSERT_TRUE(refreshes().revoke_family("f2", at(11)).has_value());
    EXPECT_EQ(ids(refreshes().revoked_since(at(10), 10)), (std::vector<std::string>{"f1", "f2"}));
    // Judged by the whole second.
    const WallTime later = at(10) + std::chrono::milliseconds(900);
    EXPECT_EQ(ids(refreshes().revoked_since(later, 10)), (std::vector<std::string>{"f1", "f2"}));
    EXPECT_EQ(ids(refreshes().revoked_since(at(11), 10)), (std::vector<std::string>{"f2"}));
    EXPECT_TRUE(ids(refreshes().revoked_since(at(12), 10)).empty());
}

TEST_P(RefreshStoreContract, AFamilyStoredRevokedIsToldUntilItIsRemoved) {
    auth::RefreshFamily family = sample_family("f1", "u1");
    family.revoked_at = at(3);
    family.expires_at = at(100);
    ASSERT_TRUE(refreshes().create_family(family, hash_of("t0"), at(0)).has_value());
    EXPECT_EQ(ids(refreshes().revoked_since(at(0), 10)), (std::vector<std::string>{"f1"}));
    EXPECT_EQ(refreshes().remove_expired_families(at(101)).value(), 1U);
    EXPECT_TRUE(ids(refreshes().revoked_since(at(0), 10)).empty());
    create("f1", "u1", "t0");  // the name is free again, and not revoked
    EXPECT_TRUE(ids(refreshes().revoked_since(at(0), 10)).empty());
}

TEST_P(RefreshStoreContract, ExpiredFamiliesGoWithAllTheirTokens) {
    for (int i = 0; i < 3; ++i) {
        auth::RefreshFamily family = sample_family("f" + std::to_string(i), "u1");
        family.expires_at = at(100 + i);
        ASSERT_TRUE(
            refreshes().create_family(family, hash_of("t" + std::to_string(i)), at(0)).has_value());
    }
    ASSERT_TRUE(rotate("t0", "t0b", 10));
    // A family ends at its last second: it goes when that is over.
    EXPECT_EQ(refreshes().remove_expired_families(at(100)).value(), 0U);
    EXPECT_EQ(refreshes().remove_expired_families(at(102)).value(), 2U);
    for (const char* gone : {"t0", "t0b", "t1"})
        EXPECT_FALSE(known(gone)) << gone;
    EXPECT_FALSE(refreshes().find_family("f0")->has_value());
    EXPECT_TRUE(known("t2"));
    EXPECT_EQ(refreshes().remove_expired_families(at(102)).value(), 0U);
    // The names are free again, and revoking the user does not stumble over what is gone.
    create("f0", "u1", "t0");
    EXPECT_TRUE(refreshes().revoke_user(UserId("u1"), "", at(103)).has_value());
    EXPECT_TRUE(revoked("f0"));
}

TEST_P(RefreshStoreContract, MoreExpiredFamiliesThanOneWriteTakesAllGo) {
    const std::size_t count = 2 * kExpiredFamiliesPerWrite;
    for (std::size_t i = 0; i < count; ++i) {
        create("f" + std::to_string(i), "u1", "t" + std::to_string(i));
    }
    create("later", "u1", "later");
    auth::RefreshFamily family = sample_family("stays", "u1");
    family.expires_at = from_unix_seconds(1'900'000'000);
    ASSERT_TRUE(refreshes().create_family(family, hash_of("stays"), at(0)).has_value());
    EXPECT_EQ(refreshes().remove_expired_families(from_unix_seconds(1'850'000'000)).value(),
              count + 1);
    EXPECT_TRUE(known("stays"));
}

TEST_P(RefreshStoreContract, TimesAreKeptToTheWholeSecondBelow) {
    constexpr auto kPart = std::chrono::milliseconds(700);
    auth::RefreshFamily family = sample_family("f1", "u1");
    family.created_at += kPart;
    family.expires_at += kPart;
    ASSERT_TRUE(refreshes().create_family(family, hash_of("t0"), at(1) + kPart).has_value());
    EXPECT_EQ(fetch("t0").family.created_at, sample_family("f1", "u1").created_at);
    EXPECT_EQ(fetch("t0").family.expires_at, sample_family("f1", "u1").expires_at);
    EXPECT_EQ(fetch("t0").issued_at, at(1));
    ASSERT_TRUE(*refreshes().rotate(hash_of("t0"), hash_of("t1"), at(2) + kPart));
    EXPECT_EQ(fetch("t0").used_at, at(2));
    EXPECT_EQ(fetch("t1").issued_at, at(2));
    ASSERT_TRUE(refreshes().revoke_family("f1", at(3) + kPart).has_value());
    EXPECT_EQ(fetch("t1").family.revoked_at, at(3));
    // Judged by the whole second, too: 1 700 000 000.7 is not after the end at ...000.
    EXPECT_EQ(refreshes().remove_expired_families(family.expires_at).value(), 0U);
}

TEST_P(RefreshStoreContract, HashesAreBytesAndIdsKeepAwkwardText) {
    const std::string zeros("\0\0\xFF'\0;--", 8);
    ASSERT_TRUE(refreshes().create_family(sample_family("f", "u"), zeros, at(0)).has_value());
    EXPECT_TRUE(refreshes().find_token(zeros)->has_value());
    EXPECT_FALSE(refreshes().find_token(zeros.substr(0, 7))->has_value());
    int number = 0;
    for (const std::string& text : awkward_texts()) {
        SCOPED_TRACE("text " + std::to_string(number));
        const std::string token = "t" + std::to_string(number++);
        create("id" + text, "user" + text, token);
        EXPECT_EQ(fetch(token).family.id, "id" + text);
        EXPECT_EQ(fetch(token).family.user.text(), "user" + text);
        EXPECT_TRUE(refreshes().revoke_user(UserId("user" + text), text + "x", at(1)).has_value());
        EXPECT_TRUE(revoked("id" + text));
    }
    EXPECT_FALSE(revoked("f"));
}

TEST_P(RefreshStoreContract, OneOfManyRacingRotationsWins) {
    constexpr int kThreads = 8;
    for (int round = 0; round < 10; ++round) {
        const std::string family = "f" + std::to_string(round);
        create(family, "u1", family);
        std::atomic<int> winners = 0;
        std::atomic<int> winner = -1;
        race(kThreads, [&](int i) {
            if (rotate(family, family + "-" + std::to_string(i), 10 + i)) {
                ++winners;
                winner = i;
            }
        });
        ASSERT_EQ(winners, 1);
        EXPECT_EQ(fetch(family).used_at, at(10 + winner));
        for (int i = 0; i < kThreads; ++i) {
            EXPECT_EQ(known(family + "-" + std::to_string(i)), i == winner);
        }
    }
}

TEST_P(RefreshStoreContract, NoTokenRotatesOnceARevocationHasReturned) {
    for (int round = 0; round < 20; ++round) {
        const std::string family = "f" + std::to_string(round);
        create(family, "u1", family + "-0");
        std::atomic<bool> revocation_returned = false;
        std::atomic<int> rotations = 0;
        std::atomic<int> too_late = 0;
        race(2, [&](int role) {
            if (role == 0) {
                EXPECT_TRUE(refreshes().revoke_family(family, at(5)).has_value());
                revocation_returned = true;
                return;
            }
            for (int n = 0; n < 20; ++n) {
                const bool was_revoked = revocation_returned;
                const bool rotated = rotate(family + "-" + std::to_string(n),
                                            family + "-" + std::to_string(n + 1), 5);
                if (!rotated) return;
                ++rotations;
                if (was_revoked) ++too_late;
            }
        });
        EXPECT_EQ(too_late, 0);
        EXPECT_TRUE(revoked(family));
        // The chain is whole up to where the revocation cut it, and dead there.
        EXPECT_FALSE(fetch(family + "-" + std::to_string(rotations)).used_at);
        EXPECT_FALSE(rotate(family + "-" + std::to_string(rotations), family + "-end", 6));
    }
}

}  // namespace
}  // namespace confab::test
