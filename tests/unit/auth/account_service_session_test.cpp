// What AccountService does for somebody who is logged in.
#include <gtest/gtest.h>

#include <string>

#include "auth/account_service.hpp"
#include "support/auth_fixture.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;
using test::code_of;

constexpr std::string_view kNewPassword = "another password";

class AccountServiceSessionTest : public test::AuthFixture {
  protected:
    AccountServiceSessionTest()
        : account_(registered()), identity_(identity_of(account_, new_family().id)) {}

    Result<void> change(std::string_view old_password, std::string_view new_password) {
        return service_->change_password(identity_, Secret(std::string(old_password)),
                                         Secret(std::string(new_password)), kHere);
    }
    static Identity stranger() {
        Identity identity;
        identity.user = UserId("google|42");
        identity.name = "Ada";
        return identity;
    }

    const Account account_;
    const Identity identity_;
};

TEST_F(AccountServiceSessionTest, TheProfileIsTheAccountWithoutItsHash) {
    const auto profile = service_->profile(identity_);
    ASSERT_TRUE(profile);
    EXPECT_EQ(profile->id, account_.id);
    EXPECT_EQ(profile->name, "Test User");
    ASSERT_TRUE(profile->account);
    EXPECT_EQ(profile->account->email, kEmail);
    EXPECT_EQ(profile->account->age, 30);
    EXPECT_TRUE(profile->account->password_hash.empty());
}

TEST_F(AccountServiceSessionTest, AStrangersProfileIsWhatItsTokenSays) {
    const auto profile = service_->profile(stranger());
    ASSERT_TRUE(profile);
    EXPECT_EQ(profile->id.text(), "google|42");
    EXPECT_EQ(profile->name, "Ada");
    EXPECT_FALSE(profile->account);
}

TEST_F(AccountServiceSessionTest, AnOutsideTokenWithTheIdOfAnAccountIsNotThatAccount) {
    Identity identity = identity_;
    identity.own = false;
    const auto profile = service_->profile(identity);
    ASSERT_TRUE(profile);
    EXPECT_FALSE(profile->account);
    EXPECT_TRUE(service_->log_out(identity));
    EXPECT_TRUE(service_->profile(identity_));  // still logged in
}

TEST_F(AccountServiceSessionTest, AMintedTokenHasNoSessionAndStandsForItsClaims) {
    Identity minted = identity_;
    minted.session_id.clear();
    const auto profile = service_->profile(minted);
    ASSERT_TRUE(profile);
    EXPECT_EQ(profile->name, minted.name);
    EXPECT_FALSE(profile->account);
}

TEST_F(AccountServiceSessionTest, ATokenOutlivesNeitherItsSessionNorItsAccount) {
    Identity other = identity_;
    other.session_id = "unknown";
    EXPECT_EQ(code_of(service_->profile(other)), "session_revoked");
    other = identity_;
    other.user = UserId("nobody");
    EXPECT_EQ(code_of(service_->profile(other)), "session_revoked");
    ASSERT_TRUE(accounts_.set_disabled(account_.id, true));
    const auto refused = service_->profile(identity_);
    ASSERT_EQ(code_of(refused), "session_revoked");
    EXPECT_EQ(refused.error().kind, ErrorKind::unauthenticated);
}

TEST_F(AccountServiceSessionTest, ASessionOfSomebodyElseIsNone) {
    const auto bob = registered("bob@example.com");
    EXPECT_EQ(code_of(service_->profile(identity_of(bob, identity_.session_id))),
              "session_revoked");
}

TEST_F(AccountServiceSessionTest, LogOutEndsTheSessionAndNoOther) {
    const auto other = identity_of(account_, new_family().id);
    const auto tokens = logged_in();
    EXPECT_TRUE(service_->log_out(identity_));
    EXPECT_EQ(code_of(service_->profile(identity_)), "session_revoked");
    EXPECT_TRUE(service_->profile(other));
    EXPECT_TRUE(service_->refresh(tokens.refresh.reveal()));
    EXPECT_EQ(count(metrics::Id::auth_logout), 1);
}

TEST_F(AccountServiceSessionTest, LoggingOutTwiceIsNoError) {
    EXPECT_TRUE(service_->log_out(identity_));
    EXPECT_TRUE(service_->log_out(identity_));
    EXPECT_TRUE(service_->log_out(stranger()));
}

TEST_F(AccountServiceSessionTest, AfterLogOutTheRefreshTokenIsDead) {
    const auto before = families_.families();
    const auto tokens = logged_in();
    for (const auto& family : families_.families()) {
        ASSERT_TRUE(service_->log_out(identity_of(account_, family.id)));
    }
    EXPECT_EQ(code_of(service_->refresh(tokens.refresh.reveal())), "refresh_invalid");
}

