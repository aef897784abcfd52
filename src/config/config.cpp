#include "config/config.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "config/checks.hpp"
#include "config/lookup.hpp"
#include "config/sources.hpp"

namespace confab::config {
namespace {

// What a profile changes; every other default stays, and any source may change it back.
Options defaults_of(std::string_view profile) {
    Options options;
    if (profile == "bench") {
        // Load comes from one address, and its accounts are made in a burst.
        options.auth.throttle = false;
        options.auth.login_failures_per_address_per_minute = kLifted;
        options.auth.registrations_per_address_per_hour = kLifted;
        auto& limits = options.limits;
        for (auto* limit :
             {&limits.connections_per_address, &limits.connections_per_user,
              &limits.connects_per_second, &limits.connects_burst,
              &limits.address_connects_per_second, &limits.address_connects_burst,
              &limits.messages_per_second, &limits.messages_burst, &limits.user_messages_per_second,
              &limits.user_messages_burst, &limits.user_reads_per_second, &limits.user_reads_burst,
              &limits.address_messages_per_second, &limits.address_messages_burst,
              &limits.pings_per_second, &limits.pings_burst}) {
            *limit = kLifted;
        }
    }
    return options;
}

bool literal_fits(Literal literal, Kind kind) {
    switch (literal) {
        case Literal::any:
            return true;
        case Literal::number:
            return kind == Kind::number;
        case Literal::boolean:
            return kind == Kind::boolean;
        case Literal::text:
            return kind != Kind::number && kind != Kind::boolean;
        default:
            return false;
    }
}

Error bad_value(const Setting& setting, const KeyInfo& key) {
    std::string shown;
    switch (setting.literal) {
        case Literal::number:
        case Literal::boolean:
            shown = printable(setting.text);
            break;
        case Literal::any:
            shown = '"' + printable(setting.text) + '"';
            break;
        case Literal::text:
            shown = '"' + printable(setting.text) + '"';
            if (!literal_fits(setting.literal, key.kind)) shown = "the text " + shown;
            break;
        default:
            shown = "what stands there";
            break;
    }
    if (key.kind == Kind::secret) shown = "what stands there";
    return invalid(setting.key + " (" + setting.source + ')', shown + " is not " + expected(key));
}

// An empty section sets nothing, but its name must be one.
Result<void> apply_section(Options& options, const Setting& setting) {
    const auto prefix = setting.key + '.';
    for (const auto& key : option_keys()) {
        if (key.info.name.starts_with(prefix)) return {};
    }
    if (prefix == kIssuersPrefix || prefix == kListenersPrefix) return {};
    if (open_section(options, setting.key)) return {};
    return invalid(printable(setting.key) + " (" + setting.source + ')', "no such section");
}

Result<void> apply(Options& options, const Setting& setting) {
    if (setting.literal == Literal::empty_section) return apply_section(options, setting);
    const auto where = printable(setting.key) + " (" + setting.source + ')';
    const auto key = find_key(setting.key);
    if (!key) {
        return invalid(where,
                       "no such setting" + key_hint(setting.key) + section_hint(setting.key));
    }
    const auto value = parse_value(key->info(), setting.text);
    if (!value || !literal_fits(setting.literal, key->info().kind)) {
        return bad_value(setting, key->info());
    }
    key->put(options, *value);
    return {};
}

// Later settings win.
Result<Options> apply_all(Options options, const std::vector<Setting>& settings) {
    for (const auto& setting : settings) {
        const auto applied = apply(options, setting);
        if (!applied) return applied.error();
    }
    return options;
}

Result<std::vector<Setting>> collect(const Sources& sources) {
    std::vector<Setting> all;
    if (!sources.file.empty()) {
        auto file = read_file(sources.file);
        if (!file) return file.error();
        all = std::move(*file);
    }
    auto variables = read_environment(sources.environment);
    if (!variables) return variables.error();
    std::move(variables->begin(), variables->end(), std::back_inserter(all));
    for (const auto& [key, value] : sources.settings) {
        all.push_back({key, value, Literal::any, "flag"});
    }
    if (!sources.profile.empty()) {
        all.push_back({"profile", sources.profile, Literal::any, "flag"});
    }
    return all;
}

}  // namespace

Result<Options> load(const Sources& sources) {
    const auto settings = collect(sources);
    if (!settings) return settings.error();
    // Twice: the first reading only tells which profile's defaults the second one starts from.
    const auto first = apply_all(Options{}, *settings);
    if (!first) return first.error();
    auto options = apply_all(defaults_of(first->profile), *settings);
    if (!options) return options;
    const auto checked = check(*options);
    if (!checked) return checked.error();
    return options;
}

}  // namespace confab::config
