#include "app/command_line.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <utility>
#include <vector>

namespace confab::app {
namespace {

using Command = CommandLine::Command;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::variant<CommandLine, ExitNow> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "confab");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), "1.2.3");
}

CommandLine parsed(const std::vector<const char*>& arguments) {
    auto result = parse(arguments);
    if (auto* exit = std::get_if<ExitNow>(&result)) {
        ADD_FAILURE() << exit->text;
        return {};
    }
    return std::get<CommandLine>(std::move(result));
}

// The text of a usage error.
std::string refused(const std::vector<const char*>& arguments) {
    const auto result = parse(arguments);
    const auto* exit = std::get_if<ExitNow>(&result);
    if (exit == nullptr) {
        ADD_FAILURE() << "accepted: " << arguments.front();
        return {};
    }
    EXPECT_EQ(exit->code, 2);
    EXPECT_TRUE(exit->to_stderr);
    return exit->text;
}

std::string shown(const std::vector<const char*>& arguments) {
    const auto result = parse(arguments);
    const auto* exit = std::get_if<ExitNow>(&result);
    if (exit == nullptr) {
        ADD_FAILURE() << "nothing shown";
        return {};
    }
    EXPECT_EQ(exit->code, 0);
    EXPECT_FALSE(exit->to_stderr);
    return exit->text;
}

TEST(CommandLine, NothingTypedShowsHelp) {
    const auto help = shown({});
    for (const char* word : {"serve", "check-config", "user", "token", "chat", "--keys"}) {
        EXPECT_NE(help.find(word), std::string::npos) << word;
    }
    EXPECT_EQ(help, shown({"--help"}));
}

TEST(CommandLine, VersionIsOneLine) {
    EXPECT_EQ(shown({"--version"}), "confab 1.2.3\n");
}

TEST(CommandLine, EveryCommandHasItsOwnHelp) {
    EXPECT_NE(shown({"serve", "--help"}).find("--port PORT"), std::string::npos);
    EXPECT_NE(shown({"check-config", "--help"}).find("--print"), std::string::npos);
    EXPECT_NE(shown({"user", "add", "--help"}).find("--password-stdin"), std::string::npos);
    EXPECT_NE(shown({"token", "mint", "--help"}).find("--ttl SECONDS"), std::string::npos);
    EXPECT_NE(shown({"chat", "--help"}).find("http://127.0.0.1:8080"), std::string::npos);
}

TEST(CommandLine, ServeFlagsAreSettings) {
    const auto line = parsed({"serve", "--port", "9000", "--bind=::", "--data-dir", "/d", "--store",
                              "memory", "--loops", "2", "--config", "c.toml", "--profile", "bench",
                              "--log-level", "warn", "--log-format", "json"});
    EXPECT_EQ(line.command, Command::serve);
    EXPECT_EQ(line.sources.settings, (Pairs{{"server.port", "9000"},
                                            {"server.bind", "::"},
                                            {"data.dir", "/d"},
                                            {"store.kind", "memory"},
                                            {"server.loops", "2"},
                                            {"log.level", "warn"},
                                            {"log.format", "json"}}));
    EXPECT_EQ(line.sources.file, "c.toml");
    EXPECT_EQ(line.sources.profile, "bench");
    EXPECT_TRUE(line.sources.environment.empty());
}

TEST(CommandLine, SettingsKeepTheOrderTypedSoThatTheLastOneWins) {
    const auto line = parsed({"serve", "--set", "server.port=1", "--port", "2", "--set",
                              "server.port=3", "--set=chat.default_room=a=b", "--port", "4"});
    EXPECT_EQ(line.sources.settings, (Pairs{{"server.port", "1"},
                                            {"server.port", "2"},
                                            {"server.port", "3"},
                                            {"chat.default_room", "a=b"},
                                            {"server.port", "4"}}));
}

