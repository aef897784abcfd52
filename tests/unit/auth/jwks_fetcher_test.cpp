#include "auth/jwks_fetcher.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/limits.hpp"
#include "support/key_server.hpp"
#include "support/token_fixture.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;
using metrics::Id;
using test::KeyServer;
using test::TestKey;

// Counts callbacks and waits for them.
class Calls {
  public:
    std::function<void()> one() {
        return [this] {
            const std::lock_guard lock(mutex_);
            ++count_;
            changed_.notify_all();
        };
    }
    [[nodiscard]] bool wait_for(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 10s, [&] { return count_ >= count; });
    }
    [[nodiscard]] int count() {
        const std::lock_guard lock(mutex_);
        return count_;
    }

  private:
    std::mutex mutex_;  // guards both
    std::condition_variable changed_;
    int count_ = 0;
};

class JwksFetcherTest : public test::TokenFixture {
  protected:
    JwksFetcherTest() : log_file_(std::tmpfile(), &std::fclose) {
        log::Logger::Options options;
        options.descriptor = fileno(log_file_.get());
        options.format = log::Format::json;
        logger_ = std::make_unique<log::Logger>(options);
        server_ = std::make_unique<KeyServer>(first_set());
    }

    static std::string first_set() {
        return test::jwk_set({test::ec_key().public_jwk({{"kid", "1"}})});
    }

    // A verifier with one issuer, "ec", and a fetcher for it.
    void start(const std::string& url) {
        auto issuer = test::issuer("ec", Algorithm::es256);
        issuer.jwks_url = url;
        verifier_ = std::make_unique<TokenVerifier>(std::vector{issuer}, clock_);
        fetcher_ = std::make_unique<JwksFetcher>(*verifier_, clock_, metrics_.shared(), *logger_);
    }
    void start() { start(server_->url()); }

    // Waits, at most ten seconds, until so many fetches have ended.
    bool wait_for(Id id, std::int64_t count) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (metrics_.total(id) < count) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }
    JwksFetcher::IssuerStatus status() { return fetcher_->status().at(0); }
    std::string log_text() {
        logger_->flush();
        std::string text(64 * 1024, '\0');
        const auto size = ::pread(fileno(log_file_.get()), text.data(), text.size(), 0);
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }

    // The `next_s` of all lines of this event.
    std::string logged_waits(const std::string& event) {
        static constexpr std::string_view kField = "\"next_s\":";
        std::istringstream lines(log_text());
        std::string waits;
        for (std::string line; std::getline(lines, line);) {
            const auto at = line.find(kField);
            if (line.find(event) == std::string::npos || at == std::string::npos) continue;
            if (!waits.empty()) waits += ' ';
            waits += std::to_string(std::stoi(line.substr(at + kField.size())));
        }
        return waits;
    }

    metrics::Metrics metrics_{1, "test"};
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> log_file_;
    std::unique_ptr<log::Logger> logger_;
    std::unique_ptr<KeyServer> server_;
    std::unique_ptr<JwksFetcher> fetcher_;  // after what it uses
};

TEST_F(JwksFetcherTest, KeysAreFetchedAtStart) {
    server_->hold();
    start();
    ASSERT_TRUE(server_->wait_for_requests(1));
    EXPECT_EQ(status().name, "ec");
    EXPECT_FALSE(status().ready);
    EXPECT_NE(status().reason, "");
    server_->release();
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 1));
    EXPECT_TRUE(status().ready);
    EXPECT_EQ(status().reason, "");
    EXPECT_EQ(refusal(ec()), "");
    EXPECT_EQ(server_->last_request().substr(0, 19), "GET /keys HTTP/1.1\r");
}

TEST_F(JwksFetcherTest, WithoutUrlsThereIsNothingToDo) {
    verifier_ = std::make_unique<TokenVerifier>(std::vector{options()[1]}, clock_);
    JwksFetcher idle(*verifier_, clock_, metrics_.shared(), *logger_);
    EXPECT_TRUE(idle.status().empty());
    Calls calls;
    idle.request_refresh("partner", calls.one());
    EXPECT_EQ(calls.count(), 1);
}

struct BadAnswer {
    const char* name;
    std::string answer;
    const char* reason;
};

void PrintTo(const BadAnswer& bad, std::ostream* out) {
    *out << bad.name;
}

class BadJwksAnswer : public JwksFetcherTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadJwksAnswer, GivesNoKeys) {
    server_->answer_with(GetParam().answer);
    start();
    ASSERT_TRUE(wait_for(Id::jwks_failed, 1));
    Calls calls;  // waits until the failure is entered in the status
    fetcher_->request_refresh("ec", calls.one());
    ASSERT_TRUE(calls.wait_for(1));
    EXPECT_FALSE(status().ready);
    EXPECT_EQ(status().reason, GetParam().reason);
    EXPECT_EQ(metrics_.total(Id::jwks_fetched), 0);
    EXPECT_NE(log_text().find("jwks_failed"), std::string::npos);
    EXPECT_EQ(refusal(ec()), "token_key_unknown");
}

