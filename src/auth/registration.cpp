#include "auth/registration.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "auth/date_time.hpp"
#include "auth/email.hpp"
#include "auth/password.hpp"
#include "auth/text.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

Error invalid_field(std::string_view field, std::string rule) {
    return Error(ErrorKind::invalid, "invalid_field", std::move(rule), std::string(field));
}

std::string display_text_rule(std::size_t code_points_max) {
    return "1 to " + std::to_string(code_points_max) +
           " characters on one line, without control or format characters";
}

// E.164 with its plus sign: ^\+[1-9][0-9]{1,14}$
bool is_phone_number(std::string_view text) {
    if (text.size() < 3 || text.size() > kPhoneDigitsMax + 1) return false;
    if (text[0] != '+' || text[1] == '0') return false;
    return std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<Registration> check_registration(Registration registration,
                                        std::size_t password_code_points_min) {
    auto full_name = to_display_text(registration.full_name, kUserNameCodePointsMax);
    if (!full_name) return invalid_field("full_name", display_text_rule(kUserNameCodePointsMax));
    registration.full_name = std::move(*full_name);

    registration.email = canonical_email(registration.email);
    if (!is_email(registration.email)) {
        return invalid_field("email", "an address like name@example.com, at most " +
                                          std::to_string(kEmailBytesMax) + " bytes, in ASCII");
    }
    if (registration.age < kAgeYearsMin || registration.age > kAgeYearsMax) {
        return invalid_field("age", "a whole number from " + std::to_string(kAgeYearsMin) + " to " +
                                        std::to_string(kAgeYearsMax));
    }
    auto password = normalise_password(registration.password.reveal(), password_code_points_min);
    if (password.has_error()) return password.error();
    registration.password = std::move(*password);

    if (!is_date_time(registration.date_of_birth)) {
        return invalid_field("date_of_birth",
                             "an RFC 3339 date and time like 1993-05-15T00:00:00Z");
    }
    auto gender = to_display_text(registration.gender, kGenderCodePointsMax);
    if (!gender) return invalid_field("gender", display_text_rule(kGenderCodePointsMax));
    registration.gender = std::move(*gender);

    if (!is_phone_number(registration.phone_number)) {
        return invalid_field("phone_number", "E.164: a plus sign and 2 to " +
                                                 std::to_string(kPhoneDigitsMax) +
                                                 " digits, the first not 0");
    }
    return registration;
}

}  // namespace confab::auth
