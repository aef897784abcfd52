#include "config/keys.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace confab::config {
namespace {

template <class Target>
void expect_default_in_range(const Key<Target>& key) {
    const Target target{};
    const auto value = key.get(target);
    std::string text;
    if (const auto* number = std::get_if<std::uint64_t>(&value)) text = std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&value)) text = *truth ? "true" : "false";
    if (const auto* words = std::get_if<std::string_view>(&value)) text = *words;
    EXPECT_EQ(parse_value(key.info, text), value) << key.info.name;
}

TEST(ConfigKeys, EveryDefaultIsInItsRange) {
    for (const auto& key : option_keys())
        expect_default_in_range(key);
    // What an issuer needs has no default.
    const std::set<std::string_view> required = {"algorithm", "iss", "aud"};
    for (const auto& key : issuer_keys()) {
        if (!required.contains(key.info.name)) expect_default_in_range(key);
    }
    for (const auto& key : listener_keys())
        expect_default_in_range(key);
}

TEST(ConfigKeys, NamesAndEnvironmentNamesAreUnique) {
    std::set<std::string> names;
    std::set<std::string> variables;
    for (const auto& key : option_keys()) {
        EXPECT_TRUE(names.emplace(key.info.name).second) << key.info.name;
        EXPECT_TRUE(variables.insert(environment_name(key.info.name)).second) << key.info.name;
        EXPECT_TRUE(std::regex_match(std::string(key.info.name),
                                     std::regex("profile|([a-z]+\\.){1,2}[a-z_]+")))
            << key.info.name;
    }
    for_each_section_kind([&](std::string_view prefix, auto keys) {
        for (const auto& key : keys)
            EXPECT_TRUE(names.insert(std::string(prefix) + std::string(key.info.name)).second);
    });
}

TEST(ConfigKeys, EveryKeyHasAMeaningWithoutAFullStop) {
    for (const auto& key : option_keys()) {
        EXPECT_FALSE(key.info.meaning.empty()) << key.info.name;
        EXPECT_FALSE(key.info.meaning.ends_with('.')) << key.info.name;
    }
}

TEST(ConfigKeys, EveryKeySetsAFieldOfItsOwn) {
    Options options;
    for (const auto& key : option_keys()) {
        if (key.info.kind != Kind::number) continue;
        const auto other = std::get<std::uint64_t>(key.get(options)) == key.info.low ? key.info.high
                                                                                     : key.info.low;
        key.put(options, other);
        EXPECT_EQ(key.get(options), Value(other)) << key.info.name;
    }
    // Had two keys shared a field, the second would have changed the first one's value.
    const Options untouched;
    for (const auto& key : option_keys()) {
        if (key.info.kind != Kind::number) continue;
        EXPECT_NE(key.get(options), key.get(untouched)) << key.info.name;
    }
}

TEST(ConfigKeys, HighestValuesSurviveTheFieldsType) {
    Options options;
    for (const auto& key : option_keys()) {
        if (key.info.kind != Kind::number) continue;
        key.put(options, key.info.high);
        EXPECT_EQ(key.get(options), Value(key.info.high)) << key.info.name;
    }
}

TEST(ConfigKeys, RowsOfASectionStandTogether) {
    std::set<std::string_view> ended;
    std::string_view current;
    for (const auto& key : option_keys()) {
        const auto section = key.info.name.substr(0, key.info.name.find('.'));
        if (section == current) continue;
        EXPECT_TRUE(ended.insert(section).second) << key.info.name;
        current = section;
    }
}

TEST(ConfigKeys, SectionNameIsLettersAndDigits) {
    EXPECT_TRUE(is_section_name("acme2"));
    EXPECT_TRUE(is_section_name(std::string(32, 'a')));
    for (const std::string& bad : {std::string(), std::string(33, 'a'), std::string("a_b"),
                                   std::string("Acme"), std::string("a.b"), std::string("a-b")}) {
        EXPECT_FALSE(is_section_name(bad)) << bad;
    }
}

TEST(ConfigKeys, EnvironmentNameIsUpperCaseWithUnderscores) {
    EXPECT_EQ(environment_name("http.header_timeout_ms"), "CONFAB_HTTP_HEADER_TIMEOUT_MS");
    EXPECT_EQ(environment_name("auth.issuers.acme2.iss"), "CONFAB_AUTH_ISSUERS_ACME2_ISS");
}

}  // namespace
}  // namespace confab::config
