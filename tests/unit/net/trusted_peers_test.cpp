#include "net/trusted_peers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.hpp"

namespace confab::test {
namespace {

using boost::asio::ip::make_address;
using net::PeerAddress;
using net::TrustedPeers;

TrustedPeers trusting(std::string_view text) {
    auto peers = TrustedPeers::parse(text);
    if (!peers) {
        ADD_FAILURE() << text << ": " << peers.error().detail;
        return {};
    }
    return std::move(*peers);
}

std::string refusal_of(std::string_view text) {
    const auto peers = TrustedPeers::parse(text);
    return peers ? "no refusal" : peers.error().detail;
}

PeerAddress peer(const std::string& text) {
    if (text == "unix") return std::nullopt;
    return make_address(text);
}

bool holds(std::string_view ranges, const std::string& address) {
    return trusting(ranges).contains(peer(address));
}

// The address that counts, for a connection from `from` with these fields.
std::string client(std::string_view trusted, const std::string& from,
                   const std::vector<std::string_view>& fields) {
    const PeerAddress found = trusting(trusted).client_address(peer(from), fields);
    return found ? found->to_string() : "unix";
}

TEST(TrustedPeers, ByDefaultNobodyIsTrusted) {
    for (const char* address : {"127.0.0.1", "::1", "10.0.0.1", "unix"}) {
        EXPECT_FALSE(TrustedPeers().contains(peer(address))) << address;
        EXPECT_FALSE(holds("", address)) << address;
        EXPECT_FALSE(holds("  ", address)) << address;
    }
}

TEST(TrustedPeers, ARangeHoldsItsFirstAndLastAddressAndNoOther) {
    EXPECT_TRUE(holds("10.1.0.0/16", "10.1.0.0"));
    EXPECT_TRUE(holds("10.1.0.0/16", "10.1.255.255"));
    EXPECT_FALSE(holds("10.1.0.0/16", "10.0.255.255"));
    EXPECT_FALSE(holds("10.1.0.0/16", "10.2.0.0"));
    EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff:ffff::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
}

TEST(TrustedPeers, ASingleAddressAndTheWidestRanges) {
    EXPECT_TRUE(holds("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.6"));
    EXPECT_TRUE(holds("::1", "::1"));
    EXPECT_FALSE(holds("::1", "::2"));
    EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(holds("::/0", "2001:db8::1"));
    EXPECT_FALSE(holds("::/0", "203.0.113.9"));
}

TEST(TrustedPeers, SeveralEntriesWithBlanks) {
    const auto peers = trusting(" 10.0.0.0/8 ,\t2001:db8::/32, unix ");
    EXPECT_TRUE(peers.contains(peer("10.9.9.9")));
    EXPECT_TRUE(peers.contains(peer("2001:db8::9")));
    EXPECT_TRUE(peers.contains(peer("unix")));
    EXPECT_FALSE(peers.contains(peer("11.0.0.1")));
}

TEST(TrustedPeers, UnixPeersAreTrustedByTheirWordOnly) {
    EXPECT_FALSE(holds("0.0.0.0/0, ::/0", "unix"));
    EXPECT_FALSE(holds("unix", "127.0.0.1"));
}

TEST(TrustedPeers, AMappedAddressIsTheIpv4AddressOnBothSides) {
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
    EXPECT_TRUE(holds("::ffff:10.0.0.0/104", "::ffff:10.1.2.3"));
    EXPECT_FALSE(holds("::ffff:10.0.0.0/104", "11.1.2.3"));
    EXPECT_TRUE(holds("::ffff:192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(holds("::/0", "::ffff:192.0.2.7"));
}

TEST(TrustedPeers, AScopeOfThePeerDoesNotMatter) {
    EXPECT_TRUE(holds("fe80::/10", "fe80::1%1"));
}

TEST(TrustedPeers, ABadEntryIsNamedWithItsReason) {
    for (const char* entry :
         {"10.0.0", "host.example", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
          "::/129", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "UNIX", "10.0.0.0 /8", "*"}) {
        const std::string refusal = refusal_of("127.0.0.1, " + std::string(entry));
        EXPECT_TRUE(refusal.starts_with("\"" + std::string(entry) + "\": ")) << refusal;
    }
    EXPECT_NE(refusal_of("10.0.0.1/8").find("10.0.0.0/8?"), std::string::npos);
    EXPECT_NE(refusal_of("::ffff:0.0.0.0/95"), "no refusal");
    for (const char* text : {",", "10.0.0.0/8,", ",10.0.0.0/8", "::1,,::2"}) {
        EXPECT_NE(refusal_of(text), "no refusal") << text;
    }
}

TEST(TrustedPeers, TheNumberOfRangesIsLimited) {
    std::string text = "10.0.0.0/8";
    for (std::size_t i = 1; i < kTrustedProxiesMax; ++i)
        text += ",10.0.0.0/8";
    EXPECT_EQ(refusal_of(text), "no refusal");
    EXPECT_NE(refusal_of(text + ",10.0.0.0/8"), "no refusal");
}

TEST(ClientAddress, WhatAnUntrustedPeerSaysChangesNothing) {
    EXPECT_EQ(client("10.0.0.0/8", "203.0.113.9", {"1.2.3.4"}), "203.0.113.9");
    EXPECT_EQ(client("", "127.0.0.1", {"1.2.3.4"}), "127.0.0.1");
    EXPECT_EQ(client("10.0.0.0/8", "unix", {"1.2.3.4"}), "unix");
    EXPECT_EQ(client("10.0.0.0/8", "203.0.113.9", {"10.0.0.1", "10.0.0.2"}), "203.0.113.9");
}

TEST(ClientAddress, ATrustedPeerTellsItsClient) {
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(client("unix", "unix", {"203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "::ffff:10.0.0.1", {"2001:db8::9"}), "2001:db8::9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"::ffff:203.0.113.9"}), "203.0.113.9");
}

TEST(ClientAddress, WithoutTheFieldThePeerItselfCounts) {
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(client("unix", "unix", {}), "unix");
}

TEST(ClientAddress, TheRightMostHopThatIsNotTrustedCounts) {
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9, 10.0.0.3, 10.0.0.2"}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"198.51.100.1, 203.0.113.9, 10.0.0.2"}),
              "203.0.113.9");
}

TEST(ClientAddress, WhatTheClientForgedStandsLeftOfWhatTheProxySaw) {
    // The client sent "1.2.3.4", "10.0.0.7" and rubbish itself; the proxy appended its address.
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"1.2.3.4, 203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"10.0.0.7, 203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"\x01<script>, 203.0.113.9"}), "203.0.113.9");
    // The same in a field of its own: the proxy's is the last.
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"1.2.3.4", "203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"1.2.3.4, 10.0.0.2", "203.0.113.9, 10.0.0.2"}),
              "203.0.113.9");
}