TEST(CommandLine, BadValuesOfSettingsAreLeftToTheConfiguration) {
    const auto line = parsed({"serve", "--port", "many", "--set", "no.such=1", "--set", "empty="});
    EXPECT_EQ(line.sources.settings,
              (Pairs{{"server.port", "many"}, {"no.such", "1"}, {"empty", ""}}));
}

TEST(CommandLine, SetNeedsKeyAndValue) {
    EXPECT_NE(refused({"serve", "--set", "server.port"}).find("--set"), std::string::npos);
    EXPECT_NE(refused({"serve", "--set", "=1"}).find("--set"), std::string::npos);
    EXPECT_NE(refused({"serve", "--set"}).find("--set"), std::string::npos);
}

TEST(CommandLine, SetTakesOneArgumentOnly) {
    const auto line = parsed({"user", "disable", "--set", "data.dir=/d", "a@example.com"});
    EXPECT_EQ(line.command, Command::user_disable);
    EXPECT_EQ(line.user.email, "a@example.com");
    EXPECT_FALSE(line.user.undo);
    EXPECT_TRUE(parsed({"user", "disable", "a@example.com", "--enable"}).user.undo);
}

TEST(CommandLine, CheckConfigShowsOneThingAtATime) {
    EXPECT_EQ(parsed({"check-config"}).command, Command::check_config);
    const auto line = parsed({"check-config", "--print", "--port", "1"});
    EXPECT_EQ(line.command, Command::check_config);
    EXPECT_TRUE(line.check_config.print);
    EXPECT_EQ(line.sources.settings.size(), 1U);
    EXPECT_TRUE(parsed({"check-config", "--keys"}).check_config.keys);
    EXPECT_TRUE(parsed({"check-config", "--example"}).check_config.example);
    EXPECT_NE(refused({"check-config", "--keys", "--print"}), "");
}

TEST(CommandLine, DataCommands) {
    const auto backup = parsed({"backup", "--data-dir", "/d", "/b/target"});
    EXPECT_EQ(backup.command, Command::backup);
    EXPECT_EQ(backup.data.file, "/b/target");
    EXPECT_EQ(backup.sources.settings, (Pairs{{"data.dir", "/d"}}));
    const auto restore = parsed({"restore", "/b/target"});
    EXPECT_EQ(restore.command, Command::restore);
    EXPECT_EQ(restore.data.file, "/b/target");
    EXPECT_FALSE(restore.data.force);
    EXPECT_TRUE(parsed({"restore", "--force", "/b/target"}).data.force);
    EXPECT_EQ(parsed({"check"}).command, Command::check);
    EXPECT_EQ(parsed({"check"}).data.file, "");
    EXPECT_EQ(parsed({"check", "/b/target"}).data.file, "/b/target");
    EXPECT_NE(refused({"backup"}), "");
    EXPECT_NE(refused({"restore"}), "");
}

TEST(CommandLine, UserCommands) {
    const auto add = parsed({"user", "add", "--email", "a@example.com", "--name", "Ann Ex",
                             "--password-stdin", "--data-dir", "/d"});
    EXPECT_EQ(add.command, Command::user_add);
    EXPECT_EQ(add.user.email, "a@example.com");
    EXPECT_EQ(add.user.name, "Ann Ex");
    EXPECT_TRUE(add.user.password_stdin);
    EXPECT_EQ(add.sources.settings, (Pairs{{"data.dir", "/d"}}));
    EXPECT_EQ(parsed({"user", "list"}).command, Command::user_list);
    EXPECT_NE(refused({"user", "add", "--name", "Ann"}).find("--email"), std::string::npos);
    EXPECT_NE(refused({"user", "disable"}).find("email"), std::string::npos);
    EXPECT_NE(refused({"user"}).find("Try: confab user --help"), std::string::npos);
}

TEST(CommandLine, MintCommand) {
    const auto line = parsed({"token", "mint", "--count", "1000", "--name", "Load", "--ttl", "60"});
    EXPECT_EQ(line.command, Command::token_mint);
    EXPECT_EQ(line.mint.count, 1000U);
    EXPECT_EQ(line.mint.name, "Load");
    EXPECT_EQ(line.sources.settings, (Pairs{{"auth.token_ttl_s", "60"}}));
    EXPECT_EQ(parsed({"token", "mint"}).mint.count, 1U);
    EXPECT_EQ(parsed({"token", "mint", "--user-id", "u1"}).mint.user_id, "u1");
}

