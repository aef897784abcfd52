#include "auth/jwks_fetcher.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "auth/jwks_download.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

using Callback = std::function<void()>;
using Duration = std::chrono::steady_clock::duration;

// The thread looks at the clock at least this often, also when it has nothing to wait for.
constexpr auto kLookInterval = std::chrono::milliseconds(200);

void initialise_curl() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) throw std::runtime_error("libcurl: cannot be initialised");
}

struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

struct Source {
    Source(std::string issuer, std::string address, SteadyTime now)
        : name(std::move(issuer)), url(std::move(address)), due(now) {}

    const std::string name;
    const std::string url;

    // Guarded by State::mutex.
    bool asked = false;  // a fetch is wanted before it is due
    bool fetching = false;
    std::optional<SteadyTime> last_asked;
    std::vector<Callback> waiters;
    std::string_view reason = "its keys are not fetched yet";

    // The thread's own.
    SteadyTime due;
    Duration backoff{0};  // the last wait after a failure; 0: the last fetch was good
    std::unique_ptr<JwksDownload> download;
};

}  // namespace

struct JwksFetcher::State {
    State(TokenVerifier& keys, const Clock& time, metrics::Shard& counters, log::Logger& lines)
        : verifier(keys), clock(time), metrics(counters), logger(lines) {}

    void run();
    [[nodiscard]] Duration start_what_is_due();
    void start(Source& source);
    void take_finished();
    void finish(Source& source, CURLcode code);
    [[nodiscard]] Duration succeeded(Source& source);
    [[nodiscard]] Duration failed(Source& source, std::string_view reason);
    void answer(Source& source, std::string_view reason, std::optional<metrics::Id> counter);
    void abandon();
    [[nodiscard]] bool stop_wanted() const {
        const std::lock_guard lock(mutex);
        return stopping;
    }

    TokenVerifier& verifier;
    const Clock& clock;
    metrics::Shard& metrics;
    log::Logger& logger;
    std::unique_ptr<CURLM, FreeMulti> multi;
    std::vector<std::unique_ptr<Source>> sources;
    std::thread thread;

    mutable std::mutex mutex;  // guards what follows and the marked part of every source
    std::size_t waiting = 0;   // callbacks, of all sources
    bool stopping = false;
};

void JwksFetcher::State::run() {
    pthread_setname_np(pthread_self(), "jwks");
    // Signals are for the main thread; and a TLS peer that goes away must not raise SIGPIPE.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);

    while (!stop_wanted()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(start_what_is_due());
        int running = 0;
        curl_multi_perform(multi.get(), &running);
        take_finished();
        curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
    abandon();
}

// How long nothing else will be due.
Duration JwksFetcher::State::start_what_is_due() {
    const SteadyTime now = clock.steady_now();
    Duration wait = kLookInterval;
    for (const auto& source : sources) {
        if (source->download != nullptr) continue;
        bool due = now >= source->due;
        {
            const std::lock_guard lock(mutex);
            due = due || source->asked;
            source->asked = false;
            source->fetching = due;
        }
        if (due) {
            start(*source);
        } else {
            wait = std::min(wait, source->due - now);
        }
    }
    return wait;
}

void JwksFetcher::State::start(Source& source) {
    try {
        source.download = std::make_unique<JwksDownload>(source.url);
        if (curl_multi_add_handle(multi.get(), source.download->handle()) == CURLM_OK) return;
    } catch (const std::exception&) {
        // Told below like any other failure.
    }
    source.download.reset();
    const SteadyTime now = clock.steady_now();
    source.due = now + failed(source, "a transfer cannot be started");
    answer(source, "a transfer cannot be started", metrics::Id::jwks_failed);
}

void JwksFetcher::State::take_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* const handle = message->easy_handle;
        const CURLcode code = message->data.result;
        const auto source = std::find_if(sources.begin(), sources.end(), [&](const auto& other) {
            return other->download != nullptr && other->download->handle() == handle;
        });
        curl_multi_remove_handle(multi.get(), handle);
        if (source != sources.end()) finish(**source, code);
    }
}