TEST_F(AccountServiceSessionTest, ANewPasswordReplacesTheOldOne) {
    ASSERT_TRUE(change(kPassword, kNewPassword));
    EXPECT_FALSE(log_in(kPassword));
    EXPECT_TRUE(log_in(kNewPassword));
    EXPECT_EQ(count(metrics::Id::auth_password_changed), 1);
}

TEST_F(AccountServiceSessionTest, ANewPasswordEndsAllOtherSessions) {
    const auto tokens = logged_in();
    const auto bob = registered("bob@example.com");
    const auto bobs = log_in(kPassword, "bob@example.com");
    ASSERT_TRUE(bobs);
    ASSERT_TRUE(change(kPassword, kNewPassword));
    EXPECT_EQ(code_of(service_->refresh(tokens.refresh.reveal())), "refresh_invalid");
    EXPECT_TRUE(service_->profile(identity_));
    EXPECT_TRUE(service_->refresh(bobs->refresh.reveal()));
}

TEST_F(AccountServiceSessionTest, AWrongOldPasswordChangesNothing) {
    const auto tokens = logged_in();
    const auto refused = change("wrong password", kNewPassword);
    ASSERT_EQ(code_of(refused), "invalid_credentials");
    EXPECT_EQ(refused.error().kind, ErrorKind::forbidden);
    EXPECT_EQ(refused.error().field, "old_password");
    EXPECT_TRUE(log_in(kPassword));
    EXPECT_TRUE(service_->refresh(tokens.refresh.reveal()));
}

TEST_F(AccountServiceSessionTest, GuessingTheOldPasswordIsThrottled) {
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i) {
        EXPECT_EQ(code_of(change("wrong password", kNewPassword)), "invalid_credentials");
    }
    const auto refused = change(kPassword, kNewPassword);
    ASSERT_EQ(code_of(refused), "rate_limited");
    EXPECT_EQ(refused.error().retry_after, 1s);
    EXPECT_EQ(code_of(log_in()), "rate_limited");
}

TEST_F(AccountServiceSessionTest, ABadNewPasswordIsToldByItsField) {
    const auto refused = change(kPassword, "short");
    ASSERT_EQ(code_of(refused), "password_too_short");
    EXPECT_EQ(refused.error().field, "new_password");
    EXPECT_EQ(code_of(change(kPassword, std::string(129, 'x'))), "password_too_long");
    EXPECT_TRUE(log_in(kPassword));
}

TEST_F(AccountServiceSessionTest, OnlyALiveSessionOfAnOwnAccountChangesThePassword) {
    EXPECT_EQ(code_of(service_->change_password(stranger(), Secret(std::string(kPassword)),
                                                Secret(std::string(kNewPassword)), kHere)),
              "not_own_account");
    ASSERT_TRUE(service_->log_out(identity_));
    EXPECT_EQ(code_of(change(kPassword, kNewPassword)), "session_revoked");
}

TEST_F(AccountServiceSessionTest, OfTwoChangesAtOnceTheSecondMustKnowTheNewPassword) {
    // The first change is done while the second has read the account and works on its hash.
    hasher_->before_hash = [this] { ASSERT_TRUE(change(kPassword, "first new password")); };
    EXPECT_EQ(code_of(change(kPassword, "second new password")), "invalid_credentials");
    EXPECT_TRUE(log_in("first new password"));
}

TEST_F(AccountServiceSessionTest, AFailingStoreLeavesTheOldPassword) {
    families_.down = true;
    EXPECT_EQ(code_of(change(kPassword, kNewPassword)), "store_unavailable");
    families_.down = false;
    EXPECT_TRUE(log_in(kPassword));
}

TEST_F(AccountServiceSessionTest, NoPasswordTokenOrEmailReachesTheLog) {
    auto tokens = logged_in();
    EXPECT_FALSE(log_in("wrong password"));
    ASSERT_TRUE(service_->refresh(tokens.refresh.reveal()));
    ASSERT_TRUE(change(kPassword, kNewPassword));
    ASSERT_TRUE(service_->log_out(identity_));
    const std::string text = log_text();
    for (const char* event :
         {"registered", "login_ok", "login_failed", "password_changed", "logout"}) {
        EXPECT_NE(text.find(event), std::string::npos) << event;
    }
    EXPECT_NE(text.find(account_.id.text()), std::string::npos);
    EXPECT_NE(text.find(kHere), std::string::npos);
    for (const std::string_view secret :
         {kPassword, kNewPassword, std::string_view("wrong password"), kEmail,
          tokens.access.reveal(), tokens.refresh.reveal(), std::string_view("$argon2id")}) {
        EXPECT_EQ(text.find(secret), std::string::npos);
    }
}

}  // namespace
}  // namespace confab::auth
