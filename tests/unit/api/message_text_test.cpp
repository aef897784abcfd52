#include "api/message_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::api {
namespace {

std::string code(const Result<std::string>& result) {
    return result ? "ok" : std::string(result.error().code);
}

TEST(MessageText, ABodyIsTakenAsItIsOrRefused) {
    const MessageLimits limits{.body_code_points_max = 3, .body_bytes_max = 8};
    EXPECT_EQ(*checked_body("a\n\t", limits), "a\n\t");
    EXPECT_EQ(code(checked_body("", limits)), "body_empty");
    EXPECT_EQ(code(checked_body("\xC3\xA9\xC3\xA9\xC3\xA9", limits)), "ok");
    EXPECT_EQ(code(checked_body("abcd", limits)), "body_too_long");
    EXPECT_EQ(code(checked_body("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80", limits)),
              "body_too_long")
        << "in bytes";
    EXPECT_EQ(code(checked_body("a\rb", limits)), "bad_body");
    EXPECT_EQ(code(checked_body("\xC2\x85", limits)), "bad_body");
}

TEST(MessageText, AReactionIsOneWord) {
    EXPECT_EQ(code(checked_reaction("\xF0\x9F\x91\x8D")), "ok");
    EXPECT_EQ(code(checked_reaction(std::string(kReactionBytesMax, 'r'))), "ok");
    for (const std::string& wrong :
         {std::string(), std::string("a b"), std::string("a\n"), std::string("\x7F"),
          std::string(kReactionBytesMax + 1, 'r')}) {
        EXPECT_EQ(code(checked_reaction(wrong)), "bad_reaction") << wrong;
    }
}

TEST(MessageText, ACidIsAUuidAndTheFieldIsNamed) {
    EXPECT_TRUE(checked_cid("0190b6f2-7c1f-7e2e-9a53-0c5a5a0f2d11", "cid").has_value());
    EXPECT_EQ(checked_cid("1", "Idempotency-Key").error().field, "Idempotency-Key");
    EXPECT_EQ(checked_cid("00000000-0000-0000-0000-000000000000", "cid").error().code, "bad_cid");
}

}  // namespace
}  // namespace confab::api
