#include "config/reload.hpp"

#include <map>
#include <span>
#include <string_view>

#include "config/checks.hpp"
#include "config/keys.hpp"

namespace confab::config {
namespace {

template <class Target>
void take_over(Reload& result, std::string_view prefix, std::span<const Key<Target>> keys,
               Target& running, const Target& wanted) {
    for (const auto& key : keys) {
        const auto value = key.get(wanted);
        if (value == key.get(running)) continue;
        auto& list = key.info.reload ? result.applied : result.restart;
        list.push_back(std::string(prefix) + std::string(key.info.name));
        if (key.info.reload) key.put(running, value);
    }
}

template <class Section>
void take_over_sections(Reload& result, std::string_view prefix, std::span<const Key<Section>> keys,
                        std::map<std::string, Section>& running,
                        const std::map<std::string, Section>& wanted) {
    for (auto& [name, section] : running) {
        const auto full_name = std::string(prefix) + name;
        const auto other = wanted.find(name);
        if (other == wanted.end()) {
            result.restart.push_back(full_name);
        } else {
            take_over(result, full_name + '.', keys, section, other->second);
        }
    }
    for (const auto& [name, section] : wanted) {
        if (!running.contains(name)) result.restart.push_back(std::string(prefix) + name);
    }
}

// The new values contradict old ones that stay: which of the changes would have made it right?
Error with_restart(Error error, const Reload& result) {
    if (result.restart.empty()) return error;
    error.detail += ". These changes wait for a restart: ";
    for (const std::string& key : result.restart) {
        if (&key != &result.restart.front()) error.detail += ", ";
        error.detail += key;
    }
    return error;
}

}  // namespace

Result<Reload> reload(const Options& running, const Options& wanted) {
    Reload result{.options = running, .applied = {}, .restart = {}};
    auto& options = result.options;
    take_over(result, "", option_keys(), options, wanted);
    take_over_sections(result, kIssuersPrefix, issuer_keys(), options.auth.issuers,
                       wanted.auth.issuers);
    take_over_sections(result, kListenersPrefix, listener_keys(), options.listeners,
                       wanted.listeners);
    if (auto checked = check(options); !checked) return with_restart(checked.error(), result);
    return result;
}

}  // namespace confab::config
