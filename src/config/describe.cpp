#include <map>
#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/keys.hpp"

namespace confab::config {
namespace {

// "server" of "server.port"; "" of "profile".
std::string_view section_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::string_view own_name(std::string_view name) {
    return name.substr(name.rfind('.') + 1);
}

template <class Target>
std::string assignment(const Key<Target>& key, const Target& target) {
    return std::string(own_name(key.info.name)) + " = " + to_toml_value(key.info, key.get(target)) +
           '\n';
}

// The range, and whether a running server takes a change.
std::string range_of(const KeyInfo& info) {
    return expected(info) + (info.reload ? "; reload" : "");
}

template <class Target>
std::string description(const Key<Target>& key, std::string_view prefix) {
    return std::string(prefix) + std::string(key.info.name) + " = " +
           to_toml_value(key.info, key.get(Target{})) + " (" + range_of(key.info) +
           "): " + std::string(key.info.meaning) + '\n';
}

// "# meaning", "# range", "#key = default", an empty line.
template <class Target>
std::string example(const Key<Target>& key) {
    return "# " + std::string(key.info.meaning) + ".\n# " + range_of(key.info) + "\n#" +
           assignment(key, Target{}) + '\n';
}

template <class Section>
std::string sections(std::string_view prefix, const std::map<std::string, Section>& named,
                     std::span<const Key<Section>> keys) {
    std::string out;
    for (const auto& [name, section] : named) {
        out += "\n[" + std::string(prefix) + name + "]\n";
        for (const auto& key : keys)
            out += assignment(key, section);
    }
    return out;
}

}  // namespace

std::string describe_keys() {
    std::string out;
    for (const auto& key : option_keys())
        out += description(key, "");
    for (const auto& key : issuer_keys())
        out += description(key, "auth.issuers.<name>.");
    for (const auto& key : listener_keys())
        out += description(key, "listeners.<name>.");
    return out;
}

std::string to_toml(const Options& options) {
    std::string out;
    std::string_view section;
    for (const auto& key : option_keys()) {
        if (section_of(key.info.name) != section) {
            section = section_of(key.info.name);
            out += "\n[" + std::string(section) + "]\n";
        }
        out += assignment(key, options);
    }
    out += sections(kIssuersPrefix, options.auth.issuers, issuer_keys());
    out += sections(kListenersPrefix, options.listeners, listener_keys());
    return out;
}

std::string example_toml() {
    std::string out =
        "# Settings of Confab: copy, take away the # of what you change, and start\n"
        "#     confab serve --config confab.toml\n"
        "# What stands here are the defaults. Every key is also a variable (server.port is\n"
        "# CONFAB_SERVER_PORT) and a flag (--set server.port=9000); a flag wins over a variable, "
        "a\n"
        "# variable over this file, this file over the profile. An unknown key is an error.\n"
        "# SIGHUP makes a running server take over what is marked `reload`; the rest needs a "
        "restart.\n"
        "# This file is made by `confab check-config --example`.\n\n";
    std::string_view section;
    for (const auto& key : option_keys()) {
        if (section_of(key.info.name) != section) {
            section = section_of(key.info.name);
            out += "[" + std::string(section) + "]\n\n";
        }
        out += example(key);
    }
    out +=
        "# An outside issuer whose tokens are accepted, one section each; the last part is its\n"
        "# name, 1 to 32 of a-z and 0-9. Exactly one of the secret and JWKS keys is set.\n"
        "#[auth.issuers.acme]\n\n";
    for (const auto& key : issuer_keys())
        out += example(key);
    out +=
        "# One more socket to listen on, one section each; its name is 1 to 32 of a-z and 0-9.\n"
        "#[listeners.public]\n\n";
    for (const auto& key : listener_keys())
        out += example(key);
    out.pop_back();  // the empty line at the end
    return out;
}

}  // namespace confab::config