void JwksFetcher::State::finish(Source& source, CURLcode code) {
    const SteadyTime now = clock.steady_now();
    auto reason = source.download->failure(code);
    if (!reason) {
        const auto replaced = verifier.replace_keys(source.name, source.download->body());
        if (!replaced) {
            reason = "what it publishes is no usable key set";
            logger.warn("jwks_invalid",
                        {{"issuer", source.name}, {"detail", replaced.error().detail}});
        }
    }
    source.due = now + (reason ? failed(source, *reason) : succeeded(source));
    source.download.reset();
    answer(source, reason.value_or(""),
           reason ? metrics::Id::jwks_failed : metrics::Id::jwks_fetched);
}

// Until the next fetch.
Duration JwksFetcher::State::succeeded(Source& source) {
    source.backoff = Duration(0);
    Duration next = kJwksRefreshInterval;
    if (const auto age = source.download->max_age()) {
        next = std::clamp<Duration>(*age, kJwksMaxAgeMin, kJwksMaxAgeMax);
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(next).count();
    logger.info("jwks_fetched", {{"issuer", source.name}, {"next_s", seconds}});
    return next;
}

Duration JwksFetcher::State::failed(Source& source, std::string_view reason) {
    source.backoff = source.backoff == Duration(0)
                         ? Duration(kJwksBackoffFirst)
                         : std::min<Duration>(source.backoff * 2, kJwksBackoffMax);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(source.backoff).count();
    logger.warn("jwks_failed", {{"issuer", source.name},
                                {"reason", reason},
                                {"has_keys", verifier.has_keys(source.name)},
                                {"next_s", seconds}});
    return source.backoff;
}

// The fetch is over: everybody who waited for it goes on.
void JwksFetcher::State::answer(Source& source, std::string_view reason,
                                std::optional<metrics::Id> counter) {
    std::vector<Callback> waiters;
    {
        const std::lock_guard lock(mutex);
        source.fetching = false;
        source.reason = reason;
        waiters.swap(source.waiters);
        waiting -= waiters.size();
    }
    if (counter) metrics.add(*counter);  // last, so that a fetch that is counted is over
    for (const auto& done : waiters)
        done();
}

void JwksFetcher::State::abandon() {
    for (const auto& source : sources) {
        if (source->download != nullptr) {
            curl_multi_remove_handle(multi.get(), source->download->handle());
            source->download.reset();
        }
        answer(*source, "the server is stopping", std::nullopt);
    }
}

JwksFetcher::JwksFetcher(TokenVerifier& verifier, const Clock& clock, metrics::Shard& metrics,
                         log::Logger& logger)
    : state_(std::make_unique<State>(verifier, clock, metrics, logger)) {
    const SteadyTime now = clock.steady_now();
    for (const auto& issuer : verifier.issuers()) {
        if (issuer.jwks_url.empty()) continue;
        state_->sources.push_back(std::make_unique<Source>(issuer.name, issuer.jwks_url, now));
    }
    if (state_->sources.empty()) return;
    initialise_curl();
    state_->multi.reset(curl_multi_init());
    if (state_->multi == nullptr) throw std::runtime_error("libcurl: no multi handle");
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

JwksFetcher::~JwksFetcher() {
    if (!state_->thread.joinable()) return;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    curl_multi_wakeup(state_->multi.get());
    state_->thread.join();
}

void JwksFetcher::request_refresh(std::string issuer_name, std::function<void()> done) {
    const auto found =
        std::find_if(state_->sources.begin(), state_->sources.end(),
                     [&](const auto& source) { return source->name == issuer_name; });
    if (found == state_->sources.end()) return done();
    Source& source = **found;
    const SteadyTime now = state_->clock.steady_now();
    {
        std::unique_lock lock(state_->mutex);
        const bool on_the_way = source.asked || source.fetching;
        const bool too_soon = source.last_asked && now - *source.last_asked < kJwksRefreshMin;
        if (state_->stopping || state_->waiting == kJwksWaitersMax || (!on_the_way && too_soon)) {
            lock.unlock();
            return done();
        }
        source.waiters.push_back(std::move(done));
        ++state_->waiting;
        if (on_the_way) return;
        source.asked = true;
        source.last_asked = now;
    }
    curl_multi_wakeup(state_->multi.get());
}

std::vector<JwksFetcher::IssuerStatus> JwksFetcher::status() const {
    std::vector<IssuerStatus> list;
    for (const auto& source : state_->sources) {
        const bool ready = state_->verifier.has_keys(source->name);
        const std::lock_guard lock(state_->mutex);
        list.push_back({source->name, ready, ready ? std::string_view() : source->reason});
    }
    return list;
}

}  // namespace confab::auth