TEST(CommandLine, MintIsBounded) {
    EXPECT_EQ(parsed({"token", "mint", "--count", "1000000"}).mint.count, kMintedTokensMax);
    for (const char* count : {"0", "-1", "1000001", "99999999999", "x", "1.5", ""}) {
        EXPECT_NE(refused({"token", "mint", "--count", count}), "") << count;
    }
    EXPECT_NE(refused({"token", "mint", "--count", "2", "--user-id", "u1"}), "");
    EXPECT_NE(refused({"token", "mint", "--user-id", std::string(129, 'x').c_str()}), "");
}

TEST(CommandLine, ChatCommand) {
    const auto line = parsed({"chat"});
    EXPECT_EQ(line.command, Command::chat);
    EXPECT_EQ(line.chat.url, "http://127.0.0.1:8080");
    EXPECT_EQ(line.chat.room, "general");
    const auto other = parsed({"chat", "--url", "http://[::1]:1", "--email", "a@example.com",
                               "--room", "tea", "--token-stdin"});
    EXPECT_EQ(other.chat.url, "http://[::1]:1");
    EXPECT_EQ(other.chat.email, "a@example.com");
    EXPECT_EQ(other.chat.room, "tea");
    EXPECT_TRUE(other.chat.token_stdin);
}

TEST(CommandLine, FileUrlAndEmailComeFromTheEnvironmentWhenTheirFlagIsAbsent) {
    ::setenv("CONFAB_CONFIG", "env.toml", 1);
    ::setenv("CONFAB_URL", "http://127.0.0.1:1", 1);
    ::setenv("CONFAB_EMAIL", "env@example.com", 1);
    const auto serve = parsed({"serve"});
    const auto flag = parsed({"serve", "--config", "flag.toml"});
    const auto chat = parsed({"chat"});
    for (const char* name : {"CONFAB_CONFIG", "CONFAB_URL", "CONFAB_EMAIL"})
        ::unsetenv(name);
    EXPECT_EQ(serve.sources.file, "env.toml");
    EXPECT_EQ(flag.sources.file, "flag.toml");
    EXPECT_EQ(chat.chat.url, "http://127.0.0.1:1");
    EXPECT_EQ(chat.chat.email, "env@example.com");
}

TEST(CommandLine, PasswordsAndTokensAreNotArgumentsAndNotRepeatedInTheError) {
    const std::vector<std::vector<const char*>> attempts = {
        {"user", "add", "--email", "a@b.c", "--name", "A", "--password", "hunter2"},
        {"user", "add", "--email", "a@b.c", "--name", "A", "--password=hunter2"},
        {"user", "add", "--email", "a@b.c", "--name", "A", "--password-stdin=hunter2"},
        {"chat", "--token", "hunter2"},
        {"chat", "--password=hunter2"},
        {"chat", "--token-stdin=hunter2"},
        {"chat", "--token-stdin", "-phunter2"},
    };
    for (const auto& attempt : attempts) {
        const auto text = refused(attempt);
        EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
    }
}

TEST(CommandLine, UnknownWordsAreNamedWithoutControlCharacters) {
    EXPECT_NE(refused({"srve"}).find("unknown argument: srve"), std::string::npos);
    EXPECT_NE(refused({"serve", "--prot", "1"}).find("unknown option: --prot\n"),
              std::string::npos);
    EXPECT_EQ(refused({"\x1b[31m"}).find('\x1b'), std::string::npos);
}

TEST(CommandLine, OneCommandAtATime) {
    EXPECT_NE(refused({"serve", "chat"}), "");
    EXPECT_NE(refused({"user", "list", "add"}), "");
}

}  // namespace
}  // namespace confab::app
