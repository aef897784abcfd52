#include "api/problem.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;

std::string header(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

TEST(Problem, Rfc9457IsAJsonDocumentWithCodeAndRequestId) {
    const auto response =
        api::problem(Error(ErrorKind::invalid, "invalid_field", "must be \"x\"", "age"), "req-7");
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    const auto body = parse_json(response.body);
    ASSERT_TRUE(body.has_value()) << response.body;
    const auto& object = body->as_object();
    EXPECT_EQ(object.at("status").as_int64(), 422);
    EXPECT_EQ(object.at("code").as_string(), "invalid_field");
    EXPECT_EQ(object.at("detail").as_string(), "must be \"x\"");
    EXPECT_EQ(object.at("field").as_string(), "age");
    EXPECT_EQ(object.at("request_id").as_string(), "req-7");
    EXPECT_EQ(object.at("type").as_string(), "about:blank");
}

TEST(Problem, EveryKindHasItsStatus) {
    const std::pair<ErrorKind, unsigned> expected[] = {
        {ErrorKind::invalid, 422},      {ErrorKind::unauthenticated, 401},
        {ErrorKind::forbidden, 403},    {ErrorKind::not_found, 404},
        {ErrorKind::conflict, 409},     {ErrorKind::too_large, 413},
        {ErrorKind::rate_limited, 429}, {ErrorKind::overloaded, 503},
        {ErrorKind::unavailable, 503},  {ErrorKind::internal, 500}};
    for (const auto& [kind, status] : expected) {
        EXPECT_EQ(api::problem(Error(kind, "x"), "id").status, status);
    }
}

TEST(Problem, RetryAfterIsWholeSecondsRoundedUpAndNeverZero) {
    EXPECT_EQ(header(api::problem(Error(ErrorKind::rate_limited, "x").retry_in(1001ms), "id"),
                     "Retry-After"),
              "2");
    EXPECT_EQ(header(api::problem(Error(ErrorKind::overloaded, "x"), "id"), "Retry-After"), "1");
    EXPECT_EQ(header(api::problem(Error(ErrorKind::conflict, "x"), "id"), "Retry-After"), "");
}

TEST(Problem, Rfc6750UnauthenticatedSaysHowToSignIn) {
    EXPECT_EQ(
        header(api::problem(Error(ErrorKind::unauthenticated, "x"), "id"), "WWW-Authenticate"),
        "Bearer");
}

TEST(Problem, EveryRefusalOfTheHttpLayerHasAStatusAndACode) {
    const std::pair<net::Refusal, unsigned> expected[] = {
        {net::Refusal::bad_request, 400},      {net::Refusal::target_too_long, 414},
        {net::Refusal::header_too_large, 431}, {net::Refusal::body_too_large, 413},
        {net::Refusal::bad_expectation, 417},  {net::Refusal::request_timeout, 408},
        {net::Refusal::version, 505},          {net::Refusal::connection_cap, 503},
        {net::Refusal::draining, 503},         {net::Refusal::no_answer, 500}};
    for (const auto& [refusal, status] : expected) {
        const auto response = api::problem(refusal, "id");
        EXPECT_EQ(response.status, status);
        EXPECT_FALSE(parse_json(response.body)->as_object().at("code").as_string().empty());
    }
}

}  // namespace
}  // namespace confab::test
