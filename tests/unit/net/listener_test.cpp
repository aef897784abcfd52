#include "net/listener.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <vector>

#include "support/loop_fixture.hpp"

namespace confab::test {
namespace {

class Ok final : public net::HttpHandler {
  public:
    void on_request(net::HttpRequest, net::Responder responder) override {
        net::HttpResponse response;
        response.body = "ok";
        responder.respond(std::move(response));
    }
    net::HttpResponse on_refusal(net::Refusal, std::string_view) override { return {}; }
};

class ListenerTest : public LoopFixture {
  protected:
    ListenerTest() { start(handler_); }
    ~ListenerTest() override { stop(); }

    std::string ask() {
        Client client(port_);
        client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return client.read_to_end();
    }
    Ok handler_;
};

TEST_F(ListenerTest, RunningOutOfDescriptorsPausesAcceptingAndNothingElse) {
    EXPECT_TRUE(ask().ends_with("ok"));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    std::vector<std::unique_ptr<Client>> waiting;
    waiting.push_back(std::make_unique<Client>(port_));
    ASSERT_TRUE(eventually([&] { return metrics_.get(metrics::Id::accepted) == 2; }));
    // The next descriptor is one too many for the server, in the same process as the client.
    const int next = ::dup(0);
    ::close(next);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(next) + 1;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    waiting.push_back(std::make_unique<Client>(port_));
    EXPECT_TRUE(eventually([&] { return metrics_.get(metrics::Id::accept_errors) > 0; }));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_TRUE(eventually([&] { return metrics_.get(metrics::Id::accepted) == 3; }));
    EXPECT_TRUE(ask().ends_with("ok"));
}

}  // namespace
}  // namespace confab::test