std::string answer(const std::string& status, const std::string& body,
                   const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers + "\r\n" + body;
}
std::string keys_of_the_test() {
    return test::jwk_set({test::ec_key().public_jwk({{"kid", "1"}})});
}
std::string long_body() {
    return keys_of_the_test() + std::string(kJwksBytesMax, ' ');
}

INSTANTIATE_TEST_SUITE_P(
    Jwks, BadJwksAnswer,
    ::testing::Values(
        BadAnswer{"404", answer("404 Not Found", keys_of_the_test()), "the answer is an error"},
        BadAnswer{"500", answer("500 Oops", keys_of_the_test()), "the answer is an error"},
        BadAnswer{"204", answer("204 No Content", ""), "the answer is an error"},
        BadAnswer{"no keys", answer("200 OK", R"({"keys":[]})"),
                  "what it publishes is no usable key set"},
        BadAnswer{"HTML", answer("200 OK", "<html>"), "what it publishes is no usable key set"},
        BadAnswer{"empty", answer("200 OK", ""), "what it publishes is no usable key set"},
        BadAnswer{"too large", answer("200 OK", long_body()), "the answer is too large"},
        BadAnswer{"too large, and says so",
                  answer("200 OK", long_body(),
                         "Content-Length: " + std::to_string(long_body().size()) + "\r\n"),
                  "the answer is too large"},
        BadAnswer{"cut", answer("200 OK", keys_of_the_test(), "Content-Length: 9999\r\n"),
                  "the transfer failed"},
        BadAnswer{"not HTTP", "keys!\r\n\r\n", "the transfer failed"},
        BadAnswer{"nothing", "", "the transfer failed"}));

TEST_F(JwksFetcherTest, ARedirectIsNotFollowed) {
    KeyServer elsewhere(first_set());
    server_->answer_with("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() +
                         "\r\nContent-Length: 0\r\n\r\n");
    start();
    Calls calls;
    fetcher_->request_refresh("ec", calls.one());
    ASSERT_TRUE(calls.wait_for(1));
    ASSERT_TRUE(wait_for(Id::jwks_failed, 1));
    EXPECT_EQ(elsewhere.requests(), 0);
    EXPECT_FALSE(status().ready);
}

TEST_F(JwksFetcherTest, OtherProtocolsAreNotSpoken) {
    start("file://" + write("keys.json", first_set()));
    ASSERT_TRUE(wait_for(Id::jwks_failed, 1));
    EXPECT_FALSE(verifier_->has_keys("ec"));
    EXPECT_NE(log_text().find("the transfer failed"), std::string::npos);
}

TEST_F(JwksFetcherTest, TheEnvironmentGivesNoProxy) {
    KeyServer proxy(first_set());
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    ::setenv("all_proxy", proxy.url().c_str(), 1);
    start();
    EXPECT_TRUE(wait_for(Id::jwks_fetched, 1));
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
    EXPECT_EQ(proxy.requests(), 0);
}

TEST_F(JwksFetcherTest, AFailureKeepsTheKeysAndIsTriedAgainLaterAndLater) {
    start();
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 1));
    server_->answer_with(answer("500 Oops", ""));
    clock_.advance(kJwksRefreshInterval);
    std::int64_t failures = 1;
    ASSERT_TRUE(wait_for(Id::jwks_failed, failures));
    EXPECT_TRUE(status().ready);
    EXPECT_EQ(refusal(ec()), "");
    for (const auto backoff : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        clock_.advance(backoff);
        ASSERT_TRUE(wait_for(Id::jwks_failed, ++failures)) << backoff.count();
    }
    EXPECT_EQ(logged_waits("jwks_failed"), "1 2 4 8 16 32 60 60 60");
    server_->publish(first_set());
    clock_.advance(kJwksBackoffMax);
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 2));
}

TEST_F(JwksFetcherTest, KeysAreRotatedByTheInterval) {
    start();
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 1));
    const TestKey next(Algorithm::es256);
    server_->publish(test::jwk_set({next.public_jwk({{"kid", "2"}})}));
    clock_.advance(kJwksRefreshInterval - 1ms);
    EXPECT_EQ(server_->requests(), 1);
    clock_.advance(1ms);
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 2));
    EXPECT_EQ(refusal(next.sign(R"({"alg":"ES256","kid":"2"})", claims("https://ec.example"))), "");
    EXPECT_EQ(refusal(ec()), "token_key_unknown");
}

