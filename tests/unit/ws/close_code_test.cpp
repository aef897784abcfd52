#include "ws/close_code.hpp"

#include <gtest/gtest.h>

#include <set>

namespace confab::ws {
namespace {

// The whole number space, against the list of RFC 6455 section 7.4.1 and the registrations since.
TEST(CloseCode, Section7_4_ExactlyTheCodesThatMayTravelAreValid) {
    const std::set<unsigned> protocol = {1000, 1001, 1002, 1003, 1007, 1008,
                                         1009, 1010, 1011, 1012, 1013, 1014};
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const bool expected = protocol.count(code) == 1 || (code >= 3000 && code < 5000);
        EXPECT_EQ(is_valid_on_wire(static_cast<std::uint16_t>(code)), expected) << code;
    }
}

TEST(CloseCode, Section7_4_1_LocalCodesNeverTravel) {
    for (const unsigned code : {1004U, 1005U, 1006U, 1015U}) {
        EXPECT_FALSE(is_valid_on_wire(static_cast<std::uint16_t>(code))) << code;
    }
}

TEST(CloseCode, Section7_4_2_OurOwnCodesAreFromTheApplicationRange) {
    for (const CloseCode code : {CloseCode::token_expired, CloseCode::not_allowed,
                                 CloseCode::rate_limited, CloseCode::too_slow}) {
        EXPECT_GE(static_cast<unsigned>(code), 4000U);
        EXPECT_TRUE(is_valid_on_wire(static_cast<std::uint16_t>(code)));
    }
}

}  // namespace
}  // namespace confab::ws
