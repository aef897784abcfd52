#include "app/chat_client_sign_in.hpp"
#include "app/chat_client_limits.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace confab::app {
namespace {

namespace asio = boost::asio;

HttpAnswer tokens(const std::string& access, const std::string& refresh) {
    return {200, R"({"token":")" + access + R"(","refresh_token":")" + refresh + R"("})", {}};
}

HttpAnswer problem(unsigned status, const std::string& code) {
    return {status, R"({"code":")" + code + R"(","detail":"why \u001b[2J"})", {}};
}

// A server that gives prepared answers and remembers what it was asked.
class FakeServer {
  public:
    SignIn::Post post() {
        return [this](std::string path, Secret body) { return answer(std::move(path), body); };
    }
    std::deque<Result<HttpAnswer>> answers;
    std::vector<std::string> asked;

  private:
    asio::awaitable<Result<HttpAnswer>> answer(std::string path, Secret body) {
        asked.push_back(path + " " + std::string(body.reveal()));
        if (answers.empty()) co_return Error(ErrorKind::internal, "no_answer_prepared");
        Result<HttpAnswer> next = std::move(answers.front());
        answers.pop_front();
        co_return next;
    }
};

Result<void> obtain(SignIn& sign_in) {
    asio::io_context io;
    std::optional<Result<void>> out;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            Result<void> done = co_await sign_in.obtain();
            out = std::move(done);
        },
        [](const std::exception_ptr& fault) {
            if (fault) std::rethrow_exception(fault);
        });
    io.run();
    return *out;
}

Credentials alice() {
    return {"a@x.org", Secret("pass\"word"), Secret()};
}

TEST(SignIn, LogsInOnceAndKeepsTheToken) {
    FakeServer server;
    server.answers = {tokens("t1", "r1")};
    SignIn sign_in(alice(), server.post());
    ASSERT_TRUE(obtain(sign_in));
    ASSERT_TRUE(obtain(sign_in));
    EXPECT_EQ(sign_in.token().reveal(), "t1");
    EXPECT_EQ(server.asked, std::vector<std::string>{
                                R"(/auth/login {"email":"a@x.org","password":"pass\"word"})"});
}

TEST(SignIn, RefreshesARefusedTokenWithTheNewestRefreshToken) {
    FakeServer server;
    server.answers = {tokens("t1", "r1"), tokens("t2", "r2"), tokens("t3", "r3")};
    SignIn sign_in(alice(), server.post());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(obtain(sign_in));
        sign_in.token_refused();
    }
    ASSERT_EQ(server.asked.size(), 3U);
    EXPECT_EQ(server.asked[1], R"(/auth/refresh-token {"refresh_token":"r1"})");
    EXPECT_EQ(server.asked[2], R"(/auth/refresh-token {"refresh_token":"r2"})");
}

TEST(SignIn, LogsInAgainWhenTheRefreshTokenIsRefusedAndNeverShowsThatOneAgain) {
    FakeServer server;
    server.answers = {tokens("t1", "r1"), problem(401, "refresh_invalid"),
                      problem(503, "overloaded"), tokens("t2", "r2")};
    SignIn sign_in(alice(), server.post());
    ASSERT_TRUE(obtain(sign_in));
    sign_in.token_refused();
    EXPECT_FALSE(obtain(sign_in));  // refresh refused, then log-in answered 503
    EXPECT_TRUE(obtain(sign_in));
    EXPECT_TRUE(server.asked[3].starts_with("/auth/login "));
    EXPECT_EQ(sign_in.token().reveal(), "t2");
}

TEST(SignIn, KeepsTheRefreshTokenWhenTheServerCannotBeReached) {
    FakeServer server;
    server.answers = {tokens("t1", "r1"), Error(ErrorKind::unavailable, "unreachable"),
                      tokens("t2", "r2")};
    SignIn sign_in(alice(), server.post());
    ASSERT_TRUE(obtain(sign_in));
    sign_in.token_refused();
    const Result<void> away = obtain(sign_in);
    ASSERT_FALSE(away);
    EXPECT_TRUE(worth_another_try(away.error()));
    EXPECT_TRUE(obtain(sign_in));
    EXPECT_EQ(server.asked[2], server.asked[1]);
}

TEST(SignIn, WrongCredentialsAreFinal) {
    FakeServer server;
    server.answers = {problem(401, "invalid_credentials")};
    SignIn sign_in(alice(), server.post());
    const Result<void> refused = obtain(sign_in);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "invalid_credentials");
    EXPECT_FALSE(worth_another_try(refused.error()));
}

TEST(SignIn, ATokenWithoutCredentialsCannotBeReplaced) {
    FakeServer server;
    SignIn sign_in({"", Secret(), Secret("given")}, server.post());
    ASSERT_TRUE(obtain(sign_in));
    EXPECT_EQ(sign_in.token().reveal(), "given");
    sign_in.token_refused();
    const Result<void> refused = obtain(sign_in);
    ASSERT_FALSE(refused);
    EXPECT_FALSE(worth_another_try(refused.error()));
    EXPECT_TRUE(server.asked.empty());
}

TEST(SignIn, DoesNotBelieveAnAnswerWithoutAProperToken) {
    for (const char* body : {"", "[]", "{}", R"({"token":1})", R"({"token":"a\r\nX: y"})"}) {
        FakeServer server;
        server.answers = {HttpAnswer{200, body, {}}};
        SignIn sign_in(alice(), server.post());
        EXPECT_FALSE(obtain(sign_in)) << body;
        EXPECT_TRUE(sign_in.token().empty()) << body;
    }
}

TEST(ErrorOfAnswer, TellsWhatToRetryAndWhen) {
    using std::chrono::seconds;
    const Error busy = error_of_answer({429, "", seconds(7)});
    EXPECT_TRUE(worth_another_try(busy));
    EXPECT_EQ(busy.retry_after, seconds(7));
    EXPECT_TRUE(worth_another_try(error_of_answer({503, "", {}})));
    EXPECT_TRUE(worth_another_try(error_of_answer({500, "", {}})));
    for (const unsigned status : {400U, 401U, 403U, 404U, 409U, 413U, 422U, 426U})
        EXPECT_FALSE(worth_another_try(error_of_answer({status, "", {}}))) << status;
}

TEST(ErrorOfAnswer, MakesTheServersWordsHarmless) {
    const Error error = error_of_answer(problem(422, "made_up_code"));
    EXPECT_EQ(error.code, "refused");
    EXPECT_EQ(error.detail, "the server answered 422: why ␛[2J");
}

TEST(ParseRetryAfter, TakesSecondsUpToALimit) {
    using std::chrono::seconds;
    EXPECT_EQ(parse_retry_after("30"), seconds(30));
    EXPECT_EQ(parse_retry_after("4000000000"), kChatRetryAfterMax);
    for (const char* field :
         {"", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"})
        EXPECT_EQ(parse_retry_after(field), seconds(0)) << field;
}

}  // namespace
}  // namespace confab::app
