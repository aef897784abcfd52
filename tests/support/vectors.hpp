// Golden vectors: the examples of the wire that the tests of every language read.
// Thread: the test's.
// Owns:   nothing.
// Limits: those of base/json.hpp.
// Invariant: a file that is not there, or is no JSON list, fails the test.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "base/json.hpp"

namespace confab::test {

// A file below protocol/vectors, as "v2/frames.json".
inline boost::json::array vectors(const std::string& file) {
    std::ifstream in(std::string(CONFAB_SOURCE_DIR) + "/protocol/vectors/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    const auto parsed = parse_json(text.str());
    EXPECT_TRUE(parsed.has_value() && parsed->is_array()) << file;
    return parsed->as_array();
}

inline std::string string_of(const boost::json::value& value) {
    return {value.as_string().data(), value.as_string().size()};
}

inline std::string string_of(const boost::json::value& object, const char* name) {
    return string_of(object.as_object().at(name));
}

}  // namespace confab::test
