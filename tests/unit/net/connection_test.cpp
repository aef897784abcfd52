#include "net/connection.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/manual_clock.hpp"
#include "support/tls_fixture.hpp"

namespace confab::test {
namespace {

using metrics::Id;
using net::Refusal;

class Nobody final : public net::HttpHandler {
  public:
    void on_request(net::HttpRequest, net::Responder) override {}
    net::HttpResponse on_refusal(net::Refusal, std::string_view) override { return {}; }
};

class ConnectionTest : public TlsFixture {
  protected:
    ConnectionTest() {
        EXPECT_EQ(::pipe2(pipe_.data(), O_NONBLOCK | O_CLOEXEC), 0);
        logger_ = std::make_unique<log::Logger>(
            log::Logger::Options{.format = log::Format::json, .descriptor = pipe_[1]});
        connection_ = std::make_unique<net::ConnectionContext>(
            net::ConnectionContext{loop_, nobody_, options_, admission_, *logger_});
    }
    ~ConnectionTest() override {
        logger_.reset();
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }

    bool may_go_on(Refusal why) {
        net::Admission::Place place{.slot = {}, .refused_slot = {}, .address = {}, .refusal = why};
        place.refused_slot = cap_.take();
        return net::may_go_on(*connection_, place);
    }
    std::string logged() {
        logger_->flush();
        std::array<char, 4096> text;
        const ssize_t got = ::read(pipe_[0], text.data(), text.size());
        return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }
    static net::PeerAddress peer(const char* text) { return boost::asio::ip::make_address(text); }

    ManualClock clock_;
    metrics::Shard metrics_;
    net::Loop loop_{0, clock_, metrics_};
    Nobody nobody_;
    net::NetOptions options_;
    net::Admission admission_{clock_, 1, 1};
    net::ConnectionCap cap_{1};
    std::array<int, 2> pipe_{};
    std::unique_ptr<log::Logger> logger_;
    std::unique_ptr<net::ConnectionContext> connection_;
};

TEST_F(ConnectionTest, WhoHasAPlaceGoesOnUncounted) {
    net::Admission::Place place = admission_.enter({}, std::nullopt);
    EXPECT_TRUE(net::may_go_on(*connection_, place));
    EXPECT_EQ(metrics_.get(Id::refused_connection_cap), 0);
}

TEST_F(ConnectionTest, WhoIsRefusedIsCountedAndToldWhileThereIsRoomForThat) {
    EXPECT_TRUE(may_go_on(Refusal::address_cap));
    EXPECT_EQ(metrics_.get(Id::refused_address_cap), 1);
    const auto taken = cap_.take();
    EXPECT_FALSE(may_go_on(Refusal::address_rate));
    EXPECT_EQ(metrics_.get(Id::refused_address_rate), 1);
}

TEST_F(ConnectionTest, OverTlsOnlyTheCapIsWorthAHandshake) {
    connection_->tls = context_;
    EXPECT_TRUE(may_go_on(Refusal::connection_cap));
    for (const Refusal why : {Refusal::connect_rate, Refusal::address_cap, Refusal::address_rate})
        EXPECT_FALSE(may_go_on(why));
    EXPECT_EQ(metrics_.get(Id::refused_connect_rate), 1);
}

TEST_F(ConnectionTest, AProxyNobodyNamedIsPointedOutOnceInAWhile) {
    net::note_untrusted_proxy(*connection_, peer("203.0.113.7"));
    EXPECT_EQ(logged(), "") << "any client may send the field";
    net::note_untrusted_proxy(*connection_, peer("172.20.0.1"));
    net::note_untrusted_proxy(*connection_, std::nullopt);
    EXPECT_NE(logged().find("172.20.0.1"), std::string::npos);
    EXPECT_EQ(logged(), "");
    clock_.advance(kRepeatedWarningInterval);
    net::note_untrusted_proxy(*connection_, std::nullopt);
    EXPECT_NE(logged().find(R"("peer":"unix")"), std::string::npos);
}

TEST_F(ConnectionTest, EveryBadProxyHeaderIsCountedAndSomeAreLogged) {
    for (int i = 0; i < 3; ++i)
        net::note_bad_proxy_header(*connection_, peer("10.0.0.1"), "too short");
    EXPECT_EQ(metrics_.get(Id::proxy_header_errors), 3);
    const std::string lines = logged();
    EXPECT_NE(lines.find("too short"), std::string::npos);
    EXPECT_EQ(lines.find("too short"), lines.rfind("too short"));
}

}  // namespace
}  // namespace confab::test
