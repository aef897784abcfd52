#include <unistd.h>

#include <cstdio>
#include <string>

#include "app/commands.hpp"
#include "app/module_options.hpp"
#include "app/process.hpp"
#include "app/stores.hpp"
#include "app/terminal.hpp"
#include "auth/email.hpp"
#include "auth/text.hpp"
#include "base/crypto.hpp"

namespace confab::app {
namespace {

int fail(std::string_view why) {
    std::fprintf(stderr, "confab: %s\n", std::string(why).c_str());
    return kExitFailed;
}

int fail(const Error& error) {
    return fail(error.detail.empty() ? error.code : std::string_view(error.detail));
}

// Stored times are whole seconds.
WallTime now_in_seconds() {
    return from_unix_seconds(unix_seconds(SystemClock().wall_now()));
}

Result<Secret> ask_password(bool from_stdin) {
    const BlockedSignals signals;
    if (from_stdin || ::isatty(STDIN_FILENO) == 0) return read_line(signals);
    auto first = ask(signals, "Password: ", true);
    if (!first) return first;
    const auto second = ask(signals, "Again: ", true);
    if (!second) return second;
    if (!first->same_as(second->reveal())) {
        return Error(ErrorKind::invalid, "no_match", "the passwords are not the same");
    }
    return first;
}

int add(const CommandLine::User& user, const config::Options& options, Stores& stores) {
    auth::Account account;
    account.id = UserId(random_uuid());
    account.email = auth::canonical_email(user.email);
    if (!auth::is_email(account.email)) return fail("this is not an e-mail address");
    const auto name = auth::to_display_text(user.name, kUserNameCodePointsMax);
    if (!name || name->empty()) return fail("a name is 1 to 80 visible characters");
    account.full_name = *name;

    const auto typed = ask_password(user.password_stdin);
    if (!typed) return fail(typed.error());
    const auto password = auth::normalise_password(typed->reveal(), options.auth.password_min);
    if (!password) return fail(password.error());
    const auth::PasswordHasher hasher(password_options(options));
    const auto hash = hasher.hash(password->reveal());
    if (!hash) return fail(hash.error());
    account.password_hash = *hash;
    account.created_at = now_in_seconds();
    if (const auto created = stores.accounts().create_account(account); !created) {
        return fail(created.error());
    }
    const std::string id(account.id.text());
    std::printf("%s\n", id.c_str());
    return 0;
}

int list(Stores& stores) {
    constexpr std::size_t kPage = 200;
    std::string after;
    while (true) {
        const auto page = stores.accounts().list_accounts(after, kPage);
        if (!page) return fail(page.error());
        for (const auth::Account& account : *page) {
            const std::string id(account.id.text());
            std::printf("%s\t%s\t%s\t%s\n", id.c_str(), account.email.c_str(),
                        account.full_name.c_str(),
                        account.disabled       ? "disabled"
                        : account.is_moderator ? "moderator"
                                               : "active");
            after = account.email;
        }
        if (page->size() < kPage) return 0;
    }
}

// Sets something of the account; who loses by it has no session any more.
int change(const CommandLine::User& user, Stores& stores, bool ends_sessions,
           Result<void> (*set)(auth::AccountStore& accounts, const UserId& id, bool undo)) {
    const auto found = stores.accounts().find_account_by_email(auth::canonical_email(user.email));
    if (!found) return fail(found.error());
    if (!*found) return fail("there is no account with this e-mail address");
    const UserId id = (*found)->id;
    if (const auto done = set(stores.accounts(), id, user.undo); !done) return fail(done.error());
    if (!ends_sessions) return 0;
    const auto revoked = stores.families().revoke_user(id, "", now_in_seconds());
    return revoked ? 0 : fail(revoked.error());
}

int disable(const CommandLine::User& user, Stores& stores) {
    return change(user, stores, !user.undo,
                  [](auth::AccountStore& accounts, const UserId& id, bool undo) {
                      return accounts.set_disabled(id, !undo);
                  });
}

int set_moderator(const CommandLine::User& user, Stores& stores) {
    return change(user, stores, user.undo,
                  [](auth::AccountStore& accounts, const UserId& id, bool undo) {
                      return accounts.set_moderator(id, !undo);
                  });
}

}  // namespace

int manage_users(const CommandLine& command_line, const config::Options& options) {
    set_process_defaults();
    if (options.store.kind == "memory") return fail("--store memory keeps no accounts");
    log::Logger logger({.level = log::Level::warn});
    Stores stores(options, Stores::Role::tool, logger, [](std::string_view) {});
    switch (command_line.command) {
        case CommandLine::Command::user_add:
            return add(command_line.user, options, stores);
        case CommandLine::Command::user_disable:
            return disable(command_line.user, stores);
        case CommandLine::Command::user_moderator:
            return set_moderator(command_line.user, stores);
        default:
            return list(stores);
    }
}

}  // namespace confab::app
