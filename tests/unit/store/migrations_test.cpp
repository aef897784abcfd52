#include "store/migrations.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/crypto.hpp"

namespace confab::store {
namespace {

SQLite::Database in_memory() {
    return SQLite::Database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
}

int count(SQLite::Database& database, const std::string& table) {
    return database.execAndGet("SELECT count(*) FROM " + table).getInt();
}

const Migration kFirst{1, "first", "CREATE TABLE one (a INTEGER) STRICT;"};
const Migration kSecond{2, "second",
                        "CREATE TABLE two (b TEXT) STRICT; INSERT INTO one VALUES (1);"};

TEST(Migrations, FilesAreReadIntoTheOrderOfTheirNumbers) {
    std::vector<EmbeddedFile> files;
    for (int i = 11; i >= 1; --i)
        files.push_back({"", "SELECT 1;"});
    std::vector<std::string> names;
    for (int i = 11; i >= 1; --i)
        names.push_back("V" + std::to_string(i) + "__step_" + std::to_string(i) + ".sql");
    for (std::size_t i = 0; i < files.size(); ++i)
        files[i].name = names[i];
    const auto migrations = parse_migrations(files);
    ASSERT_EQ(migrations.size(), 11U);
    EXPECT_EQ(migrations[0].name, "step_1");
    EXPECT_EQ(migrations[10].version, 11);
}

TEST(Migrations, WrongNamesAndGapsAreRefused) {
    for (const char* name : {"accounts.sql", "V1_accounts.sql", "V1__.sql", "Vx__a.sql", "V__a.sql",
                             "V1x__a.sql", "V1__a.txt", "v1__a.sql", "V-1__a.sql", "V0__a.sql",
                             "V2__a.sql", "V99999999999__a.sql"}) {
        const std::array<EmbeddedFile, 1> files{{{name, ""}}};
        EXPECT_THROW(static_cast<void>(parse_migrations(files)), MigrationError) << name;
    }
    const std::array<EmbeddedFile, 2> twice{{{"V1__a.sql", ""}, {"V001__b.sql", ""}}};
    EXPECT_THROW(static_cast<void>(parse_migrations(twice)), MigrationError);
}

TEST(Migrations, ThoseOfTheProgramAreInTheBinary) {
    const auto migrations = sqlite_migrations();
    ASSERT_GE(migrations.size(), 2U);
    EXPECT_EQ(migrations[0].name, "accounts");
    EXPECT_NE(migrations[0].sql.find("CREATE TABLE accounts"), std::string_view::npos);
    EXPECT_EQ(migrations[0].sql.back(), '\n') << "cut short, or more than the file";
    EXPECT_EQ(migrations[0].sql.find('\0'), std::string_view::npos);
}

TEST(Migrations, AreAppliedOnceInOrderWithTheirChecksum) {
    auto database = in_memory();
    migrate(database, std::vector{kFirst});
    migrate(database, std::vector{kFirst, kSecond});
    migrate(database, std::vector{kFirst, kSecond});
    EXPECT_EQ(count(database, "one"), 1);
    EXPECT_EQ(count(database, "two"), 0);
    EXPECT_EQ(count(database, "schema_migrations"), 2);
    EXPECT_EQ(
        database.execAndGet("SELECT checksum FROM schema_migrations WHERE version = 2").getString(),
        sha256(kSecond.sql));
    EXPECT_GT(database.execAndGet("SELECT min(applied_at) FROM schema_migrations").getInt64(), 0);
}

TEST(Migrations, StepThatFailsLeavesNothingOfItself) {
    auto database = in_memory();
    const Migration broken{2, "second",
                           "CREATE TABLE two (b TEXT); INSERT INTO nowhere VALUES (1);"};
    EXPECT_THROW(migrate(database, std::vector{kFirst, broken}), SQLite::Exception);
    EXPECT_TRUE(database.tableExists("one"));
    EXPECT_FALSE(database.tableExists("two"));
    EXPECT_EQ(count(database, "schema_migrations"), 1);
    migrate(database, std::vector{kFirst, kSecond});
    EXPECT_TRUE(database.tableExists("two"));
}

TEST(Migrations, ChangedStepIsRefusedBeforeAnythingIsApplied) {
    auto database = in_memory();
    migrate(database, std::vector{kFirst});
    Migration changed = kFirst;
    changed.sql = "CREATE TABLE one (a INTEGER) STRICT; ";
    EXPECT_THROW(migrate(database, std::vector{changed, kSecond}), MigrationError);
    EXPECT_FALSE(database.tableExists("two"));
}

TEST(Migrations, MoreStepsThanKnownAreRefused) {
    auto database = in_memory();
    migrate(database, std::vector{kFirst, kSecond});
    EXPECT_THROW(migrate(database, std::vector{kFirst}), MigrationError);
}

TEST(Migrations, HistoryWithAGapIsRefused) {
    auto database = in_memory();
    migrate(database, std::vector{kFirst, kSecond});
    database.exec("DELETE FROM schema_migrations WHERE version = 1");
    EXPECT_THROW(migrate(database, std::vector{kFirst, kSecond}), MigrationError);
}

TEST(Migrations, TablesOfAnotherProgramAreNotTouched) {
    auto database = in_memory();
    database.exec("CREATE TABLE theirs (a)");
    EXPECT_THROW(migrate(database, std::vector{kFirst}), MigrationError);
    EXPECT_FALSE(database.tableExists("schema_migrations"));
    EXPECT_FALSE(database.tableExists("one"));
}

}  // namespace
}  // namespace confab::store
