// Commands: what each `confab …` does, once the command line is understood.
// Thread: the main thread.
// Owns:   nothing.
// Limits: none.
// Invariant: results go to standard output, everything else to standard error; the return value is
//            the exit status: 0 done, 1 not done, 2 wrong use or wrong settings, 65 the database is
//            damaged.
#pragma once

#include <string_view>

#include "app/command_line.hpp"

namespace confab::app {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitDamaged = 65;  // EX_DATAERR of sysexits.h

// Does what the command line says.
[[nodiscard]] int run_command(CommandLine command_line, std::string_view version);

// commands_serve.cpp
[[nodiscard]] int serve(const config::Options& options, const config::Sources& sources,
                        std::string_view version);
// commands_user.cpp: `confab user add | list | disable | moderator`
[[nodiscard]] int manage_users(const CommandLine& command_line, const config::Options& options);
// commands_data.cpp: `confab backup | restore | check`
[[nodiscard]] int care_for_data(const CommandLine& command_line, const config::Options& options);
// commands_audit.cpp: `confab audit`
[[nodiscard]] int print_audit(const CommandLine::Audit& audit, const config::Options& options);
// commands_token.cpp: `confab token mint`
[[nodiscard]] int mint_tokens(const CommandLine::Mint& mint, const config::Options& options);

}  // namespace confab::app
