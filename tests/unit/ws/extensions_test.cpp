#include "ws/extensions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.hpp"

namespace confab::ws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One line per offer: its name, then what it has, values in brackets.
std::vector<std::string> parsed(std::string_view field) {
    const auto offers = parse_extensions(field);
    if (!offers) return {"malformed"};
    std::vector<std::string> lines;
    for (const ExtensionOffer& offer : *offers) {
        std::string line(offer.name);
        for (const ExtensionParameter& parameter : offer.parameters) {
            line += "; " + std::string(parameter.name);
            if (parameter.value) line += "[" + *parameter.value + "]";
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

// What the server answers with; "-" when it takes nothing.
std::string answer(std::string_view field) {
    const auto offers = parse_extensions(field);
    if (!offers) return "malformed";
    const auto agreement = negotiate_deflate(*offers);
    if (!agreement) return "-";
    constexpr std::string_view kAlways =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    EXPECT_TRUE(agreement->response.starts_with(kAlways)) << agreement->response;
    return std::to_string(agreement->server_window_bits) +
           agreement->response.substr(kAlways.size());
}

TEST(Extensions, Section9_1_NoFieldIsNoOffer) {
    EXPECT_THAT(parsed(""), IsEmpty());
    EXPECT_THAT(parsed(" \t "), IsEmpty());
}

TEST(Extensions, Section9_1_SamplesAreRead) {
    EXPECT_THAT(parsed("foo"), ElementsAre("foo"));
    EXPECT_THAT(parsed("bar; baz=2"), ElementsAre("bar; baz[2]"));
    EXPECT_THAT(parsed("foo, bar; baz=2"), ElementsAre("foo", "bar; baz[2]"));
    EXPECT_THAT(parsed("deflate-stream"), ElementsAre("deflate-stream"));
    EXPECT_THAT(parsed("mux; max-channels=4; flow-control, deflate-stream"),
                ElementsAre("mux; max-channels[4]; flow-control", "deflate-stream"));
    EXPECT_THAT(parsed("private-extension"), ElementsAre("private-extension"));
}

TEST(Extensions, Section9_1_QuotedValuesAreTokensInQuotes) {
    EXPECT_THAT(parsed("a; b=\"2\""), ElementsAre("a; b[2]"));
    EXPECT_THAT(parsed(R"(a; b="x\y\2", c)"), ElementsAre("a; b[xy2]", "c"));
    for (const std::string_view bad :
         {R"(a; b="")", R"(a; b="x y")", R"(a; b="x,y")", R"(a; b="x;y")", R"(a; b="x)",
          R"(a; b="x\)", R"(a; b="x\")", R"(a; b="\"")", R"(a; b="\\")", R"(a; "b")", R"("a")",
          R"(a; b="x"y)", R"(a; b=x"y")", R"(a; b="x""y")", R"(a; b=")"}) {
        EXPECT_THAT(parsed(bad), ElementsAre("malformed")) << bad;
    }
}

TEST(Extensions, Section9_1_WhiteSpaceMayStandBetweenTheParts) {
    EXPECT_THAT(parsed(" a ;\tb = 1 ; c ,\t d "), ElementsAre("a; b[1]; c", "d"));
    EXPECT_THAT(parsed("a;b=\"1\" ,d"), ElementsAre("a; b[1]", "d"));
    EXPECT_THAT(parsed("a b"), ElementsAre("malformed"));
    EXPECT_THAT(parsed("a; b c"), ElementsAre("malformed"));
    EXPECT_THAT(parsed("a; b=\" 1\""), ElementsAre("malformed"));
}

// RFC 2616 section 2.1, which the grammar is written in.
TEST(Extensions, Section9_1_EmptyElementsOfTheListDoNotCount) {
    EXPECT_THAT(parsed(",a,, ,b ,"), ElementsAre("a", "b"));
    EXPECT_THAT(parsed(","), ElementsAre("malformed"));
    EXPECT_THAT(parsed(" , ,, "), ElementsAre("malformed"));
}

TEST(Extensions, Section9_1_WhatIsNotByTheGrammarIsMalformed) {
    for (const std::string_view bad :
         {";",   "=",      "a;",      "a;;b",     "a; ;b",   "a;b=",    "a;b=,c", "a;=1",
          "a=1", "a;b==1", "a;b=1=2", "a/b",      "a;b=(1)", "a;b={}",  "a@b",    "a:b",
          "[a]", "a\x01",  "a\x7F",   "\xC3\xA4", "a,b;",    "a;b=1 2", "a\\b",   "a?"}) {
        EXPECT_THAT(parsed(bad), ElementsAre("malformed")) << bad;
    }
    EXPECT_THAT(parsed(std::string_view("a\0b", 3)), ElementsAre("malformed"));
}

TEST(Extensions, OffersAndParametersAreLimited) {
    std::string offers = "a";
    for (std::size_t i = 1; i < kWsExtensionOffersMax; ++i)
        offers += ",,a";
    EXPECT_EQ(parsed(offers).size(), kWsExtensionOffersMax);
    EXPECT_THAT(parsed(offers + ",a"), ElementsAre("malformed"));
    std::string parameters = "a";
    for (std::size_t i = 0; i < kWsExtensionParametersMax; ++i)
        parameters += ";b=1";
    EXPECT_EQ(parsed(parameters + ", " + parameters).size(), 2U);
    EXPECT_THAT(parsed(parameters + ";b"), ElementsAre("malformed"));
}

TEST(NegotiateDeflate, Section7_1_PlainOfferIsTakenWithoutContextTakeover) {
    EXPECT_EQ(answer("permessage-deflate"), "15");
    EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover"), "15");
    EXPECT_EQ(answer("permessage-deflate; client_no_context_takeover"), "15");
    EXPECT_EQ(answer("permessage-deflate; client_no_context_takeover; server_no_context_takeover"),
              "15");
}

TEST(NegotiateDeflate, Section5_OtherExtensionsAreNotTaken) {
    EXPECT_EQ(answer(""), "-");
    for (const std::string_view other :
         {"x-webkit-deflate-frame", "deflate-frame", "permessage-bzip2", "permessage-deflate2",
          "Permessage-Deflate", "bbf-usp-protocol", "permessage-compress; method=deflate"}) {
        EXPECT_EQ(answer(other), "-") << other;
    }
}

TEST(NegotiateDeflate, Section7_1_2_1_ServerWindowIsTakenAndSaid) {
    for (int bits = 8; bits <= 15; ++bits) {
        const std::string n = std::to_string(bits);
        EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=" + n),
                  n + "; server_max_window_bits=" + n);
    }
    EXPECT_EQ(answer(R"(permessage-deflate; server_max_window_bits="10")"),
              "10; server_max_window_bits=10");
    EXPECT_EQ(answer(R"(permessage-deflate; server_max_window_bits="1\0")"),
              "10; server_max_window_bits=10");
}

