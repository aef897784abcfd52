#include "app/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "base/limits.hpp"
#include "config/sources.hpp"

namespace confab::app {
namespace {

using Command = CommandLine::Command;

constexpr int kUsageError = 2;
constexpr const char* kFooter =
    "Every setting can be given in a TOML file (--config), as a variable (server.port is\n"
    "CONFAB_SERVER_PORT) or as a flag (--set server.port=9000).\n"
    "`confab check-config --keys` lists them all, `confab check-config --example` prints a file.";

// A flag that stands for a setting. All of them, --set too, are kept in the order typed.
void add_setting(CLI::App& command, CommandLine& line, const std::string& flag, std::string key,
                 const std::string& value_name, const std::string& meaning) {
    command
        .add_option_function<std::string>(
            flag,
            [&line, key = std::move(key)](const std::string& value) {
                line.sources.settings.emplace_back(key, value);
            },
            meaning)
        ->type_name(value_name)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->trigger_on_parse();
}

void add_any_setting(CLI::App& command, CommandLine& line) {
    command
        .add_option_function<std::string>(
            "--set",
            [&line](const std::string& text) {
                const auto equals = text.find('=');
                if (equals == std::string::npos || equals == 0) {
                    throw CLI::ValidationError("--set", "needs KEY=VALUE");
                }
                line.sources.settings.emplace_back(text.substr(0, equals), text.substr(equals + 1));
            },
            "Any setting; may be repeated")
        ->type_name("KEY=VALUE")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->trigger_on_parse();
}

// What every command that reads the settings takes.
void add_sources(CLI::App& command, CommandLine& line) {
    command.add_option("--config", line.sources.file, "Settings in TOML")
        ->type_name("FILE")
        ->envname("CONFAB_CONFIG");
    add_setting(command, line, "--data-dir", "data.dir", "DIR",
                "Where database and signing secret are");
    command.add_option("--profile", line.sources.profile, "Set of defaults: default or bench")
        ->type_name("NAME");
    add_any_setting(command, line);
    add_setting(command, line, "--log-level", "log.level", "LEVEL",
                "debug, info, warn, error or off");
    add_setting(command, line, "--log-format", "log.format", "FORMAT", "auto, human or json");
}

void add_serve_flags(CLI::App& command, CommandLine& line) {
    add_setting(command, line, "--port", "server.port", "PORT", "Port to listen on; 0: a free one");
    add_setting(command, line, "--bind", "server.bind", "ADDRESS", "Address to listen on");
    command.add_flag_callback(
        "--insecure-listen",
        [&line] { line.sources.settings.emplace_back("server.insecure_listen", "true"); },
        "Listen without TLS where other machines can connect");
    add_setting(command, line, "--store", "store.kind", "KIND", "sqlite or memory");
    add_setting(command, line, "--loops", "server.loops", "N", "Event loops; 0: one per core");
    add_sources(command, line);
}

CLI::App& add_command(CLI::App& parent, CommandLine& line, Command command, const std::string& name,
                      const std::string& meaning) {
    auto* added = parent.add_subcommand(name, meaning);
    added->parse_complete_callback([&line, command] { line.command = command; });
    return *added;
}

void add_server_commands(CLI::App& app, CommandLine& line) {
    add_serve_flags(add_command(app, line, Command::serve, "serve", "Run the server"), line);

    auto& check = add_command(app, line, Command::check_config, "check-config",
                              "Check the settings without starting");
    add_serve_flags(check, line);
    auto* print = check.add_flag("--print", line.check_config.print, "Print what is in effect");
    auto* keys = check.add_flag("--keys", line.check_config.keys, "List every setting");
    auto* example =
        check.add_flag("--example", line.check_config.example, "Print a file with every default");
    print->excludes(keys)->excludes(example);
    keys->excludes(example);
}

void add_account(CLI::App& command, CommandLine& line) {
    command.add_option("email", line.user.email, "The account's e-mail address")
        ->type_name("EMAIL")
        ->required();
}

void add_user_commands(CLI::App& app, CommandLine& line) {
    auto* user = app.add_subcommand("user", "Manage the accounts of the data directory");
    user->require_subcommand(1);

    auto& add = add_command(*user, line, Command::user_add, "add", "Make an account");
    add.add_option("--email", line.user.email, "E-mail address to sign in with")->required();
    add.add_option("--name", line.user.name, "Name that others see")->required();
    add.add_flag("--password-stdin", line.user.password_stdin,
                 "Read the password from standard input; asked for on the terminal otherwise");
    add_sources(add, line);

    add_sources(add_command(*user, line, Command::user_list, "list", "List the accounts"), line);

    auto& disable = add_command(*user, line, Command::user_disable, "disable",
                                "Lock an account and end its sessions");
    add_account(disable, line);
    disable.add_flag("--enable", line.user.undo, "Unlock it instead");
    add_sources(disable, line);

    auto& moderator = add_command(*user, line, Command::user_moderator, "moderator",
                                  "Make somebody a moderator of all public rooms");
    add_account(moderator, line);
    moderator.add_flag("--revoke", line.user.undo, "Take that back, and end the sessions");
    add_sources(moderator, line);
}

void add_token_commands(CLI::App& app, CommandLine& line) {
    auto* token = app.add_subcommand("token", "Make access tokens with the server's secret");
    token->require_subcommand(1);
    auto& mint =
        add_command(*token, line, Command::token_mint, "mint", "Print access tokens, one per line");
    mint.add_option("--count", line.mint.count, "How many, each for a user of its own")
        ->type_name("N")
        ->check(CLI::Range(1U, kMintedTokensMax));
    mint.add_option("--user-id", line.mint.user_id, "For this user id; a fresh one otherwise")
        ->type_name("ID")
        ->excludes("--count");
    mint.add_option("--name", line.mint.name, "Name that others see")->type_name("NAME");
    mint.add_flag("--moderator", line.mint.is_moderator, "For a moderator of all public rooms");
    add_setting(mint, line, "--ttl", "auth.token_ttl_s", "SECONDS", "How long they are valid");
    add_sources(mint, line);
}

void add_data_commands(CLI::App& app, CommandLine& line) {
    auto& backup = add_command(app, line, Command::backup, "backup",
                               "Copy the database, also while the server runs");
    backup.add_option("target", line.data.file, "The file to make; it must not be there")
        ->type_name("TARGET")
        ->required();
    add_sources(backup, line);

    auto& restore = add_command(app, line, Command::restore, "restore",
                                "Put a backup in the place of the database; the server must stand");
    restore.add_option("backup", line.data.file, "What `confab backup` has made")
        ->type_name("BACKUP")
        ->required();
    restore.add_flag("--force", line.data.force,
                     "Also when there is a database: it is kept under another name");
    add_sources(restore, line);

    auto& check = add_command(app, line, Command::check, "check",
                              "Look through the database for damage, also while the server runs");
    check.add_option("file", line.data.file, "Another file instead, such as a backup")
        ->type_name("FILE");
    add_sources(check, line);

    auto& audit = add_command(app, line, Command::audit, "audit",
                              "Print what was done to rooms and people in them, as JSON lines");
    audit.add_option("--room", line.audit.room, "In this room only")->type_name("ROOM");
    audit.add_option("--count", line.audit.count, "How many, the newest")
        ->type_name("N")
        ->check(CLI::Range(1U, kAuditLinesMax))
        ->capture_default_str();
    add_sources(audit, line);
}

void add_chat_command(CLI::App& app, CommandLine& line) {
    auto& chat = add_command(app, line, Command::chat, "chat",
                             "Chat in the terminal; the password is asked for, or CONFAB_PASSWORD");
    chat.add_option("--url", line.chat.url, "The server")
        ->envname("CONFAB_URL")
        ->capture_default_str();
    chat.add_option("--email", line.chat.email, "Who signs in")->envname("CONFAB_EMAIL");
    chat.add_flag(
        "--token-stdin", line.chat.token_stdin,
        "Read an access token from standard input (or CONFAB_TOKEN) instead of signing in");
    chat.add_option("--room", line.chat.room, "Room to join")->capture_default_str();
}

// An option without its value, which could be a password: "--token=x", "-px".
std::string option_name(const std::string& argument) {
    const bool is_long = argument.starts_with("--");
    return config::printable(argument.substr(0, is_long ? argument.find('=') : 2));
}

// Unknown options without what follows them; words only when there is no unknown option.
std::string unknown_arguments(const CLI::App& app) {
    std::string options;
    std::string words;
    for (const auto& argument : app.remaining(true)) {
        if (argument.starts_with('-')) {
            options += ' ' + option_name(argument);
        } else {
            words += ' ' + config::printable(argument);
        }
    }
    return options.empty() ? "unknown argument:" + words : "unknown option:" + options;
}

// The innermost command that was typed, for "confab user add --help".
std::string path_of(const CLI::App& app) {
    const auto inner = app.get_subcommands();
    return app.get_name() + (inner.empty() ? std::string() : ' ' + path_of(*inner.front()));
}

ExitNow usage_error(const CLI::App& app, const std::string& what) {
    return {kUsageError, "confab: " + what + "\nTry: " + path_of(app) + " --help\n", true};
}

void set_up(CLI::App& app, CommandLine& line, std::string_view version) {
    app.name("confab");
    app.set_version_flag("--version", "confab " + std::string(version));
    app.footer(kFooter);
    app.require_subcommand(0, 1);
    app.get_formatter()->column_width(34);
    add_server_commands(app, line);
    add_user_commands(app, line);
    add_token_commands(app, line);
    add_data_commands(app, line);
    add_chat_command(app, line);
}

}  // namespace

std::variant<CommandLine, ExitNow> parse_command_line(int argc, const char* const* argv,
                                                      std::string_view version) {
    CommandLine line;
    CLI::App app("Confab: a chat server for your own machine");
    set_up(app, line, version);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return ExitNow{0, app.help(), false};
    } catch (const CLI::CallForVersion&) {
        return ExitNow{0, app.version() + '\n', false};
    } catch (const CLI::ExtrasError&) {
        return usage_error(app, unknown_arguments(app));
    } catch (const CLI::ConversionError& error) {
        // "Could not convert: --token-stdin = …"
        const std::string text(error.what());
        return usage_error(app, config::printable(text.substr(0, text.find(" = "))));
    } catch (const CLI::ParseError& error) {
        return usage_error(app, config::printable(error.what()));
    }
    if (line.command == Command::none) return ExitNow{0, app.help(), false};
    if (line.mint.user_id.size() > kUserIdBytesMax) {
        return usage_error(app, "--user-id: at most " + std::to_string(kUserIdBytesMax) + " bytes");
    }
    return line;
}

}  // namespace confab::app