TEST(ClientAddress, FieldsAreWalkedFromTheLastToTheFirst) {
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9", "10.0.0.3", "10.0.0.2"}),
              "203.0.113.9");
}

TEST(ClientAddress, WhenAllAreTrustedTheFirstOfThemCounts) {
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"10.0.0.4, 10.0.0.3, 10.0.0.2"}), "10.0.0.4");
}

TEST(ClientAddress, AnEntryThatIsNoAddressEndsTheWalkAtTheLastGoodHop) {
    for (const char* bad :
         {"unknown", "", " ", "_hidden", "1.2.3", "999.1.1.1", "host.example",
          "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:99999", "[::1", "[::1]x", "::1]", "[1.2.3.4]", "[]",
          "fe80::1%eth0", "1.2.3.4 5.6.7.8", "\"1.2.3.4\"", "1.2.3.4\n"}) {
        const std::string field = "203.0.113.9, " + std::string(bad) + ", 10.0.0.2";
        EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {field}), "10.0.0.2") << bad;
        EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {bad}), "10.0.0.1") << bad;
    }
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9,"}), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9", ""}), "10.0.0.1");
}

TEST(ClientAddress, APortIsNoPartOfTheAddress) {
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"203.0.113.9:50000"}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"[2001:db8::9]:50000"}), "2001:db8::9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"[2001:db8::9]"}), "2001:db8::9");
}

TEST(ClientAddress, OnlySoManyHopsAreLookedAt) {
    std::string field = "203.0.113.9";
    for (std::size_t i = 0; i < kForwardedHopsMax - 1; ++i)
        field += ",10.0.0.2";
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {field}), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {field + ",10.0.0.2"}), "10.0.0.2");
}

}  // namespace
}  // namespace confab::test
