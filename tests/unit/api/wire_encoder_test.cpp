#include "api/wire_encoder.hpp"

#include <gtest/gtest.h>

#include <string>

#include "api/protocol_v1.hpp"
#include "api/v2_events.hpp"
#include "api/v2_frames.hpp"

namespace confab::api {
namespace {

using chat::Wire;

class WireEncoderTest : public ::testing::Test {
  protected:
    WireEncoderTest() {
        event_.seq = 7;
        event_.from = std::make_shared<const chat::User>(chat::User{UserId("u"), "U"});
        event_.body = SharedBytes::copy_of("hello");
    }
    static chat::Wires wires(std::initializer_list<Wire> list) {
        chat::Wires all;
        for (const Wire wire : list)
            all.add(wire);
        return all;
    }
    // The payload of a short unmasked text frame.
    static std::string payload(const SharedBytes& frame) {
        const std::string_view bytes = frame.view();
        EXPECT_EQ(bytes.substr(0, 1), "\x81");
        const bool is_long = bytes.substr(1, 1) == "\x7e";
        return std::string(bytes.substr(is_long ? 4 : 2));
    }

    const RoomName room_ = *RoomName::parse("lobby");
    chat::LogEvent event_;
    WireEncoder encoder_;
};

TEST_F(WireEncoderTest, EachProtocolHasItsOwnText) {
    const auto frames = encoder_.encode(room_, event_, wires({Wire::v1, Wire::v2}));
    EXPECT_EQ(payload(frames.on(Wire::v1)), v1_message(event_));
    EXPECT_EQ(payload(frames.on(Wire::v2)), v2_event(room_, event_));
}

TEST_F(WireEncoderTest, NothingIsMadeForAWireThatNobodyIsOn) {
    const auto frames = encoder_.encode(room_, event_, wires({Wire::v2}));
    EXPECT_TRUE(frames.on(Wire::v1).empty());
    EXPECT_TRUE(frames.on(Wire::v1_deflated).empty());
    EXPECT_TRUE(frames.on(Wire::v2_deflated).empty());
}

TEST_F(WireEncoderTest, WhatIsTooShortToCompressIsSharedByBothWires) {
    const auto frames = encoder_.encode(room_, event_, wires({Wire::v1, Wire::v1_deflated}));
    EXPECT_EQ(frames.on(Wire::v1).data(), frames.on(Wire::v1_deflated).data());
}

TEST_F(WireEncoderTest, LongTextsAreCompressedForThoseWhoAgreed) {
    event_.body = SharedBytes::copy_of(std::string(2000, 'x'));
    const auto frames = encoder_.encode(room_, event_, wires({Wire::v2, Wire::v2_deflated}));
    EXPECT_LT(frames.on(Wire::v2_deflated).size(), frames.on(Wire::v2).size() / 10);
}

TEST_F(WireEncoderTest, NoticesAreOfProtocolOneAlone) {
    const chat::Notice notice{chat::Notice::Kind::joined, "U", 1, {}};
    const auto frames = encoder_.encode(notice, wires({Wire::v1, Wire::v2, Wire::v2_deflated}));
    EXPECT_EQ(payload(frames.on(Wire::v1)), v1_notice(notice));
    EXPECT_TRUE(frames.on(Wire::v2).empty());
    EXPECT_TRUE(frames.on(Wire::v2_deflated).empty());
}

TEST_F(WireEncoderTest, DeltasOfPresenceAreOfProtocolTwoAlone) {
    const chat::PresenceDelta delta{.people = 1, .joined = {{UserId("u"), "U"}}, .left = {}};
    const auto frames = encoder_.encode_presence(room_, delta, wires({Wire::v1, Wire::v2}));
    EXPECT_EQ(payload(frames.on(Wire::v2)), v2_presence(room_, delta));
    EXPECT_TRUE(frames.on(Wire::v1).empty());
    EXPECT_TRUE(encoder_.encode_presence(room_, delta, wires({Wire::v1})).empty());
}

}  // namespace
}  // namespace confab::api