TEST(NegotiateDeflate, Section7_1_2_1_ServerWindowNeedsAValueFrom8To15) {
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits"), "-");
    for (const std::string_view bad : {"7", "16", "0", "08", "015", "-8", "+8", "8.0", "1e1", "a",
                                       "80", "150", "4294967304", "99999999999999999999"}) {
        EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=" + std::string(bad)), "-")
            << bad;
    }
}

TEST(NegotiateDeflate, Section7_1_2_2_ClientWindowIsAHintThatNeedsNoAnswer) {
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits"), "15");
    for (int bits = 8; bits <= 15; ++bits) {
        EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=" + std::to_string(bits)),
                  "15");
    }
}

TEST(NegotiateDeflate, Section7_1_2_2_ClientWindowHasAValueFrom8To15OrNone) {
    for (const std::string_view bad : {"7", "16", "0", "08", "-8", "a", "80", "4294967304"}) {
        EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=" + std::string(bad)), "-")
            << bad;
    }
}

TEST(NegotiateDeflate, Section7_1_1_ContextTakeoverParametersHaveNoValue) {
    for (const std::string_view name :
         {"server_no_context_takeover", "client_no_context_takeover"}) {
        EXPECT_EQ(answer("permessage-deflate; " + std::string(name) + "=1"), "-") << name;
        EXPECT_EQ(answer("permessage-deflate; " + std::string(name) + "=true"), "-") << name;
    }
}

TEST(NegotiateDeflate, Section7_1_UnknownParametersDeclineTheOffer) {
    for (const std::string_view unknown :
         {"foo", "foo=1", "max_window_bits=10", "method=deflate", "Server_max_window_bits=10",
          "s2c_no_context_takeover"}) {
        EXPECT_EQ(answer("permessage-deflate; " + std::string(unknown)), "-") << unknown;
        EXPECT_EQ(answer("permessage-deflate; client_max_window_bits; " + std::string(unknown)),
                  "-");
    }
}

TEST(NegotiateDeflate, Section7_1_DuplicateParametersDeclineTheOffer) {
    for (const std::string_view twice :
         {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=10",
          "client_max_window_bits", "client_max_window_bits=10"}) {
        const std::string name(twice);
        EXPECT_EQ(answer("permessage-deflate; " + name + "; " + name), "-") << twice;
    }
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits; client_max_window_bits=9"), "-");
}

TEST(NegotiateDeflate, Section5_2_NextOfferIsTriedInTheOrderOfTheClient) {
    EXPECT_EQ(answer("permessage-deflate; foo, permessage-deflate"), "15");
    EXPECT_EQ(answer("other, permessage-deflate; server_max_window_bits=9, permessage-deflate"),
              "9; server_max_window_bits=9");
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=7, "
                     "permessage-deflate; server_no_context_takeover=0, "
                     "permessage-deflate; server_max_window_bits=12"),
              "12; server_max_window_bits=12");
    EXPECT_EQ(answer("permessage-deflate; foo, other"), "-");
}

// The offers of section 7.1.3, of Chrome, of Firefox and of Safari.
TEST(NegotiateDeflate, Section7_1_3_OffersOfRealClientsAreTaken) {
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits; server_max_window_bits=10"),
              "10; server_max_window_bits=10");
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
                     "permessage-deflate; client_max_window_bits"),
              "10; server_max_window_bits=10");
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits"), "15");
    EXPECT_EQ(answer("permessage-deflate"), "15");
    EXPECT_EQ(answer("permessage-deflate, x-webkit-deflate-frame"), "15");
}

}  // namespace
}  // namespace confab::ws
