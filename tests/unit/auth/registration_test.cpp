#include "auth/registration.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/limits.hpp"

namespace confab::auth {
namespace {

using namespace std::string_literals;

// The body printed in the seed.
Registration seed_example() {
    Registration registration;
    registration.full_name = "Test User";
    registration.email = "test@example.com";
    registration.age = 30;
    registration.password = Secret("password123");
    registration.date_of_birth = "1993-05-15T00:00:00Z";
    registration.gender = "male";
    registration.phone_number = "+1234567890";
    return registration;
}

// "" when accepted, else code and field.
std::string outcome(const std::function<void(Registration&)>& change, std::size_t floor = 8) {
    Registration registration = seed_example();
    change(registration);
    const auto checked = check_registration(std::move(registration), floor);
    if (checked) return "";
    EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(checked.error().detail.empty());
    return std::string(checked.error().code) + " " + checked.error().field;
}

TEST(Registration, TheSeedsExamplePassesAsItStands) {
    const auto checked = check_registration(seed_example(), kPasswordCodePointsMin);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->full_name, "Test User");
    EXPECT_EQ(checked->email, "test@example.com");
    EXPECT_EQ(checked->age, 30);
    EXPECT_EQ(checked->password.reveal(), "password123");
    EXPECT_EQ(checked->date_of_birth, "1993-05-15T00:00:00Z");
    EXPECT_EQ(checked->gender, "male");
    EXPECT_EQ(checked->phone_number, "+1234567890");
}

TEST(Registration, ComesOutInTheFormInWhichItIsStored) {
    Registration registration = seed_example();
    registration.full_name = "  Rene\u0301 ";
    registration.email = " Test@Example.COM ";
    registration.gender = " non-binary ";
    registration.password = Secret("passe\u0301-partout");
    const auto checked = check_registration(std::move(registration), 8);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->full_name, "Ren\u00e9");
    EXPECT_EQ(checked->email, "test@example.com");
    EXPECT_EQ(checked->gender, "non-binary");
    EXPECT_EQ(checked->password.reveal(), "pass\u00e9-partout");
}

TEST(Registration, FullNameHas1To80CharactersOnOneLine) {
    const auto with = [](std::string name) {
        return outcome([&](Registration& r) { r.full_name = name; });
    };
    EXPECT_EQ(with(std::string(80, 'x')), "");
    for (const auto& bad :
         {""s, "  "s, std::string(81, 'x'), "a\nb"s, "a\u202eb"s, "a\0b"s, "\xff"s}) {
        EXPECT_EQ(with(bad), "invalid_field full_name");
    }
}

TEST(Registration, EmailIsOne) {
    const auto with = [](std::string email) {
        return outcome([&](Registration& r) { r.email = email; });
    };
    EXPECT_EQ(with("A@B.example"), "");
    for (const auto& bad : {""s, "a"s, "a@b@c"s, "a b@c"s, std::string(255, 'a')}) {
        EXPECT_EQ(with(bad), "invalid_field email");
    }
}

TEST(Registration, AgeIsFrom1To120) {
    const auto with = [](std::int64_t age) {
        return outcome([&](Registration& r) { r.age = age; });
    };
    EXPECT_EQ(with(1), "");
    EXPECT_EQ(with(120), "");
    EXPECT_EQ(with(0), "invalid_field age");
    EXPECT_EQ(with(121), "invalid_field age");
    EXPECT_EQ(with(-5), "invalid_field age");
    EXPECT_EQ(with(std::int64_t{1} << 32 | 30), "invalid_field age");
}

TEST(Registration, PasswordFollowsTheFloor) {
    EXPECT_EQ(outcome([](Registration& r) { r.password = Secret("short"); }),
              "password_too_short password");
    EXPECT_EQ(outcome([](Registration&) {}, 15), "password_too_short password");
    EXPECT_EQ(outcome([](Registration& r) { r.password = Secret(std::string(129, 'x')); }),
              "password_too_long password");
}

TEST(Registration, DateOfBirthIsADateTimeThatExists) {
    EXPECT_EQ(outcome([](Registration& r) { r.date_of_birth = "2000-02-29T12:00:00+02:00"; }), "");
    EXPECT_EQ(outcome([](Registration& r) { r.date_of_birth = "2001-02-29T12:00:00Z"; }),
              "invalid_field date_of_birth");
    EXPECT_EQ(outcome([](Registration& r) { r.date_of_birth = "1993-05-15"; }),
              "invalid_field date_of_birth");
}

TEST(Registration, GenderHas1To32Characters) {
    EXPECT_EQ(outcome([](Registration& r) { r.gender = std::string(32, 'x'); }), "");
    EXPECT_EQ(outcome([](Registration& r) { r.gender = std::string(33, 'x'); }),
              "invalid_field gender");
    EXPECT_EQ(outcome([](Registration& r) { r.gender = ""; }), "invalid_field gender");
}

TEST(Registration, PhoneNumberIsE164) {
    const auto with = [](std::string number) {
        return outcome([&](Registration& r) { r.phone_number = number; });
    };
    EXPECT_EQ(with("+12"), "");
    EXPECT_EQ(with("+123456789012345"), "");
    for (const auto& bad : {""s, "+"s, "+1"s, "+1234567890123456"s, "+0123456"s, "1234567890"s,
                            "+12 345"s, "+12345a"s, "+12345\n"s}) {
        EXPECT_EQ(with(bad), "invalid_field phone_number") << bad;
    }
}

}  // namespace
}  // namespace confab::auth
