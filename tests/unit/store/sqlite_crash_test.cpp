// SqliteStore and other processes: killed in the middle of a write, or writing at the same time.
#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "store/sqlite_store.hpp"
#include "support/temp_directory.hpp"
#include "unit/store/child_process.hpp"

namespace confab::store {
namespace {

using test::ChildProcess;
using test::spin_up_to;

constexpr int kRounds = 20;
constexpr int kLinesMax = 40;
constexpr int kRotations = 3;

auth::Account account(const std::string& id) {
    auth::Account made;
    made.id = UserId(id);
    made.email = id + "@example.org";
    made.password_hash = Secret("hash of " + id);
    return made;
}

auth::RefreshFamily family(const std::string& id) {
    auth::RefreshFamily made;
    made.id = id;
    made.user = UserId(id);
    made.expires_at = from_unix_seconds(2'000'000'000);
    return made;
}

std::string token(const std::string& id, int number) {
    return sha256(id + "/" + std::to_string(number));
}

// Registers and rotates until it is killed; says each write once the store has acknowledged it.
int write_for_ever(const std::string& path, int round, const ChildProcess::Say& say) {
    SqliteStore store({path, true, nullptr});
    for (int i = 0;; ++i) {
        const std::string id = std::to_string(round) + "-" + std::to_string(i);
        if (store.create_account(account(id)).has_error()) return 1;
        say("account " + id);
        if (store.create_family(family(id), token(id, 0), WallTime{}).has_error()) return 2;
        say("family " + id);
        for (int n = 0; n < kRotations; ++n) {
            const auto rotated = store.rotate(token(id, n), token(id, n + 1), WallTime{});
            if (rotated.has_error() || !*rotated) return 3;
            say("rotation" + std::to_string(n) + " " + id);
        }
    }
}

bool is_there(SqliteStore& store, const std::string& line) {
    const std::size_t space = line.find(' ');
    const std::string what = line.substr(0, space);
    const std::string id = line.substr(space + 1);
    if (what == "account") return store.find_account(UserId(id)).value().has_value();
    if (what == "family") return store.find_family(id).value().has_value();
    const int number = what.back() - '0';
    const auto used = store.find_token(token(id, number)).value();
    return used && used->used_at && store.find_token(token(id, number + 1)).value();
}

void expect_sound(const std::string& path) {
    SQLite::Database raw(path, SQLite::OPEN_READONLY);
    EXPECT_EQ(raw.execAndGet("PRAGMA integrity_check").getString(), "ok");
    EXPECT_EQ(raw.execAndGet("SELECT count(*) FROM pragma_foreign_key_check").getInt(), 0);
}

TEST(SqliteCrash, EveryAcknowledgedWriteSurvivesKillNine) {
    const test::TempDirectory directory;
    const std::string path = directory.file("confab.db");
    std::vector<std::string> acknowledged;
    for (int round = 0; round < kRounds; ++round) {
        ChildProcess child([&](const auto& say) { return write_for_ever(path, round, say); });
        ASSERT_NO_FATAL_FAILURE(child.kill_after(random_below(kLinesMax) + 1, acknowledged));

        SqliteStore store({path, true, nullptr});
        for (const std::string& line : acknowledged) {
            ASSERT_TRUE(is_there(store, line)) << "round " << round << " lost: " << line;
        }
        expect_sound(path);
    }
    EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(kRounds));
}

TEST(SqliteCrash, KillNineWhileTheSchemaIsMadeLeavesAFileThatOpens) {
    for (int round = 0; round < kRounds; ++round) {
        const test::TempDirectory directory;
        const std::string path = directory.file("confab.db");
        ChildProcess child([&](const auto& say) {
            say("starting");
            return write_for_ever(path, round, say);
        });
        ASSERT_TRUE(child.next_line());
        spin_up_to(std::chrono::microseconds(4000));
        child.kill();

        SqliteStore store({path, true, nullptr});
        EXPECT_TRUE(store.create_account(account("after")).has_value());
        expect_sound(path);
    }
}

// Registers the same e-mails as everybody else. Returns how many it won; -1: an error.
int register_all(const std::string& path, bool server, int count) {
    SqliteStore store({path, server, nullptr});
    int won = 0;
    for (int i = 0; i < count; ++i) {
        auth::Account mine = account(std::to_string(i));
        mine.id = UserId((server ? "server-" : "visitor-") + std::to_string(i));
        const auto created = store.create_account(mine);
        if (created.has_value()) {
            ++won;
        } else if (created.error().code != "email_taken") {
            return -1;
        }
    }
    return won;
}

TEST(SqliteCrash, ServerAndCommandLineMakeAndWriteOneFileTogether) {
    constexpr int kAccounts = 100;
    const test::TempDirectory directory;
    const std::string path = directory.file("confab.db");
    ChildProcess child([&](const auto& say) {
        say("starting");
        const int won = register_all(path, false, kAccounts);
        say(std::to_string(won));
        return 0;
    });
    ASSERT_EQ(child.next_line(), "starting");
    const int won = register_all(path, true, kAccounts);
    const auto visitor_won = child.next_line();
    ASSERT_TRUE(visitor_won);
    EXPECT_EQ(child.wait(), 0);
    EXPECT_GE(won, 0);
    EXPECT_NE(*visitor_won, "-1");
    EXPECT_EQ(won + std::stoi(*visitor_won), kAccounts);

    SqliteStore store({path, true, nullptr});
    EXPECT_EQ(store.list_accounts("", 1000).value().size(), static_cast<std::size_t>(kAccounts));
    expect_sound(path);
}

// Exchanges every token of a chain in its turn, against everybody else. Returns how many exchanges
// it won; -1: an error.
int rotate_all(const std::string& path, bool server, int count) {
    SqliteStore store({path, server, nullptr});
    int won = 0;
    for (int n = 0; n < count; ++n) {
        const auto rotated = store.rotate(token("f", n), token("f", n + 1), WallTime{});
        if (rotated.has_error()) return -1;
        if (*rotated) ++won;
    }
    return won;
}

TEST(SqliteCrash, OneOfTwoProcessesExchangesEachTokenAndNeitherFails) {
    constexpr int kTokens = 200;
    const test::TempDirectory directory;
    const std::string path = directory.file("confab.db");
    {
        SqliteStore store({path, true, nullptr});
        ASSERT_TRUE(store.create_family(family("f"), token("f", 0), WallTime{}).has_value());
    }
    ChildProcess child([&](const auto& say) {
        say("starting");
        say(std::to_string(rotate_all(path, false, kTokens)));
        return 0;
    });
    ASSERT_EQ(child.next_line(), "starting");
    const int won = rotate_all(path, true, kTokens);
    const auto visitor_won = child.next_line();
    ASSERT_TRUE(visitor_won);
    EXPECT_GE(won, 0);
    EXPECT_NE(*visitor_won, "-1");
    EXPECT_EQ(won + std::stoi(*visitor_won), kTokens);
    expect_sound(path);
}

TEST(SqliteCrash, TwoProcessesMayMakeTheFileAtTheSameMoment) {
    for (int round = 0; round < kRounds; ++round) {
        const test::TempDirectory directory;
        const std::string path = directory.file("confab.db");
        ChildProcess child([&](const auto& say) {
            say("starting");
            try {
                const SqliteStore store({path, false, nullptr});
                return 0;
            } catch (const std::exception& error) {
                say(error.what());
                return 1;
            }
        });
        ASSERT_EQ(child.next_line(), "starting");
        SqliteStore store({path, true, nullptr});
        EXPECT_EQ(child.next_line(), std::nullopt) << "round " << round;
        EXPECT_TRUE(store.create_account(account("u")).has_value());
    }
}

}  // namespace
}  // namespace confab::store
