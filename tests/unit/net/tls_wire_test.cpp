#include "net/tls_wire.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include <array>
#include <string>

namespace confab::test {
namespace {

using namespace std::string_literals;
using net::TlsWire;

class TlsWireTest : public ::testing::Test {
  protected:
    TlsWireTest() : method_(TlsWire::make_method()), bio_(wire_.make_bio(*method_)) {}
    ~TlsWireTest() override { BIO_free(bio_); }

    std::string read(int count) {
        std::string out(static_cast<std::size_t>(count), '\0');
        const int moved = BIO_read(bio_, out.data(), count);
        out.resize(moved > 0 ? static_cast<std::size_t>(moved) : 0);
        return out;
    }
    int write(const std::string& bytes) {
        return BIO_write(bio_, bytes.data(), static_cast<int>(bytes.size()));
    }

    TlsWire wire_;
    const TlsWire::Method method_;
    BIO* const bio_;
};

TEST_F(TlsWireTest, GivesOpensslWhatWasFed) {
    wire_.feed("hello"s);
    EXPECT_EQ(wire_.unread(), 5U);
    EXPECT_EQ(read(2), "he");
    wire_.feed(" again"s);
    EXPECT_EQ(read(100), "llo");
    EXPECT_EQ(read(100), " again");
    EXPECT_EQ(wire_.unread(), 0U);
}

TEST_F(TlsWireTest, HoldsARecordBackUntilItIsWhole) {
    const std::string record =
        "\x17\x03\x03\x00\x04"
        "data"s;
    for (std::size_t cut = 1; cut < record.size(); ++cut) {
        wire_.feed(std::string_view(record).substr(0, cut));
        EXPECT_FALSE(wire_.has_record()) << cut;
        EXPECT_EQ(read(100), "") << cut;
        EXPECT_NE(BIO_should_retry(bio_), 0);
        wire_.feed(std::string_view(record).substr(cut));
        EXPECT_TRUE(wire_.has_record()) << cut;
        EXPECT_EQ(read(100), record) << cut;
        EXPECT_FALSE(wire_.has_record());
    }
}

TEST_F(TlsWireTest, GivesOneRecordAfterTheOtherAndNothingOfTheNext) {
    const std::string first =
        "\x16\x03\x01\x00\x01"
        "a"s;
    const std::string second = "\x15\x03\x03\x00\x00"s;
    wire_.feed(first + second + "\x14\x03"s);
    EXPECT_EQ(read(5), first.substr(0, 5));
    EXPECT_TRUE(wire_.has_record());
    EXPECT_EQ(read(100), "a");
    EXPECT_EQ(read(100), second);
    EXPECT_EQ(read(100), "");
    EXPECT_EQ(wire_.unread(), 2U);
}

TEST_F(TlsWireTest, WhatIsNoRecordIsNotHeldBack) {
    for (const std::string& bytes : {"G"s, "\0"s, "\x13\x03"s, "\x18"s, "\x16\x02"s, "\x16\x04"s,
                                     "\x16\x03\x01\x48\x01"s, "\x16\x03\x01\xFF\xFF"s}) {
        wire_.feed(bytes);
        EXPECT_TRUE(wire_.has_record());
        EXPECT_EQ(read(100), bytes);
    }
    wire_.feed("\x16\x03\x01\x48\x00"s);
    EXPECT_FALSE(wire_.has_record()) << "the largest that there may be";
}

TEST_F(TlsWireTest, AnEmptyInputIsTryAgainAndNoEnd) {
    EXPECT_EQ(read(1), "");
    EXPECT_NE(BIO_should_retry(bio_), 0);
    EXPECT_NE(BIO_should_read(bio_), 0);
    EXPECT_EQ(BIO_eof(bio_), 0);
    wire_.feed("x"s);
    EXPECT_EQ(read(1), "x");
    EXPECT_EQ(BIO_should_retry(bio_), 0);
}

TEST_F(TlsWireTest, KeepsWhatOpensslWritesUntilItIsSent) {
    wire_.allow(100, false);
    EXPECT_EQ(write("hello"), 5);
    EXPECT_EQ(BIO_flush(bio_), 1);
    EXPECT_EQ(wire_.pending(), "hello");
    wire_.consume(2);
    EXPECT_EQ(wire_.pending(), "llo");
    EXPECT_EQ(write("!"), 1);
    EXPECT_EQ(wire_.pending(), "llo!");
    wire_.allow(100, true);
    EXPECT_EQ(wire_.pending(), "llo!");
    wire_.consume(4);
    EXPECT_EQ(wire_.pending(), "");
}

TEST_F(TlsWireTest, OneByteMoreThanAllowedBreaksItForGood) {
    wire_.allow(5, true);
    EXPECT_EQ(write("123"), 3);
    EXPECT_EQ(write("45"), 2);
    EXPECT_LT(write("6"), 0);
    EXPECT_EQ(BIO_should_retry(bio_), 0);
    EXPECT_EQ(wire_.broken(), "too much to answer");
    wire_.allow(100, false);
    EXPECT_LT(write("7"), 0);
    EXPECT_EQ(wire_.pending(), "12345") << "what was written before can still be sent";
}

TEST_F(TlsWireTest, ABrokenWireMovesNothing) {
    wire_.allow(100, false);
    wire_.feed("input"s);
    wire_.break_off("first");
    wire_.break_off("second");
    EXPECT_EQ(wire_.broken(), "first");
    EXPECT_EQ(read(5), "");
    EXPECT_EQ(BIO_should_retry(bio_), 0);
    EXPECT_LT(write("x"), 0);
}

TEST_F(TlsWireTest, InputCanBeDropped) {
    wire_.feed("input"s);
    wire_.drop_input();
    EXPECT_EQ(wire_.unread(), 0U);
    EXPECT_EQ(read(5), "");
}

}  // namespace
}  // namespace confab::test
