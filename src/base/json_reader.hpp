// Strict JSON, event by event: for readers that want no tree of values.
// Thread: a value; not synchronised.
// Owns:   names and texts that had to be copied because they hold escapes.
// Limits: those of base/json.hpp; the caller bounds the bytes.
// Invariants: (1) exactly the texts that parse_json takes are read to their end. (2) a text that
//             whole() returns is valid UTF-8 and stays where it is as long as the input and the
//             handler's copies() do.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <functional>
#include <string>
#include <string_view>

#include "base/limits.hpp"

namespace confab {

// What the parser of Boost.JSON tells, and what it leaves unchecked. A reader derives from it and
// hides the events it is interested in; of those that are not empty here it calls these first.
class StrictJsonHandler {
  public:
    using Text = boost::json::string_view;
    using Code = boost::json::error_code;

    static constexpr std::size_t max_object_size = kJsonKeysMax;
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    explicit StrictJsonHandler(std::string_view input) : input_(input) {}

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) {
        first_names_.push_back(names_.size());
        return true;
    }
    bool on_object_end(std::size_t, Code&) {
        names_.resize(first_names_.back());
        first_names_.pop_back();
        return true;
    }
    bool on_array_begin(Code&) { return true; }
    bool on_array_end(std::size_t, Code&) { return true; }
    bool on_key_part(Text part, std::size_t, Code&) { return keep(part); }
    bool on_key(Text part, std::size_t, Code& error) {
        const std::string_view name = whole(part);
        for (std::size_t i = first_names_.back(); i < names_.size(); ++i) {
            if (names_[i] == name) error = boost::json::error::extra_data;
        }
        names_.push_back(name);
        return !error;
    }
    bool on_string_part(Text, std::size_t, Code&) { return true; }
    bool on_string(Text, std::size_t, Code&) { return true; }
    bool on_number_part(Text, Code&) { return true; }
    bool on_int64(std::int64_t, Text, Code&) { return true; }
    bool on_uint64(std::uint64_t, Text, Code&) { return true; }
    bool on_double(double value, Text, Code& error) {
        // The parser turns a number that is too large into infinity, which is not a JSON value.
        if (!std::isfinite(value)) error = boost::json::error::exponent_overflow;
        return !error;
    }
    bool on_bool(bool, Code&) { return true; }
    bool on_null(Code&) { return true; }
    bool on_comment_part(Text, Code&) { return true; }
    bool on_comment(Text, Code&) { return true; }

    [[nodiscard]] std::forward_list<std::string>& copies() { return copies_; }

  protected:
    // Of the object that is being read: its last member, how many objects there are up to it, and
    // how many members it had so far.
    [[nodiscard]] std::string_view name() const { return names_.back(); }
    [[nodiscard]] std::size_t objects() const { return first_names_.size(); }
    [[nodiscard]] std::size_t members() const { return names_.size() - first_names_.back(); }

    // A part of a text whose end is still to come.
    bool keep(Text part) {
        parts_.append(part.data(), part.size());
        return true;
    }
    // The whole text, of which this is the last part.
    [[nodiscard]] std::string_view whole(Text part) {
        const std::less_equal<> not_after;
        if (parts_.empty() && not_after(input_.data(), part.data()) &&
            not_after(part.data() + part.size(), input_.data() + input_.size())) {
            return {part.data(), part.size()};  // it stands in the input as it is
        }
        keep(part);
        copies_.push_front(std::move(parts_));
        parts_.clear();
        return copies_.front();
    }

  private:
    static constexpr std::size_t kNamesInPlace = 16;

    std::string_view input_;
    std::string parts_;
    std::forward_list<std::string> copies_;
    boost::container::small_vector<std::string_view, kNamesInPlace> names_;   // of all open objects
    boost::container::small_vector<std::size_t, kJsonDepthMax> first_names_;  // one per open object
};

// Reads one JSON text. False: it is not strict JSON, or the handler wanted no more of it.
template <class Handler>
[[nodiscard]] bool read_json(std::string_view text, boost::json::basic_parser<Handler>& parser) {
    StrictJsonHandler::Code error;
    return parser.write_some(false, text.data(), text.size(), error) == text.size() && !error;
}

[[nodiscard]] inline boost::json::parse_options strict_json_options() {
    boost::json::parse_options options;
    options.max_depth = kJsonDepthMax;
    return options;
}

}  // namespace confab
