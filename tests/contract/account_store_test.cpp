// The contract of auth::AccountStore, kept by every store.
#include <atomic>
#include <string>
#include <vector>

#include "contract/auth_store_contract.hpp"

namespace confab::test {
namespace {

class AccountStoreContract : public AuthStoreTest {
  protected:
    // The account with this id, which must be there.
    auth::Account fetch(std::string_view id) {
        const auto found = accounts().find_account(UserId(id));
        if (!found.has_value() || !found->has_value()) {
            ADD_FAILURE() << "no account " << id;
            return {};
        }
        return **found;
    }
    void create(const std::string& id, const std::string& email) {
        ASSERT_TRUE(accounts().create_account(sample_account(id, email)).has_value());
    }
    std::vector<std::string> emails_after(const std::string& after, std::size_t limit) {
        std::vector<std::string> emails;
        const auto page = accounts().list_accounts(after, limit);
        EXPECT_TRUE(page.has_value());
        if (page.has_value()) {
            for (const auto& account : *page)
                emails.push_back(account.email);
        }
        return emails;
    }
};
INSTANTIATE_TEST_SUITE_P(Store, AccountStoreContract, every_store(), kind_name);

TEST_P(AccountStoreContract, CreatedAccountIsFoundByIdAndByEmail) {
    auth::Account given = sample_account("u1", "ada@example.org");
    given.disabled = true;
    ASSERT_TRUE(accounts().create_account(given).has_value());
    expect_same(fetch("u1"), given);
    const auto by_email = accounts().find_account_by_email("ada@example.org");
    ASSERT_TRUE(by_email.has_value());
    ASSERT_TRUE(by_email->has_value());
    expect_same(**by_email, given);
}

TEST_P(AccountStoreContract, UnknownAccountIsNoErrorAndNoAccount) {
    const auto by_id = accounts().find_account(UserId("nobody"));
    ASSERT_TRUE(by_id.has_value());
    EXPECT_FALSE(by_id->has_value());
    const auto by_email = accounts().find_account_by_email("nobody@example.org");
    ASSERT_TRUE(by_email.has_value());
    EXPECT_FALSE(by_email->has_value());
}

TEST_P(AccountStoreContract, SecondAccountWithAnEmailIsRefusedAndChangesNothing) {
    create("u1", "ada@example.org");
    auth::Account second = sample_account("u2", "ada@example.org");
    second.full_name = "Somebody Else";
    const auto refused = accounts().create_account(second);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, "email_taken");
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_EQ(refused.error().field, "email");
    expect_same(fetch("u1"), sample_account("u1", "ada@example.org"));
    EXPECT_FALSE(accounts().find_account(UserId("u2"))->has_value());
}

TEST_P(AccountStoreContract, TakenEmailIsReportedBeforeTakenId) {
    create("u1", "ada@example.org");
    const auto both = accounts().create_account(sample_account("u1", "ada@example.org"));
    ASSERT_TRUE(both.has_error());
    EXPECT_EQ(both.error().code, "email_taken");
    const auto id_only = accounts().create_account(sample_account("u1", "other@example.org"));
    ASSERT_TRUE(id_only.has_error());
    EXPECT_EQ(id_only.error().code, "account_exists");
    EXPECT_EQ(id_only.error().kind, ErrorKind::conflict);
    EXPECT_FALSE(accounts().find_account_by_email("other@example.org")->has_value());
}

TEST_P(AccountStoreContract, EmailIsComparedByteByByte) {
    create("u1", "ada@example.org");
    create("u2", "ADA@example.org");
    create("u3", "ada@example.org ");
    EXPECT_EQ((*accounts().find_account_by_email("ADA@example.org"))->id.text(), "u2");
    EXPECT_FALSE(accounts().find_account_by_email("Ada@example.org")->has_value());
}

TEST_P(AccountStoreContract, EveryFieldKeepsAwkwardText) {
    int number = 0;
    for (const std::string& text : awkward_texts()) {
        SCOPED_TRACE("text " + std::to_string(number));
        auth::Account given =
            sample_account("id" + text + std::to_string(number), "e" + text + "@example.org");
        given.full_name = text;
        given.date_of_birth = text;
        given.gender = text;
        given.phone_number = text;
        given.password_hash = Secret(text);
        ASSERT_TRUE(accounts().create_account(given).has_value());
        expect_same(fetch(given.id.text()), given);
        const auto by_email = accounts().find_account_by_email(given.email);
        ASSERT_TRUE(by_email.has_value() && by_email->has_value());
        expect_same(**by_email, given);
        ++number;
    }
    EXPECT_EQ(emails_after("", 1000).size(), static_cast<std::size_t>(number));
}

TEST_P(AccountStoreContract, SearchTextIsNeverReadAsSql) {
    create("u1", "ada@example.org");
    for (const std::string& text : awkward_texts()) {
        EXPECT_FALSE(accounts().find_account_by_email(text)->has_value()) << text;
        EXPECT_FALSE(accounts().find_account(UserId(text))->has_value()) << text;
        EXPECT_TRUE(accounts().set_disabled(UserId(text), true).has_error()) << text;
        EXPECT_TRUE(accounts().list_accounts(text, 10).has_value()) << text;
    }
    expect_same(fetch("u1"), sample_account("u1", "ada@example.org"));
}

TEST_P(AccountStoreContract, NumbersKeepTheirExtremes) {
    const std::vector<std::int32_t> ages = {0, -1, 150, INT32_MIN, INT32_MAX};
    for (std::size_t i = 0; i < ages.size(); ++i) {
        auth::Account given =
            sample_account("u" + std::to_string(i), std::to_string(i) + "@example.org");
        given.age = ages[i];
        given.created_at = from_unix_seconds(i == 0 ? -1 : 4'102'444'800);
        ASSERT_TRUE(accounts().create_account(given).has_value());
        expect_same(fetch(given.id.text()), given);
    }
}

TEST_P(AccountStoreContract, TimesAreKeptToTheWholeSecondBelow) {
    auth::Account given = sample_account("u1", "ada@example.org");
    given.created_at = from_unix_seconds(1'700'000'000) + std::chrono::milliseconds(999);
    ASSERT_TRUE(accounts().create_account(given).has_value());
    EXPECT_EQ(fetch("u1").created_at, from_unix_seconds(1'700'000'000));
}

TEST_P(AccountStoreContract, PasswordHashIsReplacedForThisAccountOnly) {
    create("u1", "ada@example.org");
    create("u2", "bob@example.org");
    ASSERT_TRUE(accounts().set_password_hash(UserId("u1"), Secret("new hash")).has_value());
    auth::Account expected = sample_account("u1", "ada@example.org");
    expected.password_hash = Secret("new hash");
    expect_same(fetch("u1"), expected);
    expect_same(fetch("u2"), sample_account("u2", "bob@example.org"));
}

TEST_P(AccountStoreContract, AccountIsDisabledAndEnabledAgain) {
    create("u1", "ada@example.org");
    create("u2", "bob@example.org");
    for (const bool disabled : {true, true, false}) {
        ASSERT_TRUE(accounts().set_disabled(UserId("u1"), disabled).has_value());
        EXPECT_EQ(fetch("u1").disabled, disabled);
    }
    EXPECT_FALSE(fetch("u2").disabled);
}

TEST_P(AccountStoreContract, ChangesOfAnUnknownAccountAreRefused) {
    const auto hash = accounts().set_password_hash(UserId("nobody"), Secret("x"));
    ASSERT_TRUE(hash.has_error());
    EXPECT_EQ(hash.error().code, "account_unknown");
    EXPECT_EQ(hash.error().kind, ErrorKind::not_found);
    const auto disabled = accounts().set_disabled(UserId("nobody"), true);
    ASSERT_TRUE(disabled.has_error());
    EXPECT_EQ(disabled.error().code, "account_unknown");
}

TEST_P(AccountStoreContract, ListIsOrderedByTheBytesOfTheEmailAndPaged) {
    // By bytes: upper case before '_' before lower case before what is not ASCII.
    const std::vector<std::string> ordered = {"A@x", "Z@x", "_@x", "a@x", "b@x", "\xC3\xA4@x"};
    for (const std::size_t i : {3U, 0U, 5U, 1U, 4U, 2U})
        create("u" + ordered[i], ordered[i]);

    EXPECT_EQ(emails_after("", 100), ordered);
    EXPECT_EQ(emails_after("", 2), (std::vector<std::string>{"A@x", "Z@x"}));
    EXPECT_EQ(emails_after("Z@x", 3), (std::vector<std::string>{"_@x", "a@x", "b@x"}));
    EXPECT_EQ(emails_after("Z", 1), (std::vector<std::string>{"Z@x"}));
    EXPECT_EQ(emails_after("\xC3\xA4@x", 10), std::vector<std::string>{});
    EXPECT_EQ(emails_after("", 0), std::vector<std::string>{});
    EXPECT_EQ(emails_after("", SIZE_MAX), ordered);
}

TEST_P(AccountStoreContract, OneOfManyRacingRegistrationsWinsAnEmail) {
    constexpr int kThreads = 8;
    for (int round = 0; round < 10; ++round) {
        const std::string email = std::to_string(round) + "@example.org";
        std::atomic<int> winners = 0;
        std::atomic<int> refused = 0;
        std::atomic<int> winner = -1;
        race(kThreads, [&](int i) {
            const auto id = std::to_string(round) + "-" + std::to_string(i);
            const auto created = accounts().create_account(sample_account(id, email));
            if (created.has_value()) {
                ++winners;
                winner = i;
            } else if (created.error().code == "email_taken") {
                ++refused;
            }
        });
        EXPECT_EQ(winners, 1);
        EXPECT_EQ(refused, kThreads - 1);
        EXPECT_EQ((*accounts().find_account_by_email(email))->id.text(),
                  std::to_string(round) + "-" + std::to_string(winner));
    }
    EXPECT_EQ(emails_after("", 100).size(), 10U);
}

TEST_P(AccountStoreContract, WriteIsVisibleToEveryThreadOnceItReturns) {
    std::atomic<int> missing = 0;
    race(6, [&](int i) {
        for (int n = 0; n < 10; ++n) {
            const std::string id = std::to_string(i) + "-" + std::to_string(n);
            if (accounts().create_account(sample_account(id, id + "@example.org")).has_error()) {
                ++missing;
            }
            const auto found = accounts().find_account(UserId(id));
            if (!found.has_value() || !found->has_value()) ++missing;
            if (!accounts().list_accounts("", 100).has_value()) ++missing;
        }
    });
    EXPECT_EQ(missing, 0);
    EXPECT_EQ(emails_after("", 100).size(), 60U);
}

}  // namespace
}  // namespace confab::test
