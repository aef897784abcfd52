// Config: reads the operator's settings. Flags > environment > TOML file > profile > defaults.
// Thread: any; no shared state. Used at the start and at a reload.
// Owns:   nothing.
// Limits: a file of at most kConfigFileBytesMax.
// Invariants: (1) an unknown key or a bad value is an error that names the key and its source.
//             (2) what comes out has been checked as a whole (Error on contradictions).
//             (3) a secret is never shown.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/options.hpp"

namespace confab::config {

// Where settings may come from. A key is "section.key", for example "server.port" or
// "auth.issuers.acme.iss".
struct Sources {
    std::string file{};  // TOML; empty: none
    // NAME, VALUE of every CONFAB_* variable: CONFAB_SERVER_PORT is server.port.
    std::vector<std::pair<std::string, std::string>> environment{};
    std::vector<std::pair<std::string, std::string>> settings{};  // flags and --set, in order
    std::string profile{};  // from --profile; empty: CONFAB_PROFILE, the file's `profile`, …
};

// Of several values for one key the last one wins.
// Errors: `config_invalid`, detail names key and source, for the operator alone (it may hold a
// path):
//     server.port (flag): "70000" is not a whole number from 0 to 65535
[[nodiscard]] Result<Options> load(const Sources& sources);

// The CONFAB_* variables of this process. CONFAB_CONFIG (the file's path) and the variables of
// `confab chat` (CONFAB_URL, CONFAB_EMAIL, CONFAB_PASSWORD, CONFAB_TOKEN) are left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> environment();

// Every key with type, range, default and meaning: one line each, for --help and the README.
[[nodiscard]] std::string describe_keys();

// The effective settings as TOML; secrets are shown as "(set)".
[[nodiscard]] std::string to_toml(const Options& options);

// confab.example.toml: every key with meaning, range and default, as comments.
[[nodiscard]] std::string example_toml();

}  // namespace confab::config
