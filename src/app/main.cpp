#include <cstdio>
#include <exception>
#include <variant>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "base/crypto.hpp"

int main(int argc, char** argv) {
    using namespace confab;
    try {
        initialise_crypto();
        const auto parsed = app::parse_command_line(argc, argv, CONFAB_VERSION);
        if (const auto* end = std::get_if<app::ExitNow>(&parsed)) {
            std::fputs(end->text.c_str(), end->to_stderr ? stderr : stdout);
            return end->code;
        }
        return app::run_command(std::get<app::CommandLine>(parsed), CONFAB_VERSION);
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "confab: %s\n", fault.what());
        return app::kExitFailed;
    }
}
