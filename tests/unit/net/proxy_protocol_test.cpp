#include "net/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"

namespace confab::test {
namespace {

using net::ProxyHeaderReader;
using Phase = ProxyHeaderReader::Phase;
using namespace std::string_literals;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string number16(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}

std::string header(int version_command, int family, const std::string& block) {
    return kSignature + static_cast<char>(version_command) + static_cast<char>(family) +
           number16(block.size()) + block;
}

std::string vector(int type, const std::string& value) {
    return static_cast<char>(type) + number16(value.size()) + value;
}

// 192.0.2.7:50000 to 198.51.100.1:443
const std::string kFour = "\xC0\x00\x02\x07\xC6\x33\x64\x01\xC3\x50\x01\xBB"s;
// [2001:db8::7]:50000 to [2001:db8::1]:443
const std::string kSix =
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"
    "\xC3\x50\x01\xBB"s;

ProxyHeaderReader read(const std::string& bytes) {
    ProxyHeaderReader reader;
    reader.feed(bytes);
    return reader;
}

std::string source_of(const ProxyHeaderReader& reader) {
    if (reader.phase() != Phase::done) return "not done: " + std::string(reader.failure());
    if (!reader.source()) return "none";
    return reader.source()->address.to_string() + " " + std::to_string(reader.source()->port);
}

std::string failure_of(const std::string& bytes) {
    const ProxyHeaderReader reader = read(bytes);
    return reader.phase() == Phase::failed ? std::string(reader.failure()) : "not failed";
}

TEST(ProxyProtocol, Section2_2_TellsAnIpv4Source) {
    EXPECT_EQ(source_of(read(header(0x21, 0x11, kFour))), "192.0.2.7 50000");
}

TEST(ProxyProtocol, Section2_2_TellsAnIpv6Source) {
    EXPECT_EQ(source_of(read(header(0x21, 0x21, kSix))), "2001:db8::7 50000");
}

TEST(ProxyProtocol, AMappedAddressIsTheIpv4Address) {
    std::string block = kSix;
    block.replace(0, 16, "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\x00\x02\x07"s);
    EXPECT_EQ(source_of(read(header(0x21, 0x21, block))), "192.0.2.7 50000");
}

TEST(ProxyProtocol, Section2_2_LocalIsAboutTheProxyItselfWhateverItsBlockHolds) {
    EXPECT_EQ(source_of(read(header(0x20, 0x00, ""))), "none");
    EXPECT_EQ(source_of(read(header(0x20, 0x11, kFour))), "none");
    EXPECT_EQ(source_of(read(header(0x20, 0x21, "short"))), "none");
}

TEST(ProxyProtocol, Section2_2_UnspecifiedNamesNobodyAndItsBlockIsSkipped) {
    EXPECT_EQ(source_of(read(header(0x21, 0x00, ""))), "none");
    EXPECT_EQ(source_of(read(header(0x21, 0x00, "anything at all"))), "none");
}

TEST(ProxyProtocol, Section2_2_ValidCombinationsThatWeDoNotKnowCountAsUnspecified) {
    for (const int family : {0x01, 0x02, 0x10, 0x12, 0x20, 0x22, 0x30, 0x32}) {
        EXPECT_EQ(source_of(read(header(0x21, family, kFour))), "none") << family;
    }
}

TEST(ProxyProtocol, Section2_2_UnixNamesNobody) {
    EXPECT_EQ(source_of(read(header(0x21, 0x31, std::string(216, 'a')))), "none");
    EXPECT_NE(failure_of(header(0x21, 0x31, std::string(215, 'a'))), "not failed");
}

TEST(ProxyProtocol, Section2_2_RefusesOtherVersionsCommandsFamiliesAndProtocols) {
    EXPECT_EQ(failure_of(header(0x11, 0x11, kFour)), "an unknown version");
    EXPECT_EQ(failure_of(header(0x31, 0x11, kFour)), "an unknown version");
    for (int command = 2; command < 16; ++command) {
        EXPECT_EQ(failure_of(header(0x20 | command, 0x11, kFour)), "an unknown command");
    }
    for (int family = 4; family < 16; ++family) {
        EXPECT_EQ(failure_of(header(0x21, family << 4 | 1, kFour)), "an unknown address family");
    }
    for (int protocol = 3; protocol < 16; ++protocol) {
        EXPECT_EQ(failure_of(header(0x21, 0x10 | protocol, kFour)),
                  "an unknown transport protocol");
    }
}

TEST(ProxyProtocol, Section2_2_RefusesABlockThatIsTooShortForItsAddresses) {
    EXPECT_EQ(failure_of(header(0x21, 0x11, kFour.substr(0, 11))),
              "the header is too short for its addresses");
    EXPECT_EQ(failure_of(header(0x21, 0x21, kFour)), "the header is too short for its addresses");
}

TEST(ProxyProtocol, Section2_1_TheTextVersionIsRefusedAndSaidToBeIt) {
    EXPECT_TRUE(failure_of("PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n")
                    .starts_with("version 1 (text)"));
}

TEST(ProxyProtocol, WhatIsNoHeaderIsRefusedAtItsFirstWrongByte) {
    for (const std::string bytes : {"GET / HTTP/1.1\r\n", "\x16\x03\x01", "PO", "\r\n\r\nx", "x"}) {
        EXPECT_EQ(failure_of(bytes), "no PROXY protocol header") << bytes;
    }
    EXPECT_EQ(read("PROX").phase(), Phase::need_more);
    EXPECT_EQ(read("\r\n\r\n").phase(), Phase::need_more);
}

TEST(ProxyProtocol, Section2_2_VectorsAreSkipped) {
    const std::string vectors = vector(0x02, "chat.example") + vector(0x04, "") +
                                vector(0x05, "id") + vector(0xEA, std::string(100, 'v'));
    EXPECT_EQ(source_of(read(header(0x21, 0x11, kFour + vectors))), "192.0.2.7 50000");
    EXPECT_EQ(source_of(read(header(0x21, 0x21, kSix + vectors))), "2001:db8::7 50000");
}

TEST(ProxyProtocol, Section2_2_BrokenVectorsAreRefused) {
    EXPECT_EQ(failure_of(header(0x21, 0x11, kFour + "\x04")), "a vector without a length");
    EXPECT_EQ(failure_of(header(0x21, 0x11, kFour + "\x04\x00\x02x"s)),
              "a vector longer than the header");
    EXPECT_EQ(failure_of(header(0x21, 0x11, kFour + "\x04\xFF\xFFx"s)),
              "a vector longer than the header");
}

// The checksum was computed by another program.
TEST(ProxyProtocol, Section2_2_3_TheChecksumIsChecked) {
    const std::string good = header(0x21, 0x11, kFour + vector(0x03, "\xDC\x96\xBA\x07"s));
    EXPECT_EQ(source_of(read(good)), "192.0.2.7 50000");
    for (std::size_t at = 16; at < 28; ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        EXPECT_EQ(failure_of(bad), "the checksum is wrong") << at;
    }
    EXPECT_EQ(failure_of(header(0x21, 0x11, kFour + vector(0x03, "abc"))),
              "a checksum of a wrong length");
}

TEST(ProxyProtocol, AHeaderOfTheLargestSizePassesAndALargerOneIsRefusedAtOnce) {
    const std::size_t room = kProxyHeaderBytesMax - 16 - kFour.size() - 3;
    EXPECT_EQ(source_of(read(header(0x21, 0x11, kFour + vector(0x04, std::string(room, 'x'))))),
              "192.0.2.7 50000");
    const auto large = header(0x21, 0x11, kFour + vector(0x04, std::string(room + 1, 'x')));
    EXPECT_EQ(failure_of(large.substr(0, 16)), "the header is too long");
    EXPECT_EQ(failure_of(header(0x20, 0x00, std::string(65535, 'x')).substr(0, 16)),
              "the header is too long");
}

TEST(ProxyProtocol, EveryCutGivesTheSameAndNothingBehindTheHeaderIsTaken) {
    for (const std::string& bytes :
         {header(0x21, 0x11, kFour), header(0x21, 0x21, kSix + vector(0x05, "id")),
          header(0x20, 0x00, ""), header(0x21, 0x31, std::string(216, 'a'))}) {
        const std::string all = bytes + "GET / HTTP/1.1\r\n";
        const std::string expected = source_of(read(bytes));
        for (std::size_t cut = 0; cut <= all.size(); ++cut) {
            ProxyHeaderReader reader;
            std::size_t taken = reader.feed(std::string_view(all).substr(0, cut));
            EXPECT_EQ(taken, std::min(cut, bytes.size()));
            EXPECT_EQ(reader.phase(), cut < bytes.size() ? Phase::need_more : Phase::done);
            taken += reader.feed(std::string_view(all).substr(taken));
            EXPECT_EQ(taken, bytes.size());
            EXPECT_EQ(source_of(reader), expected);
        }
    }
}

TEST(ProxyProtocol, EveryCutOfABadHeaderFailsForTheSameReason) {
    for (const std::string& bytes :
         {header(0x11, 0x11, kFour), header(0x25, 0x11, kFour), header(0x21, 0x51, kFour),
          header(0x21, 0x11, "short"), header(0x21, 0x11, kFour + "\x04"), "PROXY UNKNOWN\r\n"s,
          "GET / HTTP/1.1\r\n"s}) {
        const std::string expected = failure_of(bytes);
        EXPECT_NE(expected, "not failed");
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            ProxyHeaderReader reader;
            const std::size_t taken = reader.feed(std::string_view(bytes).substr(0, cut));
            if (reader.phase() == Phase::need_more) {
                reader.feed(std::string_view(bytes).substr(taken));
            }
            EXPECT_EQ(reader.failure(), expected) << cut;
        }
    }
}

TEST(ProxyProtocol, AfterTheEndNothingMoreIsTaken) {
    ProxyHeaderReader reader;
    const std::string bytes = header(0x21, 0x11, kFour);
    EXPECT_EQ(reader.feed(bytes), bytes.size());
    EXPECT_EQ(reader.feed("more"), 0U);
    EXPECT_EQ(source_of(reader), "192.0.2.7 50000");
}

}  // namespace
}  // namespace confab::test
