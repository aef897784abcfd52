// Registration: what a person must tell to get an account, and whether it makes sense.
// Thread: any; no shared state.
// Owns:   its texts.
// Limits: kUserNameCodePointsMax, kEmailBytesMax, kAgeYearsMin..Max, kGenderCodePointsMax,
//         kPhoneDigitsMax, kDateTimeBytesMax and those of auth/password.hpp.
// Invariant: what check_registration() returns is in the one form in which it is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::auth {

// The names of the members are the names in the JSON body.
struct Registration {
    std::string full_name;
    std::string email;
    std::int64_t age = 0;
    Secret password;
    std::string date_of_birth;
    std::string gender;
    std::string phone_number;
};

// The registration with canonical e-mail, texts in normal form C without white space around them,
// and the password ready to be hashed. Age and date of birth need not agree: the first grows old.
// Errors, kind invalid, `field` = name in the JSON body, `detail` = the rule: `invalid_field`, and
// the `password_*` of normalise_password(). The first field at fault is told.
[[nodiscard]] Result<Registration> check_registration(Registration registration,
                                                      std::size_t password_code_points_min);

}  // namespace confab::auth
