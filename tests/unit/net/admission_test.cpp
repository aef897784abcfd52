#include "net/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/manual_clock.hpp"

namespace confab::test {
namespace {

using net::Admission;
using net::Refusal;

class AdmissionTest : public ::testing::Test {
  protected:
    static net::PeerAddress peer(const char* text) { return boost::asio::ip::make_address(text); }
    Admission::Place enter(const char* address) { return admission_.enter(limits_, peer(address)); }

    ManualClock clock_;
    Admission::Limits limits_{
        .connects = Rate::unlimited, .address = {.connections = 2}, .trusted = {}};
    Admission admission_{clock_, 4, 1};
};

TEST_F(AdmissionTest, APlaceIsFreeAgainWhenItsConnectionEnds) {
    for (int round = 0; round < 3; ++round) {
        std::vector<Admission::Place> places;
        for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
            places.push_back(enter(address));
            EXPECT_TRUE(places.back().slot);
        }
        const auto over = enter("192.0.2.5");
        EXPECT_FALSE(over.slot);
        EXPECT_EQ(over.refusal, Refusal::connection_cap);
    }
}

TEST_F(AdmissionTest, BeyondThoseThatAreToldNobodyIsTold) {
    std::vector<Admission::Place> places;
    for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"})
        places.push_back(enter(address));
    EXPECT_TRUE(places.back().may_be_told());
    EXPECT_FALSE(enter("192.0.2.6").may_be_told());
}

TEST_F(AdmissionTest, AnAddressHasItsOwnCap) {
    const auto first = enter("192.0.2.1");
    const auto second = enter("192.0.2.1");
    const auto third = enter("192.0.2.1");
    EXPECT_EQ(third.refusal, Refusal::address_cap);
    EXPECT_FALSE(third.address);
    EXPECT_TRUE(enter("192.0.2.2").slot);
}

TEST_F(AdmissionTest, TheNumberOfPlacesMayChange) {
    const auto first = enter("192.0.2.1");
    admission_.set_connections_max(1);
    EXPECT_FALSE(enter("192.0.2.2").slot);
    admission_.set_connections_max(2);
    EXPECT_TRUE(enter("192.0.2.2").slot);
}

TEST_F(AdmissionTest, ConnectionsThatComeTooFastAreToldSo) {
    limits_.connects = Rate(1, 2);
    EXPECT_TRUE(enter("192.0.2.1").slot);
    EXPECT_TRUE(enter("192.0.2.2").slot);
    EXPECT_EQ(enter("192.0.2.3").refusal, Refusal::connect_rate);
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(enter("192.0.2.3").slot);
}

TEST_F(AdmissionTest, WhatOneAddressIsRefusedDoesNotUseUpTheRateOfAll) {
    limits_.connects = Rate(1, 3);
    const auto first = enter("192.0.2.1");
    const auto second = enter("192.0.2.1");
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(enter("192.0.2.1").refusal, Refusal::address_cap);
    EXPECT_TRUE(enter("192.0.2.2").slot);
}

TEST_F(AdmissionTest, AnAddressThatComesTooFastIsToldThat) {
    limits_.address = {.connections = 100, .connects = Rate(1, 1)};
    EXPECT_TRUE(enter("192.0.2.1").slot);
    EXPECT_EQ(enter("192.0.2.1").refusal, Refusal::address_rate);
    EXPECT_TRUE(enter("192.0.2.2").slot);
}

TEST_F(AdmissionTest, WhoIsTurnedAwayKeepsNoneOfThePlacesOfThoseWhoStay) {
    std::vector<Admission::Place> turned_away;
    for (int i = 0; i < 4; ++i) {
        turned_away.push_back(enter("192.0.2.1"));
        admission_.turn_away(turned_away.back(), Refusal::address_cap);
        EXPECT_FALSE(turned_away.back().slot);
        EXPECT_EQ(turned_away.back().may_be_told(), i == 0) << "one is told at a time";
    }
    EXPECT_TRUE(enter("192.0.2.2").slot);
}

TEST_F(AdmissionTest, ATrustedPeerIsNotLimitedButItsClientsAre) {
    limits_.trusted = *net::TrustedPeers::parse("192.0.2.1, unix");
    std::vector<Admission::Place> places;
    for (int i = 0; i < 3; ++i) {
        places.push_back(enter("192.0.2.1"));
        EXPECT_TRUE(places.back().slot);
        EXPECT_FALSE(places.back().address);
    }
    EXPECT_TRUE(admission_.enter(limits_, std::nullopt).slot);
    const auto client = boost::asio::ip::make_address("198.51.100.7");
    const auto one = admission_.enter_address(limits_, client);
    const auto two = admission_.enter_address(limits_, client);
    EXPECT_TRUE(one.lease && two.lease);
    EXPECT_FALSE(admission_.enter_address(limits_, client).lease);
}

}  // namespace
}  // namespace confab::test
