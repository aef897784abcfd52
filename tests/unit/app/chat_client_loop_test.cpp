#include "app/chat_client_loop.hpp"
#include "app/chat_client_limits.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/manual_clock.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;

// The other side of a connection: what was written to it, and what it lets the client read.
class FakeLine {
  public:
    explicit FakeLine(asio::io_context& io) : to_read_(io, 256) {}

    void say(std::string frame) { push(std::move(frame)); }
    void echo(const std::string& text) {
        push(R"({"user_id":"u","username":"Alice","message":")" + text + R"(","timestamp":1})");
    }
    void end(Error why) { push(std::move(why)); }

    std::vector<std::string> written;
    bool echoes = true;
    bool closed = false;
    asio::experimental::channel<void(boost::system::error_code, Result<std::string>)> to_read_;

  private:
    void push(Result<std::string> item) { to_read_.try_send(boost::system::error_code{}, item); }
};

class FakeSocket final : public ChatSocket {
  public:
    explicit FakeSocket(std::shared_ptr<FakeLine> line) : line_(std::move(line)) {}
    asio::awaitable<Result<std::string>> read() override {
        co_return co_await line_->to_read_.async_receive(asio::use_awaitable);
    }
    asio::awaitable<Result<void>> write(std::string_view text) override {
        line_->written.emplace_back(text);
        if (line_->echoes) line_->echo(std::string(text));
        co_return Result<void>{};
    }
    asio::awaitable<void> close() override {
        line_->closed = true;
        line_->end(error_of_close(1000, ""));
        co_return;
    }

  private:
    std::shared_ptr<FakeLine> line_;
};

class ChatLoopTest : public testing::Test {
  protected:
    // What each attempt to join ends with; after the last one the loop is stopped.
    void attempts(std::vector<std::optional<Error>> results) {
        results_.assign(results.begin(), results.end());
    }

    // Runs until the loop stops; `script` is called each time the room was joined.
    int run(std::function<void(FakeLine&, std::size_t)> script, bool interactive = false) {
        script_ = std::move(script);
        SignIn sign_in({"a@x.org", Secret("p"), Secret()},
                       [this](std::string path, Secret) { return answer(std::move(path)); });
        Screen screen(false);
        loop_.emplace(io_,
                      ChatLoop::Target{"general", interactive,
                                       [this](const Secret& token) { return open(token); },
                                       Backoff([this](std::uint32_t bound) {
                                           spans_.push_back(bound - 1);
                                           return 0U;
                                       })},
                      sign_in, screen, clock_);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        loop_->start();
        io_.run();
        shown_ = testing::internal::GetCapturedStdout();
        said_ = testing::internal::GetCapturedStderr();
        if (HasFailure()) std::cerr << shown_;  // a failure in the script was captured as well
        return loop_->exit_code();
    }

    asio::awaitable<Result<HttpAnswer>> answer(std::string path) {
        asked_.push_back(path);
        if (login_) co_return *login_;
        co_return HttpAnswer{200, R"({"token":"t","refresh_token":"r"})", {}};
    }

    asio::awaitable<Result<std::unique_ptr<ChatSocket>>> open(const Secret&) {
        const std::size_t attempt = opened_++;
        if (attempt >= results_.size()) {
            loop_->leave(7);
            co_return Error(ErrorKind::unavailable, "over");
        }
        if (results_[attempt]) co_return *results_[attempt];
        auto line = std::make_shared<FakeLine>(io_);
        lines_.push_back(line);
        asio::post(io_, [this, line, attempt] { script_(*line, attempt); });
        co_return std::make_unique<FakeSocket>(line);
    }

    // Calls it when everything that is under way has come to rest.
    void later(std::function<void()> what, int turns = 20) {
        asio::post(io_, [this, what = std::move(what), turns] {
            if (turns == 0) return what();
            later(what, turns - 1);
        });
    }

    test::ManualClock clock_;
    asio::io_context io_;
    std::optional<ChatLoop> loop_;
    std::deque<std::optional<Error>> results_{std::nullopt};
    std::function<void(FakeLine&, std::size_t)> script_;
    std::optional<HttpAnswer> login_;
    std::vector<std::shared_ptr<FakeLine>> lines_;
    std::vector<std::string> asked_;
    std::vector<std::uint32_t> spans_;
    std::size_t opened_ = 0;
    std::string shown_;
    std::string said_;
};

