#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "config/config.hpp"
#include "config/keys.hpp"
#include "unit/config/temp_file.hpp"

namespace confab::config {
namespace {

// A file of the source tree, found from where this test stands.
std::string source_file(const std::string& name) {
    const std::string here = __FILE__;
    const auto root = here.substr(0, here.rfind("tests/unit/"));
    std::ifstream file(root + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The example with every "#key = value" line in force.
std::string without_comment_signs(const std::string& example) {
    std::istringstream lines(example.substr(0, example.find("#[auth.issuers")));
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        const bool setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        out += (setting ? line.substr(1) : line) + '\n';
    }
    return out;
}

TEST(ConfigDescribe, ExampleFileIsInStepWithTheTable) {
    EXPECT_EQ(source_file("confab.example.toml"), example_toml())
        << "make it again: confab check-config --example > confab.example.toml";
}

TEST(ConfigDescribe, ExampleAsItStandsAndWithEveryLineInForceIsTheDefault) {
    const TempFile commented(example_toml());
    ASSERT_TRUE(load({.file = commented.path()}).has_value());
    const auto text = without_comment_signs(example_toml());
    EXPECT_NE(text.find("\nport = 8080\n"), std::string::npos);
    const TempFile in_force(text);
    const auto options = load({.file = in_force.path()});
    ASSERT_TRUE(options.has_value()) << options.error().detail;
    EXPECT_EQ(to_toml(*options), to_toml(Options{}));
}

TEST(ConfigDescribe, EveryKeyHasItsLine) {
    const auto text = describe_keys();
    for (const auto& key : option_keys()) {
        EXPECT_NE(text.find(std::string(key.info.name) + " = "), std::string::npos);
    }
    EXPECT_NE(text.find("server.port = 8080 (a whole number from 0 to 65535): Port to listen on"),
              std::string::npos);
    EXPECT_NE(text.find("\nauth.issuers.<name>.iss = \"\" ("), std::string::npos);
    EXPECT_NE(text.find("\nlisteners.<name>.tls = false (true or false): "), std::string::npos);
}

TEST(ConfigDescribe, KeysThatNeedNoRestartAreMarked) {
    EXPECT_NE(describe_keys().find("\nlog.level = \"info\" (debug or info or warn or error or off; "
                                   "reload): "),
              std::string::npos);
    EXPECT_NE(example_toml().find("# true or false; reload\n#close_on_token_expiry"),
              std::string::npos);
}

TEST(ConfigDescribe, PrintedSettingsReadBackTheSame) {
    Options options;
    options.profile = "bench";
    options.server.port = 1;
    options.data.dir = "/srv/a \"quoted\" \\ directory/é";
    options.ws.ping_interval = std::chrono::milliseconds(12345);
    auto& acme = options.auth.issuers["acme"];
    acme.algorithm = "EdDSA";
    acme.iss = "https://acme.example";
    acme.aud = "chat";
    acme.jwks_file = "/etc/keys.json";
    auto& inside = options.listeners["inside"];
    inside.address = "unix:/run/confab.sock";
    inside.socket_mode = "600";
    const auto text = to_toml(options);
    const TempFile file(text);
    const auto back = load({.file = file.path()});
    ASSERT_TRUE(back.has_value()) << back.error().detail;
    EXPECT_EQ(to_toml(*back), text);
    EXPECT_EQ(back->data.dir, options.data.dir);
}

}  // namespace
}  // namespace confab::config
