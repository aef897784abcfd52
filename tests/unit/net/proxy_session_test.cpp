#include "net/proxy_session.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/loop_fixture.hpp"

namespace confab::test {
namespace {

using namespace std::string_literals;
using metrics::Id;

// Answers with the address that it sees.
class WhoAmI final : public net::HttpHandler {
  public:
    void on_request(net::HttpRequest request, net::Responder responder) override {
        net::HttpResponse response;
        response.body = "you are " + request.peer_address + ";";
        responder.respond(std::move(response));
    }
    net::HttpResponse on_refusal(net::Refusal refusal, std::string_view) override {
        net::HttpResponse response;
        response.status = 429;
        response.body = refusal == net::Refusal::address_cap ? "address cap;" : "other;";
        return response;
    }
};

class ProxySessionTest : public LoopFixture {
  protected:
    explicit ProxySessionTest(const char* trusted = "127.0.0.1") {
        options_.admission.trusted = *net::TrustedPeers::parse(trusted);
        options_.admission.address = {.connections = 1};
        start(handler_);
        run([this] { context_->listener.proxy_protocol = true; });
    }
    ~ProxySessionTest() override { stop(); }

    // PROXY TCP4, or LOCAL, by section 2.2 of the protocol's document.
    static std::string header(std::string_view source) {
        return "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"s + std::string(source) + "\x7f\0\0\1"s +
               "\x30\x39\x1f\x90";
    }
    static constexpr int kTold = 2;  // at a time; LoopFixture's
    static inline const std::string kLocal = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s;
    static inline const std::string kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    WhoAmI handler_;
};

class UntrustedProxyTest : public ProxySessionTest {
  protected:
    UntrustedProxyTest() : ProxySessionTest("192.0.2.1") {}
};

TEST_F(ProxySessionTest, TheClientIsWhomTheHeaderNames) {
    Client client(port_);
    client.send(header("\xc6\x33\x64\x07") + kRequest);
    EXPECT_TRUE(client.read_until(";").ends_with("you are 198.51.100.7;"));
}

TEST_F(ProxySessionTest, TheHeaderMayComeByteByByte) {
    Client client(port_);
    const std::string bytes = header("\xc6\x33\x64\x07") + kRequest;
    auto seen = metrics_.get(Id::bytes_received);
    for (const char byte : bytes) {
        client.send({&byte, 1});
        ++seen;
        ASSERT_TRUE(eventually([&] { return metrics_.get(Id::bytes_received) >= seen; }));
    }
    EXPECT_TRUE(client.read_until(";").ends_with("you are 198.51.100.7;"));
}

TEST_F(ProxySessionTest, AProxyThatAsksForItselfIsItself) {
    Client client(port_);
    client.send(kLocal + kRequest);
    EXPECT_TRUE(client.read_until(";").ends_with("you are 127.0.0.1;"));
}

TEST_F(ProxySessionTest, TheCapOfAnAddressIsThatOfTheClient) {
    Client first(port_);
    first.send(header("\xc6\x33\x64\x07") + kRequest);
    EXPECT_TRUE(first.read_until(";").ends_with("you are 198.51.100.7;"));
    Client second(port_);
    second.send(header("\xc6\x33\x64\x07") + kRequest);
    EXPECT_TRUE(second.read_until(";").ends_with("address cap;"));
    Client other(port_);
    other.send(header("\xc6\x33\x64\x08") + kRequest);
    EXPECT_TRUE(other.read_until(";").ends_with("you are 198.51.100.8;"));
}

TEST_F(ProxySessionTest, WhoIsOverItsCapTakesNoneOfThePlacesOfTheOthers) {
    Client first(port_);
    first.send(header("\xc6\x33\x64\x07") + kRequest);
    EXPECT_TRUE(first.read_until(";").ends_with("you are 198.51.100.7;"));
    // Silent ones: only kTold of them are kept, to be told so.
    std::vector<std::unique_ptr<Client>> silent;
    for (int i = 0; i < 4; ++i) {
        silent.push_back(std::make_unique<Client>(port_));
        silent.back()->send(header("\xc6\x33\x64\x07"));
    }
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::refused_address_cap) == 4; }));
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::connections_http) == 1 + kTold; }));
}

TEST_F(ProxySessionTest, AProxyThatAnotherOneNamesIsNotLimitedLikeAClient) {
    run([this] {
        options_.admission.trusted = *net::TrustedPeers::parse("127.0.0.1, 198.51.100.7");
    });
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<Client>(port_));
        clients.back()->send(header("\xc6\x33\x64\x07") + kRequest);
        EXPECT_TRUE(clients.back()->read_until(";").ends_with("you are 198.51.100.7;"));
    }
}

TEST_F(ProxySessionTest, AnythingElseEndsTheConnection) {
    Client client(port_);
    client.send(kRequest);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::proxy_header_errors) == 1; }));
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::connections_http) == 0; }));
}

TEST_F(ProxySessionTest, AHeaderThatDoesNotEndIsCutOff) {
    Client client(port_);
    client.send("\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return metrics_.get(Id::bytes_received) == 4; }));
    clock_.advance(kHttpHeaderTimeout + std::chrono::seconds(1));
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(metrics_.get(Id::refused_timeout), 1);
}

TEST_F(UntrustedProxyTest, WhoeverIsNoTrustedProxyIsNotListenedTo) {
    Client client(port_);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return metrics_.get(Id::proxy_header_errors) == 1; }));
}

}  // namespace
}  // namespace confab::test
