#include "net/http_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/loop_fixture.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;
using metrics::Id;

net::HttpResponse text(std::string body) {
    net::HttpResponse response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

// Answers the path; /late from another thread, /drop not at all, /hold when told.
class Handler final : public net::HttpHandler {
  public:
    ~Handler() override {
        for (auto& thread : threads)
            thread.join();
    }
    void on_request(net::HttpRequest request, net::Responder responder) override {
        if (on_each) on_each();
        const std::string path(request.path());
        if (path == "/drop") return;
        if (path == "/late") {
            auto answer = std::make_shared<net::Responder>(std::move(responder));
            threads.emplace_back([answer] { answer->respond(text("late")); });
            return;
        }
        if (path == "/hold") {
            held = std::make_unique<net::Responder>(std::move(responder));
            return;
        }
        responder.respond(text(std::string(request.method()) + " " + path + " " +
                               std::string(request.body()) + "\n"));
    }
    net::HttpResponse on_refusal(net::Refusal refusal, std::string_view) override {
        auto response = text("refused " + std::to_string(static_cast<int>(refusal)) + "\n");
        response.status = 400;
        return response;
    }
    std::vector<std::thread> threads;
    std::unique_ptr<net::Responder> held;
    std::function<void()> on_each;
    std::int64_t most_waiting = 0;
};

std::string refused(net::Refusal why) {
    return "refused " + std::to_string(static_cast<int>(why)) + "\n";
}

class HttpSessionTest : public LoopFixture {
  protected:
    HttpSessionTest() { start(handler_, 2); }
    ~HttpSessionTest() override { stop(); }

    static std::string get(const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    Handler handler_;
};

TEST_F(HttpSessionTest, PipelinedRequestsAreAnsweredInOrderAlsoWhenOneIsLate) {
    Client client(port_);
    client.send(get("/1") + get("/late") + get("/2"));
    EXPECT_TRUE(client.read_until("GET /1 \n").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(client.read_until("late").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(client.read_until("GET /2 \n").starts_with("HTTP/1.1 200 OK\r\n"));
}

// What was read and not answered yet is memory: a client that sends faster than it is answered has
// to wait.
TEST_F(HttpSessionTest, NoMoreIsReadThanIsAnswered) {
    constexpr int kRequests = 50'000;
    const std::string request = get("/1");
    handler_.on_each = [&, answered = std::int64_t{0}]() mutable {
        const std::int64_t waiting = metrics_.get(Id::bytes_received) -
                                     static_cast<std::int64_t>(request.size()) * answered++;
        handler_.most_waiting = std::max(handler_.most_waiting, waiting);
    };
    Client client(port_);
    std::thread sender([&] {
        std::string all;
        for (int i = 0; i < kRequests; ++i)
            all += request;
        client.send(all);
    });
    for (int i = 0; i < kRequests; ++i)
        ASSERT_TRUE(client.read_until("GET /1 \n").starts_with("HTTP/1.1 200 OK\r\n"));
    sender.join();
    EXPECT_LE(handler_.most_waiting, 2 * static_cast<std::int64_t>(kLoopReadBufferBytes));
}

TEST_F(HttpSessionTest, ThousandsOfPipelinedRequestsDoNotNest) {
    constexpr int kRequests = 5000;
    Client client(port_);
    std::string all;
    for (int i = 0; i < kRequests; ++i)
        all += get("/x");
    std::thread sender([&] { client.send(all); });
    for (int i = 0; i < kRequests; ++i) {
        ASSERT_TRUE(client.read_until("GET /x \n").ends_with("\n")) << i;
    }
    sender.join();
}

TEST_F(HttpSessionTest, ARequestThatNobodyAnswersIs500) {
    Client client(port_);
    client.send(get("/drop"));
    EXPECT_TRUE(client.read_to_end().ends_with(refused(net::Refusal::no_answer)));
}

TEST_F(HttpSessionTest, AnIncompleteHeaderIsRefusedAfterItsTime) {
    Client client(port_);
    client.send("GET / HTTP/1.1\r\n");
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::bytes_received) > 0; }));
    clock_.advance(kHttpHeaderTimeout + 1s);
    EXPECT_TRUE(client.read_to_end().ends_with(refused(net::Refusal::request_timeout)));
}

TEST_F(HttpSessionTest, TricklingDoesNotProlongTheHeadersTime) {
    Client client(port_);
    for (int i = 0; i < 12; ++i) {
        const auto before = metrics_.get(Id::bytes_received);
        client.send("G");
        ASSERT_TRUE(eventually([&] {
            return metrics_.get(Id::bytes_received) > before ||
                   metrics_.get(Id::refused_timeout) > 0;
        }));
        clock_.advance(1s);
    }
    EXPECT_TRUE(client.read_to_end().ends_with(refused(net::Refusal::request_timeout)));
}

TEST_F(HttpSessionTest, AnIdleConnectionIsClosedSilently) {
    Client client(port_);
    client.send(get("/1"));
    client.read_until("GET /1 \n");
    run([] {});  // the deadline is set behind the answer
    clock_.advance(kHttpKeepAliveTimeout + 1s);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::connections_http) == 0; }));
}

TEST_F(HttpSessionTest, ExpectContinueIsAnsweredBeforeTheBody) {
    Client client(port_);
    client.send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ab");
    EXPECT_TRUE(client.read_until("POST /p ab\n").starts_with("HTTP/1.1 200 OK"));
}

TEST_F(HttpSessionTest, ARefusalArrivesAlthoughTheClientIsStillSending) {
    Client client(port_);
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(200'000, 'x'));
    EXPECT_TRUE(client.read_to_end().ends_with(refused(net::Refusal::body_too_large)));
}

TEST_F(HttpSessionTest, ConnectionCloseIsHonoured) {
    Client client(port_);
    client.send("GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string answer = client.read_to_end();
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("GET /1 \n"));
}

TEST_F(HttpSessionTest, OverTheCapTheAnswerSaysSoAndAFreeSlotIsUsedAgain) {
    {
        Client first(port_);
        Client second(port_);
        first.send(get("/1"));
        first.read_until("GET /1 \n");
        second.send(get("/2"));
        second.read_until("GET /2 \n");
        Client third(port_);
        third.send(get("/3"));
        EXPECT_TRUE(third.read_to_end().ends_with(refused(net::Refusal::connection_cap)));
    }
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::connections_http) == 0; }));
    Client again(port_);
    again.send(get("/4"));
    EXPECT_TRUE(again.read_until("GET /4 \n").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpSessionTest, DrainingClosesIdleConnectionsAndFinishesAnswers) {
    Client idle(port_);
    idle.send(get("/1"));
    idle.read_until("GET /1 \n");
    Client busy(port_);
    busy.send(get("/hold"));
    ASSERT_TRUE(eventually([&] { return handler_.held != nullptr; }));
    run([&] {
        context_->draining = true;
        loop_->drain_sessions();
    });
    EXPECT_EQ(idle.read_to_end(), "");
    run([&] { handler_.held->respond(text("done")); });
    const std::string answer = busy.read_to_end();
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("done"));
}

}  // namespace
}  // namespace confab::test
