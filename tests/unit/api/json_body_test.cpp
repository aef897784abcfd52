#include "api/json_body.hpp"

#include <gtest/gtest.h>

#include "api/problem.hpp"
#include "support/http_fixture.hpp"

namespace confab::test {
namespace {

constexpr const char* kJson = "POST / HTTP/1.1\r\nContent-Type: application/json";

struct Outcome {
    unsigned status;
    std::string code;
    std::string field;
    bool operator==(const Outcome&) const = default;
};

// Reads one string and one number from the body.
Outcome read(const std::string& body, const std::string& head = kJson) {
    api::JsonBody json(make_request(head, body));
    const std::string name = json.string("name");
    const std::int64_t age = json.integer("age");
    if (const auto error = json.finish()) {
        return {api::problem(*error, "id").status, std::string(error->code), error->field};
    }
    return {200, name + std::to_string(age), {}};
}

TEST(JsonBody, ReadsWhatIsAskedFor) {
    EXPECT_EQ(read(R"({"name":"x","age":3})"), (Outcome{200, "x3", ""}));
    EXPECT_EQ(read(R"({"age":-3,"name":""})"), (Outcome{200, "-3", ""}));
}

TEST(JsonBody, AnUnknownMemberIsRefusedByName) {
    EXPECT_EQ(read(R"({"name":"x","age":3,"role":"admin"})"),
              (Outcome{422, "unknown_field", "role"}));
}

TEST(JsonBody, AMissingMemberIsNamed) {
    EXPECT_EQ(read(R"({"age":3})"), (Outcome{422, "missing_field", "name"}));
    EXPECT_EQ(read("{}"), (Outcome{422, "missing_field", "name"}));
}

TEST(JsonBody, AWrongTypeIsNamed) {
    EXPECT_EQ(read(R"({"name":1,"age":3})"), (Outcome{422, "invalid_field", "name"}));
    for (const char* age : {"\"3\"", "3.5", "1e300", "null", "true", "18446744073709551615"}) {
        EXPECT_EQ(read(std::string(R"({"name":"x","age":)") + age + "}"),
                  (Outcome{422, "invalid_field", "age"}))
            << age;
    }
}

TEST(JsonBody, WhatIsNotOneJsonObjectIs400) {
    for (const char* body : {"[]", "3", "{", "{}{}", R"({"name":"x","name":"y","age":1})", "nul"}) {
        EXPECT_EQ(read(body), (Outcome{400, "bad_json", ""})) << body;
    }
    EXPECT_EQ(read(std::string(10000, '[')), (Outcome{400, "bad_json", ""}));
}

TEST(JsonBody, AnotherContentTypeIs415) {
    const std::string body = R"({"name":"x","age":3})";
    EXPECT_EQ(read(body, "POST / HTTP/1.1").status, 415U);
    EXPECT_EQ(read(body, "POST / HTTP/1.1\r\nContent-Type: text/plain").status, 415U);
    EXPECT_EQ(read(body, "POST / HTTP/1.1\r\nContent-Type: application/jsonp").status, 415U);
    EXPECT_EQ(
        read(body, "POST / HTTP/1.1\r\nContent-Type: Application/JSON ; charset=utf-8").status,
        200U);
}

TEST(JsonBody, FlagsAreTrueOrFalse) {
    const auto flag = [](const std::string& body) {
        api::JsonBody json(make_request(kJson, body));
        const bool value = json.flag("on");
        const auto error = json.finish();
        return error ? std::string(error->code) : std::string(value ? "true" : "false");
    };
    EXPECT_EQ(flag(R"({"on":true})"), "true");
    EXPECT_EQ(flag(R"({"on":false})"), "false");
    EXPECT_EQ(flag(R"({"on":1})"), "invalid_field");
    EXPECT_EQ(flag("{}"), "missing_field");
}

}  // namespace
}  // namespace confab::test
