#include "app/commands.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include "app/certificates.hpp"
#include "app/chat_client.hpp"

namespace confab::app {
namespace {

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

int check_config(const CommandLine::CheckConfig& check, const config::Options& options) {
    if (check.print) print(config::to_toml(options));
    // As serve would, so that what is in order here also starts.
    const auto certificates = Certificates::load(options, SystemClock().wall_now());
    if (!certificates) {
        std::fprintf(stderr, "confab: %s\n", certificates.error().detail.c_str());
        return kExitUsage;
    }
    for (const auto& [name, context] : *certificates) {
        for (const std::string& warning : context->warnings())
            std::fprintf(stderr, "confab: listeners.%s: %s\n", name.c_str(), warning.c_str());
    }
    if (!check.print) print("The settings are in order.\n");
    return 0;
}

int chat(const CommandLine::Chat& flags) {
    ChatOptions options = chat_options_from_environment();
    options.url = flags.url;
    if (!flags.email.empty()) options.email = flags.email;
    options.room = flags.room;
    options.token_from_stdin = flags.token_stdin;
    return run_chat(options);
}

}  // namespace

int run_command(CommandLine command_line, std::string_view version) {
    using Command = CommandLine::Command;
    // These need no settings.
    if (command_line.command == Command::chat) return chat(command_line.chat);
    if (command_line.check_config.keys) {
        print(config::describe_keys());
        return 0;
    }
    if (command_line.check_config.example) {
        print(config::example_toml());
        return 0;
    }

    command_line.sources.environment = config::environment();
    const auto options = config::load(command_line.sources);
    if (!options) {
        std::fprintf(stderr, "confab: %s\n", options.error().detail.c_str());
        return kExitUsage;
    }
    switch (command_line.command) {
        case Command::serve:
            return serve(*options, command_line.sources, version);
        case Command::check_config:
            return check_config(command_line.check_config, *options);
        case Command::user_add:
        case Command::user_list:
        case Command::user_disable:
        case Command::user_moderator:
            return manage_users(command_line, *options);
        case Command::backup:
        case Command::restore:
        case Command::check:
            return care_for_data(command_line, *options);
        case Command::audit:
            return print_audit(command_line.audit, *options);
        case Command::token_mint:
            return mint_tokens(command_line.mint, *options);
        case Command::chat:
        case Command::none:
            break;
    }
    return kExitUsage;
}

}  // namespace confab::app
