#include "api/v2_fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/allocation_count.hpp"

CONFAB_TEST_COUNT_ALLOCATIONS

namespace confab::test {
namespace {

using api::V2Fields;
using api::V2Object;
using api::V2Value;
using Kind = V2Value::Kind;

bool is_method(std::string_view name) {
    return name == "do" || name == "undo";
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

std::vector<std::string> names_in(const V2Value& object) {
    std::vector<std::string> names;
    for (const V2Value& member : V2Object(object))
        names.emplace_back(member.name);
    return names;
}

TEST(V2Fields, KeepsTheIdAndTheMembersOfTheMethod) {
    const std::string frame =
        R"({"x":{"a":1},"id":7,"do":{"t":"text","n":-5,"z":null,"b":true,"f":0.5,"l":[1],)"
        R"("u":18446744073709551615,"o":{"p":"q"}},"y":[{}]})";
    const V2Fields fields(frame, is_method);
    ASSERT_TRUE(fields.valid());
    EXPECT_TRUE(fields.complete());
    EXPECT_EQ(fields.id(), 7);
    EXPECT_EQ(fields.methods(), 1U);
    ASSERT_NE(fields.method(), nullptr);
    EXPECT_EQ(fields.method()->name, "do");
    EXPECT_EQ(fields.method()->members, 8U);
    EXPECT_EQ(names_in(*fields.method()),
              (std::vector<std::string>{"t", "n", "z", "b", "f", "l", "u", "o"}));
    const V2Object in(*fields.method());
    EXPECT_EQ(in.find("t")->text, "text");
    EXPECT_EQ(in.find("n")->integer, -5);
    EXPECT_EQ(in.find("z"), nullptr) << "null is none";
    EXPECT_EQ(in.find("b")->kind, Kind::boolean);
    EXPECT_TRUE(in.find("b")->boolean);
    for (const char* name : {"f", "u"})
        EXPECT_EQ(in.find(name)->kind, Kind::other);
    EXPECT_EQ(in.find("l")->kind, Kind::list);
    EXPECT_EQ((*V2Object(*in.find("l")).begin()).integer, 1);
    EXPECT_EQ(V2Object(*in.find("o")).find("p")->text, "q");
    EXPECT_EQ(in.find("p"), nullptr) << "it is a member of a member";
    EXPECT_EQ(in.find("id"), nullptr);
}

TEST(V2Fields, TheFirstMethodIsKeptAndAllAreCounted) {
    const V2Fields fields(R"({"undo":{"a":1},"do":{"b":2},"id":1})", is_method);
    EXPECT_EQ(fields.methods(), 2U);
    EXPECT_EQ(fields.method()->name, "undo");
    EXPECT_EQ(names_in(*fields.method()), std::vector<std::string>{"a"});
    const V2Fields none(R"({"redo":{"do":{}},"id":1})", is_method);
    EXPECT_TRUE(none.valid());
    EXPECT_EQ(none.methods(), 0U);
    EXPECT_EQ(none.method(), nullptr);
}

TEST(V2Fields, MembersAreFollowedThroughObjectsInObjects) {
    const V2Fields fields(R"({"do":{"a":{"b":{"c":1,"d":2},"e":3},"f":4}})", is_method);
    const V2Value* a = V2Object(*fields.method()).find("a");
    EXPECT_EQ(names_in(*fields.method()), (std::vector<std::string>{"a", "f"}));
    EXPECT_EQ(names_in(*a), (std::vector<std::string>{"b", "e"}));
    EXPECT_EQ(names_in(*V2Object(*a).find("b")), (std::vector<std::string>{"c", "d"}));
}

TEST(V2Fields, WhatIsDeeperThanAnyArgumentIsKnownToBeThere) {
    const V2Fields fields(R"({"do":{"a":{"b":{"c":{"d":1}},"e":2}}})", is_method);
    const V2Value* a = V2Object(*fields.method()).find("a");
    const V2Value* c = V2Object(*V2Object(*a).find("b")).find("c");
    EXPECT_EQ(c->kind, Kind::object);
    EXPECT_TRUE(names_in(*c).empty());
    EXPECT_EQ(V2Object(*a).find("e")->integer, 2);
}

TEST(V2Fields, NothingIsBelievedOfWhatIsNotStrictJson) {
    for (const char* frame : {R"({"id":7,"do":{"a":1})", R"({"id":7,"do":{"a":1}} x)",
                              R"({"id":7,"do":{"a":1,"a":1}})", R"({"id":7)"}) {
        const V2Fields fields(frame, is_method);
        EXPECT_FALSE(fields.valid()) << frame;
        EXPECT_EQ(fields.id(), std::nullopt) << frame;
        EXPECT_EQ(fields.methods(), 0U) << frame;
        EXPECT_EQ(fields.method(), nullptr) << frame;
    }
}

TEST(V2Fields, NamesAreComparedWhereverTheyStand) {
    const std::string twice = R"({"a\n":1,"b":2,"a\u000a":3})";
    for (const std::string& frame :
         {twice, "{\"x\":" + twice + "}", "{\"do\":" + twice + "}",
          "{\"do\":{\"x\":" + twice + "}}", "{\"do\":{\"x\":{\"y\":" + twice + "}}}",
          "{\"do\":{\"x\":[" + twice + "]}}",
          "{\"do\":{\"x\":{\"y\":{\"z\":{\"v\":" + twice + "}}}}}"}) {
        EXPECT_FALSE(V2Fields(frame, is_method).valid()) << frame;
    }
}

TEST(V2Fields, OfAnArgumentThatIsTooLongTheFirstMembersAreKeptAndAllAreCounted) {
    std::string frame = R"({"do":{"many":{)";
    for (std::size_t i = 0; i < 1000; ++i) {
        frame += "\"n\\u0030" + std::to_string(i) + R"(":{"v":[1,{"w":2}]},)";
    }
    frame += R"("comes in parts\n":1},"after":5},"id":3})";
    const V2Fields fields(frame, is_method);
    ASSERT_TRUE(fields.valid());
    EXPECT_TRUE(fields.complete());
    EXPECT_EQ(fields.id(), 3);
    const V2Object in(*fields.method());
    EXPECT_EQ(in.find("many")->members, 1001U);
    const auto names = names_in(*in.find("many"));
    ASSERT_EQ(names.size(), kRoomsPerConnectionMax);
    EXPECT_EQ(names.back(), "n0127");
    EXPECT_EQ(in.find("after")->integer, 5);
}

TEST(V2Fields, TheItemsOfAListAreKeptWithoutWhatIsInThem) {
    const V2Fields fields(R"({"do":{"l":["a\n",1,{"x":{"y":[2]}},[3],true],"m":4},"n":[5]})",
                          is_method);
    ASSERT_TRUE(fields.valid());
    const V2Object in(*fields.method());
    std::vector<Kind> kinds;
    for (const V2Value& item : V2Object(*in.find("l"))) {
        EXPECT_TRUE(item.name.empty());
        kinds.push_back(item.kind);
    }
    EXPECT_EQ(kinds, (std::vector<Kind>{Kind::text, Kind::integer, Kind::other, Kind::other,
                                        Kind::boolean}));
    EXPECT_EQ(in.find("l")->members, 5U);
    EXPECT_EQ((*V2Object(*in.find("l")).begin()).text, "a\n");
    EXPECT_EQ(in.find("m")->integer, 4);
}

TEST(V2Fields, OfAListThatIsTooLongTheFirstItemsAreKeptAndAllAreCounted) {
    const std::string frame = R"({"do":{"l":[)" + repeated("\"\\n\",", 5000) + R"(0],"after":5}})";
    AllocationCount::restart();
    const V2Fields fields(frame, is_method);
    EXPECT_LT(AllocationCount::of_this_thread().peak, 64 * 1024);
    ASSERT_TRUE(fields.valid());
    const V2Object in(*fields.method());
    EXPECT_EQ(in.find("l")->members, 5001U);
    EXPECT_EQ(in.find("l")->extent, 1 + kRoomsPerConnectionMax);
    EXPECT_EQ(in.find("after")->integer, 5);
}

TEST(V2Fields, EveryOtherObjectHasTheUsualLimit) {
    std::string members = "\"n\":0";
    for (std::size_t i = 1; i < kJsonKeysMax; ++i)
        members += ",\"n" + std::to_string(i) + "\":0";
    for (const char* around : {"%", R"({"x":%})", R"({"do":%})", R"({"do":{"x":{"y":%}}})",
                               R"({"do":{"x":[%]}})", R"({"x":{"y":{"z":%}}})"}) {
        const auto frame = [&](const std::string& object) {
            std::string out = around;
            return out.replace(out.find('%'), 1, object);
        };
        EXPECT_TRUE(V2Fields(frame("{" + members + "}"), is_method).valid()) << around;
        EXPECT_FALSE(V2Fields(frame("{" + members + ",\"x\":0}"), is_method).valid()) << around;
    }
}

// Memory: a tree of values would take eight times the bytes of a list of digits.
TEST(V2Fields, WhatIsIgnoredTakesNoMemory) {
    const std::string list = "[" + repeated("0,", 30'000) + "0]";
    const std::string objects = "[" + repeated(R"({"\n":"\n","\t":[]},)", 3000) + "0]";
    const std::string text = "\"" + repeated("\\n", 30'000) + "\"";
    for (const std::string& junk : {list, objects, text}) {
        for (const std::string& frame : {"{\"id\":1,\"do\":{\"x\":1},\"y\":" + junk + "}",
                                         "{\"id\":1,\"do\":{},\"undo\":" + junk + "}"}) {
            AllocationCount::restart();
            const V2Fields fields(frame, is_method);
            EXPECT_LT(AllocationCount::of_this_thread().peak, 512) << frame.substr(0, 60);
            EXPECT_TRUE(fields.valid()) << frame.substr(0, 60);
        }
    }
}

TEST(V2Fields, WhatIsKeptIsBounded) {
    const std::string member = R"({"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9})";
    std::string frame = R"({"id":2,"do":{)";
    for (std::size_t i = 0; i < kJsonKeysMax; ++i) {
        frame += (i > 0 ? ",\"m" : "\"m") + std::to_string(i) + R"(":{)";
        for (std::size_t j = 0; j < 20; ++j) {
            frame += (j > 0 ? ",\"n" : "\"n") + std::to_string(j) + "\":" + member;
        }
        frame += '}';
    }
    frame += "}}";
    AllocationCount::restart();
    const V2Fields fields(frame, is_method);
    const auto bound = static_cast<std::ptrdiff_t>(4 * kCommandValuesMax * sizeof(V2Value));
    EXPECT_LT(AllocationCount::of_this_thread().peak, bound);
    EXPECT_TRUE(fields.valid());
    EXPECT_FALSE(fields.complete());
    EXPECT_EQ(fields.id(), 2);
}

TEST(V2Fields, AnOrdinaryCommandTakesNoMemory) {
    const std::string frame = R"({"id":1,"do":{"a":"one","b":"two","c":3,"d":{"e":"k","f":4}}})";
    AllocationCount::restart();
    const V2Fields fields(frame, is_method);
    EXPECT_EQ(AllocationCount::of_this_thread().calls, 0U);
    EXPECT_TRUE(fields.valid());
}

}  // namespace
}  // namespace confab::test
