#include "config/sources.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <string>

#include "config/config.hpp"
#include "unit/config/temp_file.hpp"

namespace confab::config {
namespace {

TEST(ConfigSources, FileBecomesFlatSettingsWithTheirLines) {
    const TempFile file("profile = \"bench\"\n[server]\nport = 1\n[auth]\nthrottle = false\n");
    auto settings = read_file(file.path());
    ASSERT_TRUE(settings.has_value());
    ASSERT_EQ(settings->size(), 3U);
    std::sort(settings->begin(), settings->end(),
              [](const auto& left, const auto& right) { return left.key > right.key; });
    EXPECT_EQ((*settings)[0].key, "server.port");
    EXPECT_EQ((*settings)[0].text, "1");
    EXPECT_EQ((*settings)[0].literal, Literal::number);
    EXPECT_EQ((*settings)[0].source, "file " + file.path() + ", line 3");
    EXPECT_EQ((*settings)[1].key, "profile");
    EXPECT_EQ((*settings)[1].literal, Literal::text);
    EXPECT_EQ((*settings)[2].literal, Literal::boolean);
}

TEST(ConfigSources, QuotedDotIsNotASection) {
    const TempFile file("\"server.port\" = 1\n");
    EXPECT_EQ(read_file(file.path())->at(0).key, "\"server.port\"");
}

TEST(ConfigSources, UnreadableFileIsNamed) {
    for (const std::string path : {"/no/such/confab.toml", "/"}) {
        const auto settings = read_file(path);
        ASSERT_FALSE(settings.has_value());
        EXPECT_EQ(settings.error().code, "config_invalid");
        EXPECT_TRUE(settings.error().detail.starts_with("file " + path + ": cannot be read"))
            << settings.error().detail;
    }
}

TEST(ConfigSources, FileOverOneMebibyteIsRefusedUnread) {
    const TempFile large("#" + std::string(kConfigFileBytesMax, 'x'));
    EXPECT_FALSE(read_file(large.path()).has_value());
    const TempFile fits("#" + std::string(kConfigFileBytesMax - 1, 'x'));
    EXPECT_TRUE(read_file(fits.path()).has_value());
    EXPECT_FALSE(read_file("/dev/zero").has_value());  // does not end
}

TEST(ConfigSources, BadTomlIsAnErrorWithItsLine) {
    const TempFile file("[server]\nport = \n");
    const auto settings = read_file(file.path());
    ASSERT_FALSE(settings.has_value());
    EXPECT_NE(settings.error().detail.find("line 2: is not valid TOML"), std::string::npos)
        << settings.error().detail;
}

TEST(ConfigSources, NestingWithoutEndIsAnErrorAndNotACrash) {
    const TempFile arrays("a = " + std::string(100'000, '['));
    EXPECT_FALSE(read_file(arrays.path()).has_value());
    std::string dotted = "a";
    for (int i = 0; i < 1000; ++i)
        dotted += ".a";
    const TempFile tables(dotted + " = 1\n");
    const auto settings = read_file(tables.path());
    EXPECT_TRUE(!settings || settings->size() == 1);
}

TEST(ConfigSources, ErrorInTheLineOfASecretDoesNotQuoteIt) {
    for (const std::string value :
         {"hunter2hunter2", "\"hunter2", "tru-hunter2", "0xhunter2", "5555555555555555555555"}) {
        const TempFile file("[auth]\nsecret = " + value + "\n");
        const auto settings = read_file(file.path());
        ASSERT_FALSE(settings.has_value());
        EXPECT_EQ(settings.error().detail.find("hunter"), std::string::npos);
        EXPECT_EQ(settings.error().detail.find("5555555555"), std::string::npos);
    }
}

TEST(ConfigSources, UnknownVariableIsNamedWithAHintAndWithoutItsValue) {
    const auto settings = read_environment({{"CONFAB_AUTH_SECRT", "hunter2"}});
    ASSERT_FALSE(settings.has_value());
    EXPECT_EQ(settings.error().detail,
              "CONFAB_AUTH_SECRT (environment): no such setting; did you mean CONFAB_AUTH_SECRET?");
}

TEST(ConfigSources, EnvironmentHoldsConfabsVariablesLessThoseOfTheClient) {
    for (const char* name : {"CONFAB_CONFIG", "CONFAB_URL", "CONFAB_EMAIL", "CONFAB_PASSWORD",
                             "CONFAB_TOKEN", "CONFABX"}) {
        ::setenv(name, "x", 1);
    }
    ::setenv("CONFAB_SERVER_PORT", "80=81", 1);
    const auto variables = environment();
    for (const char* name : {"CONFAB_CONFIG", "CONFAB_URL", "CONFAB_EMAIL", "CONFAB_PASSWORD",
                             "CONFAB_TOKEN", "CONFABX", "CONFAB_SERVER_PORT"}) {
        ::unsetenv(name);
    }
    ASSERT_EQ(variables.size(), 1U);
    EXPECT_EQ(variables[0].first, "CONFAB_SERVER_PORT");
    EXPECT_EQ(variables[0].second, "80=81");
}

TEST(ConfigSources, PrintableTextIsCutAndHasNoControlCharacters) {
    EXPECT_EQ(printable("a\x1b[31m\n"), "a?[31m?");
    EXPECT_LT(printable(std::string(5000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace confab::config