TEST_F(JwksFetcherTest, MaxAgeIsRespectedWithinLimits) {
    struct Case {
        const char* header;
        std::chrono::seconds next;
    };
    server_->publish(first_set(), "Cache-Control: max-age=3600\r\n");
    start();
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 1));
    std::chrono::seconds next = 3600s;
    int fetched = 1;
    for (const auto& [header, after] :
         {Case{"cache-control: public, max-age=0\r\n", kJwksMaxAgeMin},
          Case{"Cache-Control: max-age=999999999\r\n", kJwksMaxAgeMax},
          Case{"Cache-Control: nonsense\r\n", kJwksRefreshInterval}, Case{"", 0s}}) {
        server_->publish(first_set(), header);
        clock_.advance(next);
        ASSERT_TRUE(wait_for(Id::jwks_fetched, ++fetched)) << header;
        next = after;
    }
    EXPECT_EQ(logged_waits("jwks_fetched"), "3600 60 86400 600 600");
}

TEST_F(JwksFetcherTest, AnUnknownKeyIsFetchedAtOnceButSeldom) {
    start();
    ASSERT_TRUE(wait_for(Id::jwks_fetched, 1));
    const TestKey next(Algorithm::es256);
    const auto token = next.sign(R"({"alg":"ES256","kid":"2"})", claims("https://ec.example"));
    EXPECT_EQ(refusal(token), "token_key_unknown");
    server_->publish(test::jwk_set({next.public_jwk({{"kid", "2"}})}));

    Calls calls;
    fetcher_->request_refresh("ec", calls.one());
    ASSERT_TRUE(calls.wait_for(1));
    EXPECT_EQ(refusal(token), "");
    EXPECT_EQ(server_->requests(), 2);

    // Again within the interval: answered at once, without a fetch.
    clock_.advance(kJwksRefreshMin - 1ms);
    for (int i = 0; i < 20; ++i)
        fetcher_->request_refresh("ec", calls.one());
    EXPECT_EQ(calls.count(), 21);
    EXPECT_EQ(server_->requests(), 2);

    clock_.advance(1ms);
    fetcher_->request_refresh("ec", calls.one());
    ASSERT_TRUE(calls.wait_for(22));
    EXPECT_EQ(server_->requests(), 3);
}

TEST_F(JwksFetcherTest, AnUnknownIssuerIsAnsweredAtOnce) {
    start();
    Calls calls;
    fetcher_->request_refresh("nobody", calls.one());
    EXPECT_EQ(calls.count(), 1);
}

TEST_F(JwksFetcherTest, CallersDuringAFetchWaitForItTogetherUpToALimit) {
    server_->hold();
    start();
    ASSERT_TRUE(server_->wait_for_requests(1));
    Calls calls;
    for (std::size_t i = 0; i < kJwksWaitersMax; ++i)
        fetcher_->request_refresh("ec", calls.one());
    EXPECT_EQ(calls.count(), 0);
    Calls beyond;
    fetcher_->request_refresh("ec", beyond.one());
    EXPECT_EQ(beyond.count(), 1);

    server_->release();
    ASSERT_TRUE(calls.wait_for(static_cast<int>(kJwksWaitersMax)));
    EXPECT_FALSE(server_->wait_for_requests(2, 300ms));
    EXPECT_EQ(calls.count(), static_cast<int>(kJwksWaitersMax));
}

TEST_F(JwksFetcherTest, ACallbackComesEvenWhenTheFetchFails) {
    server_->answer_with(answer("500 Oops", ""));
    start();
    ASSERT_TRUE(wait_for(Id::jwks_failed, 1));
    Calls calls;
    fetcher_->request_refresh("ec", calls.one());
    ASSERT_TRUE(calls.wait_for(1));
}

TEST_F(JwksFetcherTest, ASlowAnswerIsGivenUp) {
    server_->hold();
    const auto begin = std::chrono::steady_clock::now();
    start();
    ASSERT_TRUE(wait_for(Id::jwks_failed, 1));
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(took, kJwksFetchTimeout - 100ms);
    EXPECT_LE(took, kJwksFetchTimeout + 2s);
    EXPECT_FALSE(status().ready);
}

TEST_F(JwksFetcherTest, TheEndDoesNotWaitForAHangingFetch) {
    server_->hold();
    start();
    ASSERT_TRUE(server_->wait_for_requests(1));
    Calls calls;
    fetcher_->request_refresh("ec", calls.one());
    const auto begin = std::chrono::steady_clock::now();
    fetcher_.reset();
    EXPECT_LE(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_EQ(calls.count(), 1);
}

TEST_F(JwksFetcherTest, RequestsFromManyThreadsAreAllAnswered) {
    start();
    Calls calls;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 100; ++n) {
                fetcher_->request_refresh("ec", calls.one());
                clock_.advance(1s);
                (void)verifier_->verify(ec());
                (void)fetcher_->status();
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    fetcher_.reset();
    EXPECT_EQ(calls.count(), 400);
}

}  // namespace
}  // namespace confab::auth