const Error kLost{ErrorKind::unavailable, "closed", "lost"};
const Error kExpired{ErrorKind::unauthenticated, "token_expired", "expired"};

TEST_F(ChatLoopTest, SendsLinesInOrderAndLeavesWhenTheLastCameBack) {
    EXPECT_EQ(run([this](FakeLine&, std::size_t) {
                  loop_->add_line("one");
                  loop_->add_line("");
                  loop_->add_line("two\r");
                  loop_->end_input();
              }),
              0);
    EXPECT_EQ(lines_[0]->written, (std::vector<std::string>{"one", "two"}));
    EXPECT_TRUE(lines_[0]->closed);
    EXPECT_NE(shown_.find("  Alice: one\n"), std::string::npos);
    EXPECT_NE(shown_.find("  Alice: two\n"), std::string::npos);
}

TEST_F(ChatLoopTest, LeavesSoonWhenTheLastLineNeverComesBack) {
    EXPECT_EQ(run([this](FakeLine& line, std::size_t) {
                  line.echoes = false;
                  loop_->add_line("one");
                  loop_->end_input();
              }),
              0);
    EXPECT_NE(said_.find("did not come back"), std::string::npos);
    EXPECT_TRUE(lines_[0]->closed);
}

TEST_F(ChatLoopTest, ShowsMessagesAndNoticesHarmlessly) {
    run([this](FakeLine& line, std::size_t) {
        line.say(R"(system:{"message":"B\u001b[2Job has joined the chat.","timestamp":1})");
        line.say(
            R"({"user_id":"u","username":"B\nob","message":"a\n12:00  Eve: x","timestamp":1})");
        line.say("nonsense");
        later([this] { loop_->leave(0); });
    });
    EXPECT_NE(shown_.find("  -- B␛[2Job has joined the chat.\n"), std::string::npos);
    EXPECT_NE(shown_.find("  B␊ob: a\n       12:00  Eve: x\n"), std::string::npos);
    EXPECT_NE(said_.find("not protocol v1"), std::string::npos);
}

TEST_F(ChatLoopTest, ComesBackAfterALossWithLongerAndLongerSpans) {
    const Error away{ErrorKind::unavailable, "unreachable", "away"};
    attempts({away, away, away});
    EXPECT_EQ(run({}), 7);
    EXPECT_EQ(spans_, (std::vector<std::uint32_t>{500, 1000, 2000}));
    EXPECT_EQ(asked_.size(), 1U) << "one log-in is enough";
    EXPECT_NE(said_.find("away; trying again"), std::string::npos);
}

TEST_F(ChatLoopTest, StartsTheSpansOverOnlyAfterAConnectionThatLasted) {
    attempts({kLost, std::nullopt, std::nullopt});
    run([this](FakeLine& line, std::size_t attempt) {
        if (attempt == 2) clock_.advance(kChatStableAfter);
        line.end(kLost);
    });
    EXPECT_EQ(spans_, (std::vector<std::uint32_t>{500, 1000, 500}));
}

TEST_F(ChatLoopTest, NamesLinesThatMayBeLostAndDoesNotSendThemTwice) {
    attempts({std::nullopt, std::nullopt});
    run([this](FakeLine& line, std::size_t attempt) {
        if (attempt == 0) {
            line.echoes = false;
            loop_->add_line("perhaps");
            later([&line] { line.end(kLost); });
        } else {
            loop_->add_line("again");
            loop_->end_input();
        }
    });
    EXPECT_NE(said_.find("1 line may not have arrived"), std::string::npos);
    EXPECT_EQ(lines_[0]->written, std::vector<std::string>{"perhaps"});
    EXPECT_EQ(lines_[1]->written, std::vector<std::string>{"again"});
}

TEST_F(ChatLoopTest, DoesNotWaitForLinesOfAnEarlierConnection) {
    attempts({std::nullopt, std::nullopt});
    run([this](FakeLine& line, std::size_t attempt) {
        if (attempt == 1) return loop_->end_input();
        line.echoes = false;
        loop_->add_line("perhaps");
        later([&line] { line.end(kLost); });
    });
    EXPECT_EQ(said_.find("did not come back"), std::string::npos);
}

TEST_F(ChatLoopTest, KeepsLinesTypedWhileAwayAndSendsThemAfterwards) {
    attempts({kLost, std::nullopt});
    later([this] { loop_->add_line("typed meanwhile"); }, 0);
    run([this](FakeLine&, std::size_t) { loop_->end_input(); });
    EXPECT_EQ(lines_[0]->written, std::vector<std::string>{"typed meanwhile"});
}

TEST_F(ChatLoopTest, RefreshesAtOnceWhenTheTokenRunsOut) {
    attempts({std::nullopt, std::nullopt});
    run([this](FakeLine& line, std::size_t attempt) {
        clock_.advance(kChatBackoffFirst);
        attempt == 0 ? line.end(kExpired) : loop_->leave(0);
    });
    EXPECT_TRUE(spans_.empty());
    EXPECT_EQ(asked_, (std::vector<std::string>{"/auth/login", "/auth/refresh-token"}));
}

TEST_F(ChatLoopTest, RefreshesAtOnceWhenTheTokenIsRefusedAtTheDoor) {
    attempts({kExpired, std::nullopt});
    run([this](FakeLine&, std::size_t) { loop_->leave(0); });
    EXPECT_TRUE(spans_.empty());
    EXPECT_EQ(asked_, (std::vector<std::string>{"/auth/login", "/auth/refresh-token"}));
}

TEST_F(ChatLoopTest, BacksOffWhenEveryTokenRunsOutAtOnce) {
    attempts({std::nullopt, std::nullopt, std::nullopt});
    run([](FakeLine& line, std::size_t) { line.end(kExpired); });
    EXPECT_EQ(spans_, (std::vector<std::uint32_t>{500, 1000, 2000}));
}

TEST_F(ChatLoopTest, GivesUpWhenTheServerTakesNoneOfItsOwnTokens) {
    attempts({kExpired, kExpired, kExpired, kExpired});
    EXPECT_EQ(run({}), 1);
    EXPECT_EQ(opened_, 3U);
}

TEST_F(ChatLoopTest, StopsWithCodeOneOnWrongCredentials) {
    login_ = HttpAnswer{401, R"({"code":"invalid_credentials","detail":"wrong"})", {}};
    EXPECT_EQ(run({}), 1);
    EXPECT_EQ(opened_, 0U);
    EXPECT_NE(said_.find("wrong"), std::string::npos);
}

TEST_F(ChatLoopTest, WaitsAsLongAsTheServerAsks) {
    Error busy{ErrorKind::overloaded, "overloaded", "busy"};
    attempts({std::move(busy).retry_in(std::chrono::milliseconds(100))});
    run({});
    EXPECT_NE(said_.find("busy; trying again in 0.1 s"), std::string::npos);
}

TEST_F(ChatLoopTest, HasNoMoreLinesUnderWayThanAllowedAndStopsAskingForInput) {
    int requests = 0;
    run([&, this](FakeLine& line, std::size_t) {
        line.echoes = false;
        loop_->on_input_wanted([&requests] { ++requests; });
        for (std::size_t i = 0; i < kChatUnechoedLinesMax + kChatUnsentLinesMax; ++i)
            loop_->add_line(std::to_string(i));
        requests = 0;
        loop_->input_taken();
        EXPECT_EQ(requests, 0);
        later(
            [&, this] {
                EXPECT_EQ(line.written.size(), kChatUnechoedLinesMax);
                line.echo("0");
                later([&, this] {
                    EXPECT_EQ(line.written.size(), kChatUnechoedLinesMax + 1);
                    EXPECT_EQ(requests, 1);
                    loop_->leave(0);
                });
            },
            400);
    });
}

TEST_F(ChatLoopTest, RefusesLinesThatTheServerWouldCloseFor) {
    run([this](FakeLine&, std::size_t) {
        loop_->add_line("\xff");
        loop_->add_line(std::string(kWsMessageBytesMax + 1, 'x'));
        loop_->add_line("/help");
        loop_->add_line("/etc is a directory");
        loop_->add_line("/quit");
        loop_->add_line("too late");
    });
    EXPECT_EQ(lines_[0]->written, std::vector<std::string>{"/etc is a directory"});
    EXPECT_NE(said_.find("not valid UTF-8"), std::string::npos);
    EXPECT_NE(said_.find("longer than"), std::string::npos);
    EXPECT_NE(said_.find("/quit or Ctrl-D"), std::string::npos);
}

TEST_F(ChatLoopTest, APersonLeavesAtOnceEvenWhileTheServerIsAway) {
    attempts({kLost, kLost, kLost, kLost, kLost, kLost});
    later([this] { loop_->end_input(); }, 2);
    EXPECT_EQ(run({}, true), 0);
}

}  // namespace
}  // namespace confab::app
