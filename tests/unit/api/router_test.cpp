#include "api/router.hpp"

#include <gtest/gtest.h>

#include "support/http_fixture.hpp"

namespace confab::test {
namespace {

class RouterTest : public ::testing::Test {
  protected:
    RouterTest() {
        const auto say = [](std::string text) {
            return [text](net::HttpRequest, net::Responder responder) {
                net::HttpResponse response;
                response.body = text;
                responder.respond(std::move(response));
            };
        };
        router_.add("GET", "/a", say("get a"));
        router_.add("POST", "/a", say("post a"));
        router_.add("POST", "/b", say("post b"));
        const auto tell = [](net::HttpRequest request, net::Responder responder) {
            net::HttpResponse response;
            for (const std::string& parameter : request.path_parameters)
                response.body += parameter + ";";
            responder.respond(std::move(response));
        };
        router_.add("GET", "/rooms/{room}", tell);
        router_.add("GET", "/rooms/{room}/messages/{seq}", tell);
        router_.add("DELETE", "/rooms/{room}/messages/{seq}", tell);
        router_.add("GET", "/rooms/all", say("all"));
    }
    std::shared_ptr<Answer> ask(const std::string& line) {
        auto answer = std::make_shared<Answer>();
        router_.dispatch(make_request(line + " HTTP/1.1"), net::Responder(answer));
        EXPECT_TRUE(answer->response.has_value());
        return answer;
    }
    api::Router router_;
};

TEST_F(RouterTest, FindsByMethodAndPathWhateverTheQuery) {
    EXPECT_EQ(ask("GET /a")->response->body, "get a");
    EXPECT_EQ(ask("POST /a?x=y")->response->body, "post a");
}

TEST_F(RouterTest, WhatStandsForBracesIsAParameter) {
    EXPECT_EQ(ask("GET /rooms/lobby?x=/")->response->body, "lobby;");
    EXPECT_EQ(ask("DELETE /rooms/a%20b+c%2Fd/messages/%zz%4")->response->body, "a b+c/d;%zz%4;");
    EXPECT_EQ(ask("GET /rooms/all")->response->body, "all") << "a path without braces wins";
    for (const char* path : {"/rooms", "/rooms/", "/rooms//messages/7", "/rooms/a/messages",
                             "/rooms/a/messages/", "/rooms/a/messages/7/", "/rooms/a/b/7"}) {
        EXPECT_EQ(ask(std::string("GET ") + path)->response->status, 404U) << path;
    }
    EXPECT_EQ(ask("POST /rooms/a/messages/7")->header("Allow"), "DELETE, GET, HEAD");
}

TEST_F(RouterTest, HeadIsAnsweredByGet) {
    EXPECT_EQ(ask("HEAD /a")->response->body, "get a");
}

TEST_F(RouterTest, AnUnknownPathIs404) {
    for (const char* line : {"GET /", "GET /a/", "GET /A", "GET /a%2f", "GET /../a"}) {
        EXPECT_EQ(ask(line)->response->status, 404U) << line;
    }
}

TEST_F(RouterTest, Rfc9110Section15_5_6AnotherMethodIs405WithAllow) {
    for (const char* method : {"DELETE", "TRACE", "OPTIONS", "BREW"}) {
        const auto answer = ask(std::string(method) + " /a");
        EXPECT_EQ(answer->response->status, 405U);
        EXPECT_EQ(answer->header("Allow"), "GET, HEAD, POST");
    }
    EXPECT_EQ(ask("HEAD /b")->header("Allow"), "POST");
}

}  // namespace
}  // namespace confab::test
