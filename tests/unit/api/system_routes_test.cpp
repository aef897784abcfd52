#include "api/system_routes.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "support/http_fixture.hpp"

namespace confab::test {
namespace {

class SystemRoutesTest : public ::testing::Test {
  protected:
    std::shared_ptr<Answer> ask(net::HttpRequest request, api::SystemRoutes::Options options) {
        api::SystemRoutes routes(options, metrics_, [this] { return dependencies_; });
        api::Router router;
        routes.add_to(router);
        auto answer = std::make_shared<Answer>();
        router.dispatch(std::move(request), net::Responder(answer));
        return answer;
    }
    unsigned metrics_status(net::HttpRequest request, api::SystemRoutes::Options options = {}) {
        return ask(std::move(request), options)->response->status;
    }

    metrics::Metrics metrics_{1, "test"};
    std::vector<api::Dependency> dependencies_{{"store", true, ""}};
};

TEST_F(SystemRoutesTest, HealthSaysOk) {
    EXPECT_EQ(ask(make_request("GET /health HTTP/1.1"), {})->response->body, R"({"status":"ok"})");
}

TEST_F(SystemRoutesTest, ReadyNamesWhatIsMissing) {
    auto answer = ask(make_request("GET /ready HTTP/1.1"), {});
    EXPECT_EQ(answer->response->status, 200U);
    dependencies_.push_back({"issuer \"acme\"", false, "no keys yet"});
    answer = ask(make_request("GET /ready HTTP/1.1"), {});
    EXPECT_EQ(answer->response->status, 503U);
    const auto body = parse_json(answer->response->body);
    ASSERT_TRUE(body.has_value()) << answer->response->body;
    const auto& issuer = body->at("dependencies").at("issuer \"acme\"");
    EXPECT_FALSE(issuer.at("ready").as_bool());
    EXPECT_EQ(issuer.at("reason").as_string(), "no keys yet");
}

TEST_F(SystemRoutesTest, MetricsAreForCallersOnThisMachineThatComeDirectly) {
    EXPECT_EQ(metrics_status(make_request("GET /metrics HTTP/1.1")), 200U);
    auto remote = make_request("GET /metrics HTTP/1.1");
    remote.peer_is_loopback = false;
    EXPECT_EQ(metrics_status(std::move(remote)), 404U);
    for (const char* field : {"X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "Via: 1.1 p"}) {
        EXPECT_EQ(metrics_status(make_request(std::string("GET /metrics HTTP/1.1\r\n") + field)),
                  404U)
            << field;
    }
}

TEST_F(SystemRoutesTest, AListenerOfItsOwnAnswersEverybodyAndTheMainOneNobody) {
    auto remote = make_request("GET /metrics HTTP/1.1");
    remote.peer_is_loopback = false;
    EXPECT_EQ(metrics_status(std::move(remote), {.metrics_for_everybody = true}), 200U);
    EXPECT_EQ(metrics_status(make_request("GET /metrics HTTP/1.1"), {.metrics_at_all = false}),
              404U);
}

}  // namespace
}  // namespace confab::test
