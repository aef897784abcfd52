// What the reader accepts is UTF-8, has unique names and few levels, and is accepted again once
// written; what it refuses gives an error and nothing else. Any UTF-8 text survives as a string.
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/limits.hpp"
#include "support/fuzz_check.hpp"
#include "support/utf8_oracle.hpp"

namespace {

namespace json = boost::json;

void check_value(const json::value& value, std::size_t levels_left) {
    if (const auto* object = value.if_object()) {
        FUZZ_CHECK(levels_left > 0);
        FUZZ_CHECK(object->size() <= confab::kJsonKeysMax);
        for (const auto& member : *object) {
            FUZZ_CHECK(confab::test::is_utf8_by_decoding(member.key()));
            check_value(member.value(), levels_left - 1);
        }
    } else if (const auto* array = value.if_array()) {
        FUZZ_CHECK(levels_left > 0);
        for (const json::value& element : *array)
            check_value(element, levels_left - 1);
    } else if (const auto* text = value.if_string()) {
        FUZZ_CHECK(confab::test::is_utf8_by_decoding(*text));
    } else if (const auto* number = value.if_double()) {
        FUZZ_CHECK(std::isfinite(*number));
    }
}

// The number of colons outside of strings is the number of names: none may have been dropped.
std::size_t count_names(std::string_view text) {
    std::size_t names = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') in_string = !in_string;
        if (in_string && text[i] == '\\') ++i;
        if (!in_string && text[i] == ':') ++names;
    }
    return names;
}

std::size_t count_names(const json::value& value) {
    std::size_t names = 0;
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object)
            names += 1 + count_names(member.value());
    } else if (const auto* array = value.if_array()) {
        for (const json::value& element : *array)
            names += count_names(element);
    }
    return names;
}

void check_string(std::string_view text) {
    std::string written;
    confab::append_json_string(written, text);
    const auto again = confab::parse_json(written);
    FUZZ_CHECK(again.has_value() && again->is_string());
    FUZZ_CHECK(std::string_view(again->get_string()) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool utf8 = confab::test::is_utf8_by_decoding(text);
    const auto result = confab::parse_json(text);
    if (result.has_value()) {
        FUZZ_CHECK(utf8);
        check_value(*result, confab::kJsonDepthMax);
        FUZZ_CHECK(count_names(*result) == count_names(text));
        FUZZ_CHECK(confab::parse_json(json::serialize(*result)).has_value());
    } else {
        FUZZ_CHECK(result.error().code == "bad_json");
    }
    if (utf8) check_string(text);
    return 0;
}
