#include "app/own_secret.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_directory.hpp"

namespace confab::test {
namespace {

using app::own_secret;
using app::SecretUse;

class OwnSecretTest : public ::testing::Test {
  protected:
    OwnSecretTest() { options_.data.dir = directory_.path(); }

    [[nodiscard]] std::size_t files() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& file :
             std::filesystem::directory_iterator(directory_.path())) {
            ++count;
        }
        return count;
    }

    TempDirectory directory_;
    config::Options options_;
};

TEST_F(OwnSecretTest, IsMadeOnceAndKept) {
    const Secret first = own_secret(options_, SecretUse::keep);
    EXPECT_GE(first.size(), kTokenSecretBytesMin);
    EXPECT_TRUE(own_secret(options_, SecretUse::keep).same_as(first.reveal()));
    EXPECT_TRUE(own_secret(options_, SecretUse::read_only).same_as(first.reveal()));
}

TEST_F(OwnSecretTest, AServerThatKeepsNothingWritesNothing) {
    const Secret first = own_secret(options_, SecretUse::read_only);
    EXPECT_GE(first.size(), kTokenSecretBytesMin);
    EXPECT_FALSE(own_secret(options_, SecretUse::read_only).same_as(first.reveal()));
    EXPECT_EQ(files(), 0U);
}

TEST_F(OwnSecretTest, AConfiguredOneIsTakenUnlessItIsWeak) {
    options_.auth.secret = Secret("kO3s9Zq1LxT7vB5nM2cR8wY6uE4iA0pD");
    EXPECT_TRUE(own_secret(options_, SecretUse::keep).same_as(options_.auth.secret.reveal()));
    EXPECT_EQ(files(), 0U);
    for (const std::string weak : {"secret", "your-256-bit-secret"}) {
        options_.auth.secret = Secret(weak);
        EXPECT_THROW((void)own_secret(options_, SecretUse::keep), std::runtime_error);
    }
    options_.auth.secret = Secret(std::string(64, 'a'));
    EXPECT_THROW((void)own_secret(options_, SecretUse::keep), std::runtime_error);
}

TEST_F(OwnSecretTest, DerivedKeysDifferByPurposeAndFromTheSecret) {
    const Secret secret = own_secret(options_, SecretUse::keep);
    const Secret one = app::derived_key(secret, "one");
    EXPECT_EQ(one.size(), 32U);
    EXPECT_TRUE(one.same_as(app::derived_key(secret, "one").reveal()));
    EXPECT_FALSE(one.same_as(app::derived_key(secret, "two").reveal()));
    EXPECT_FALSE(one.same_as(secret.reveal()));
}

}  // namespace
}  // namespace confab::test
