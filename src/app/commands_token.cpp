#include <cstdio>
#include <filesystem>
#include <string>

#include "app/commands.hpp"
#include "app/module_options.hpp"
#include "app/own_secret.hpp"
#include "app/process.hpp"
#include "base/crypto.hpp"
#include "store/data_directory.hpp"

namespace confab::app {

int mint_tokens(const CommandLine::Mint& mint, const config::Options& options) {
    set_process_defaults();
    const bool own_file = options.auth.secret.empty() && options.auth.secret_file.empty();
    const std::filesystem::path secret_file = std::filesystem::path(options.data.dir) / "secret";
    if (own_file) {
        if (!std::filesystem::exists(secret_file)) {
            std::fprintf(stderr, "confab: %s is made now; a server that runs already has another\n",
                         secret_file.c_str());
        }
        if (const auto warning = store::prepare_data_directory(options.data.dir)) {
            std::fprintf(stderr, "confab: %s\n", warning->c_str());
        }
    }
    const SystemClock clock;
    const auth::TokenSigner signer(signer_options(options, own_secret(options, SecretUse::keep)),
                                   clock);
    for (std::uint32_t i = 0; i < mint.count; ++i) {
        const UserId user(mint.user_id.empty() ? random_uuid() : mint.user_id);
        const std::string name =
            mint.name.empty() ? "User_" + std::string(user.text().substr(0, 8)) : mint.name;
        const Secret token =
            signer.sign({.user = user, .name = name, .is_moderator = mint.is_moderator});
        const std::string_view text = token.reveal();
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fputc('\n', stdout);
    }
    return std::fflush(stdout) == 0 ? 0 : kExitFailed;
}

}  // namespace confab::app
