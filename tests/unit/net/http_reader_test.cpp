#include "net/http_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http_message.hpp"

namespace confab::test {
namespace {

using net::HttpReader;
using net::HttpRequest;
using net::Refusal;
using Phase = HttpReader::Phase;

constexpr HttpReader::Limits kLimits{.header_bytes_max = 1024,
                                     .header_fields_max = 8,
                                     .target_bytes_max = 128,
                                     .body_bytes_max = 64};

// Everything the reader makes of the bytes, told in words.
std::vector<std::string> read(std::string_view bytes, std::size_t step) {
    HttpReader reader(kLimits);
    std::vector<std::string> events;
    for (std::size_t i = 0; i < bytes.size(); i += step) {
        reader.feed(bytes.substr(i, step));
        while (reader.phase() == Phase::complete) {
            const HttpRequest request(reader.take().message);
            events.push_back(std::string(request.method()) + " " + std::string(request.path()) +
                             " " + std::string(request.body()));
            reader.feed({});
        }
    }
    if (reader.phase() == Phase::refused) {
        events.push_back("refused " + std::to_string(static_cast<int>(reader.refusal())));
    } else if (reader.phase() != Phase::idle) {
        events.push_back("incomplete");
    }
    return events;
}

std::vector<std::string> read_any_split(std::string_view bytes) {
    const auto whole = read(bytes, bytes.size());
    for (std::size_t step = 1; step < bytes.size(); ++step) {
        EXPECT_EQ(read(bytes, step), whole) << "in pieces of " << step;
    }
    return whole;
}

std::vector<std::string> refused(Refusal why) {
    return {"refused " + std::to_string(static_cast<int>(why))};
}

TEST(HttpReader, ARequestIsTheSameHoweverItIsCut) {
    EXPECT_EQ(read_any_split("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"),
              std::vector<std::string>{"GET /a "});
    EXPECT_EQ(read_any_split("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              std::vector<std::string>{"POST /p hello"});
    EXPECT_EQ(read_any_split("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
              std::vector<std::string>{"POST /p hello"});
}

TEST(HttpReader, PipelinedRequestsComeOutOneByOne) {
    EXPECT_EQ(read_any_split("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
                             "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
                             "\r\nGET /3 HTTP/1.1\r\nHost: x\r\n\r\n"),
              (std::vector<std::string>{"POST /1 ab", "GET /2 ", "GET /3 "}));
}

TEST(HttpReader, Rfc9112Section3_2_2AbsoluteFormIsUnderstood) {
    EXPECT_EQ(read_any_split("GET http://x.org/a?b HTTP/1.1\r\nHost: x.org\r\n\r\n"),
              std::vector<std::string>{"GET /a "});
}

TEST(HttpReader, Rfc9110Section7_6_1CloseInAnyConnectionFieldCloses) {
    for (const char* fields :
         {"Connection: close\r\n", "Connection: keep-alive\r\nConnection: close\r\n",
          "Connection: x, Close\r\n"}) {
        HttpReader reader(kLimits);
        reader.feed(std::string("GET / HTTP/1.1\r\nHost: x\r\n") + fields + "\r\n");
        ASSERT_EQ(reader.phase(), Phase::complete);
        EXPECT_FALSE(reader.take().keep_alive) << fields;
    }
}

TEST(HttpReader, AnIdleOneKeepsNoMemory) {
    const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += request;
    HttpReader reader(kLimits);
    reader.feed(many);
    while (reader.phase() == Phase::complete) {
        (void)reader.take();
        EXPECT_GT(reader.buffer_bytes(), 0U);
        reader.feed({});
    }
    EXPECT_EQ(reader.phase(), Phase::idle);
    EXPECT_LT(reader.buffer_bytes(), request.size());
}

TEST(HttpReader, WhatFollowsAnUpgradeRequestIsKept) {
    HttpReader reader(kLimits);
    const std::string frames("\r\n\n\x81\x85\0abc", 9);  // nothing that HTTP would let pass
    reader.feed("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n" + frames);
    ASSERT_EQ(reader.phase(), Phase::complete);
    (void)reader.take();
    EXPECT_EQ(reader.take_rest(), frames);
}

TEST(HttpReader, ContinueIsWantedOnceAndOnlyBeforeTheBody) {
    HttpReader reader(kLimits);
    const std::string head =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    reader.feed(head);
    EXPECT_EQ(reader.phase(), Phase::body);
    EXPECT_TRUE(reader.take_continue_wanted());
    EXPECT_FALSE(reader.take_continue_wanted());
    EXPECT_EQ(reader.feed("ab"), Phase::complete);
    (void)reader.take();
    reader.feed(head + "ab");
    EXPECT_FALSE(reader.take_continue_wanted()) << "the body is here already";
}

struct Refused {
    const char* name;
    std::string bytes;
    Refusal why;
};

class HttpReaderRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(HttpReaderRefuses, InOnePieceAndInMany) {
    EXPECT_EQ(read_any_split(GetParam().bytes), refused(GetParam().why));
}

std::string get_with(const std::string& fields) {
    return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n";
}
std::string post_with(const std::string& fields, const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n" + body;
}
std::string many_fields(int count) {
    std::string fields;
    for (int i = 0; i < count; ++i)
        fields += (i ? "\r\nA: b" : "A: b");
    return fields;
}

INSTANTIATE_TEST_SUITE_P(
    Ambiguous, HttpReaderRefuses,
    ::testing::Values(
        Refused{"LengthAndChunked",
                post_with("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                Refusal::bad_request},
        Refused{"TwoLengths", post_with("Content-Length: 5\r\nContent-Length: 6", "hello"),
                Refusal::bad_request},
        Refused{"TwoEqualLengths", post_with("Content-Length: 5\r\nContent-Length: 5", "hello"),
                Refusal::bad_request},
        Refused{"LengthList", post_with("Content-Length: 5, 5", "hello"), Refusal::bad_request},
        Refused{"LengthWithSign", post_with("Content-Length: +5", "hello"), Refusal::bad_request},
        Refused{"NegativeLength", post_with("Content-Length: -1", ""), Refusal::bad_request},
        Refused{"HexLength", post_with("Content-Length: 0x5", "hello"), Refusal::bad_request},
        Refused{"HugeLength", post_with("Content-Length: 99999999999999999999", ""),
                Refusal::bad_request},
        Refused{"ChunkedThenIdentity", post_with("Transfer-Encoding: chunked, identity", ""),
                Refusal::bad_request},
        Refused{"GzipChunked", post_with("Transfer-Encoding: gzip, chunked", ""),
                Refusal::bad_request},
        Refused{"TwoCodings",
                post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", ""),
                Refusal::bad_request},
        Refused{"BadChunkSize", post_with("Transfer-Encoding: chunked", "zz\r\nhello\r\n"),
                Refusal::bad_request},
        Refused{"TrailersAsFields",
                post_with("Transfer-Encoding: chunked", "0\r\nAuthorization: Bearer x\r\n\r\n"),
                Refusal::bad_request},
        Refused{"BareLineFeed", "GET / HTTP/1.1\nHost: x\n\n", Refusal::bad_request},
        Refused{"BareCarriageReturn", get_with("A: b\rC: d"), Refusal::bad_request},
        Refused{"BareCarriageReturnBeforeTheEnd", "GET / HTTP/1.1\r\nA: b\rC",
                Refusal::bad_request},
        Refused{"NulBeforeTheEnd", std::string("GET / HTTP/1.1\r\nAbcdefgh: ijklm\0", 32),
                Refusal::bad_request},
        Refused{"FoldedField", get_with("A: b\r\n c"), Refusal::bad_request},
        Refused{"SpaceBeforeColon", get_with("A : b"), Refusal::bad_request},
        Refused{"NoColon", get_with("A"), Refusal::bad_request},
        Refused{"NulInField", get_with(std::string("A: b\0c", 6)), Refusal::bad_request},
        Refused{"NoHost", "GET / HTTP/1.1\r\nA: b\r\n\r\n", Refusal::bad_request},
        Refused{"TwoHosts", get_with("Host: y"), Refusal::bad_request},
        Refused{"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                Refusal::bad_request},
        Refused{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refusal::version},
        Refused{"TwoAuthorizations", get_with("Authorization: a\r\nAuthorization: b"),
                Refusal::bad_request},
        Refused{"EmptyLines", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", Refusal::bad_request},
        Refused{"NotHttp", "\x16\x03\x01\x02\r\n\r\n", Refusal::bad_request},
        Refused{"TwoExpectations",
                post_with("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1", "x"),
                Refusal::bad_expectation},
        Refused{"OtherExpectation", post_with("Expect: gold\r\nContent-Length: 1", "x"),
                Refusal::bad_expectation}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    TooLarge, HttpReaderRefuses,
    ::testing::Values(
        Refused{"Body", post_with("Content-Length: 65", ""), Refusal::body_too_large},
        Refused{"ChunkedBody",
                post_with("Transfer-Encoding: chunked", "41\r\n" + std::string(65, 'x') + "\r\n"),
                Refusal::body_too_large},
        Refused{"Target", "GET /" + std::string(128, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
                Refusal::target_too_long},
        Refused{"EndlessTarget", "GET /" + std::string(4000, 'a'), Refusal::target_too_long},
        Refused{"Header", get_with("A: " + std::string(1100, 'b')), Refusal::header_too_large},
        Refused{"EndlessHeader", "GET / HTTP/1.1\r\nA: " + std::string(4000, 'b'),
                Refusal::header_too_large},
        Refused{"Fields", get_with(many_fields(8)), Refusal::header_too_large}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HttpReader, TheLimitsThemselvesAreAllowed) {
    EXPECT_EQ(read_any_split(post_with("Content-Length: 64", std::string(64, 'x'))),
              std::vector<std::string>{"POST / " + std::string(64, 'x')});
    EXPECT_EQ(read_any_split(get_with(many_fields(7))), std::vector<std::string>{"GET / "});
    EXPECT_EQ(
        read_any_split("GET /" + std::string(127, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").size(),
        1U);
}

TEST(HttpReader, AfterARefusalNothingIsRead) {
    HttpReader reader(kLimits);
    EXPECT_EQ(reader.feed("\n"), Phase::refused);
    EXPECT_EQ(reader.feed("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Phase::refused);
}

}  // namespace
}  // namespace confab::test
