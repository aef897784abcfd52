#include "app/certificates.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace confab::app {
namespace {

std::string utc_text(WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// 0: there is none.
std::int64_t first_expiry(const TlsContexts& contexts) {
    const auto sooner = [](const auto& left, const auto& right) {
        return left.second->expires_at() < right.second->expires_at();
    };
    const auto first = std::min_element(contexts.begin(), contexts.end(), sooner);
    return first == contexts.end() ? 0 : unix_seconds(first->second->expires_at());
}

}  // namespace

Result<TlsContexts> Certificates::load(const config::Options& options, WallTime now) {
    TlsContexts contexts;
    for (const auto& [name, section] : options.listeners) {
        if (!section.tls) continue;
        auto loaded = net::TlsContext::load(
            {.certificate_file = section.certificate_file,
             .key_file = section.key_file,
             .version_min =
                 net::parse_tls_version(section.tls_min_version).value_or(net::TlsVersion::v1_2)},
            now);
        if (!loaded) {
            return Error(loaded.error().kind, loaded.error().code,
                         "listeners." + name + ": " + loaded.error().detail);
        }
        contexts.emplace(name, std::move(*loaded));
    }
    return contexts;
}

void Certificates::use(TlsContexts contexts) {
    const std::int64_t before = first_expiry(contexts_);
    contexts_ = std::move(contexts);
    metrics_.add(metrics::Id::certificate_expiry, first_expiry(contexts_) - before);
    warned_.clear();
    for (const auto& [name, context] : contexts_) {
        logger_.info("certificate_loaded", {{"listener", name},
                                            {"file", context->certificate_file()},
                                            {"expires", utc_text(context->expires_at())}});
        for (const std::string& warning : context->warnings())
            logger_.warn("certificate", {{"listener", name}, {"warning", warning}});
        warned_[name] = context->expiry_warning(clock_.wall_now()).value_or("");
    }
}

std::shared_ptr<const net::TlsContext> Certificates::of(const std::string& listener) const {
    const auto found = contexts_.find(listener);
    return found == contexts_.end() ? nullptr : found->second;
}

void Certificates::warn_of_expiry() {
    for (const auto& [name, context] : contexts_) {
        auto warning = context->expiry_warning(clock_.wall_now());
        if (!warning || *warning == warned_[name]) continue;
        logger_.warn("certificate", {{"listener", name}, {"warning", *warning}});
        warned_[name] = std::move(*warning);
    }
}

}  // namespace confab::app
