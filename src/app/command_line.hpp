// CommandLine: what the operator typed, as plain values; nothing is done here.
// Thread: start-up only.
// Owns:   its values.
// Limits: `token mint` makes at most kMintedTokensMax tokens at a time.
// Invariants: (1) no password and no token is ever an argument: they come from standard input, a
//             terminal without echo, or the environment. (2) flags that stand for a setting are
//             only collected; config::load() checks them together with every other source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.hpp"

namespace confab::app {

inline constexpr std::uint32_t kMintedTokensMax = 1'000'000;
inline constexpr std::uint32_t kAuditLinesMax = 1'000'000;

struct CommandLine {
    enum class Command {
        none,
        serve,
        check_config,
        user_add,
        user_list,
        user_disable,
        user_moderator,
        token_mint,
        backup,
        restore,
        check,
        audit,
        chat
    };

    struct CheckConfig {
        bool print = false;    // the effective settings
        bool keys = false;     // describe_keys()
        bool example = false;  // example_toml()
    };
    struct User {
        std::string email;
        std::string name;
        bool password_stdin = false;
        bool undo = false;  // user_disable, user_moderator
    };
    struct Mint {
        std::uint32_t count = 1;
        std::string user_id;  // empty: a fresh one for each token
        std::string name;     // empty: the default for users without a name
        bool is_moderator = false;
    };
    struct Data {
        std::string file;    // backup: the target; restore: the backup; check: empty for the own
        bool force = false;  // restore: there may be a database
    };
    struct Audit {
        std::string room;  // empty: all
        std::uint32_t count = 100;
    };
    struct Chat {
        std::string url = "http://127.0.0.1:8080";
        std::string email;
        bool token_stdin = false;
        std::string room = "general";
    };

    Command command = Command::none;
    // The environment is left to the caller (config::environment()). --ttl of `token mint` is the
    // setting auth.token_ttl_s.
    config::Sources sources;
    CheckConfig check_config;
    User user;
    Mint mint;
    Data data;
    Audit audit;
    Chat chat;
};

// Print the text and end: help, version, or what is wrong with the arguments (code 2).
struct ExitNow {
    int code = 0;
    std::string text;
    bool to_stderr = false;
};

// Reads CONFAB_CONFIG, CONFAB_URL and CONFAB_EMAIL from the environment when their flag is absent.
// The text of an error repeats no value that was given to an unknown option.
[[nodiscard]] std::variant<CommandLine, ExitNow> parse_command_line(int argc,
                                                                    const char* const* argv,
                                                                    std::string_view version);

}  // namespace confab::app
