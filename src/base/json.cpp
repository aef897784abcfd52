#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <unordered_set>
#include <vector>

#include "base/limits.hpp"

namespace confab {
namespace {

namespace json = boost::json;

// Sees every value while the text is read; stops at the first name that comes twice in its object
// and at a number that no double can hold.
class StrictReader {
  public:
    static constexpr std::size_t max_object_size = kJsonKeysMax;
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        names_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, json::error_code&) {
        names_.pop_back();
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t, json::error_code&) { return true; }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code& error) {
        key_.append(part.data(), part.size());
        if (!names_.back().insert(key_).second) error = json::error::extra_data;
        key_.clear();
        return !error;
    }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double value, json::string_view, json::error_code& error) {
        // The parser turns a number that is too large into infinity, which is not a JSON value.
        if (!std::isfinite(value)) error = json::error::exponent_overflow;
        return !error;
    }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

  private:
    std::vector<std::unordered_set<std::string>> names_;
    std::string key_;
};

}  // namespace

Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::error_code error;
    json::basic_parser<StrictReader> strict(options);
    const std::size_t used = strict.write_some(false, text.data(), text.size(), error);
    if (!error && used == text.size()) {
        json::value value =
            json::parse(json::string_view(text.data(), text.size()), error, {}, options);
        if (!error) return value;
    }
    return Error(ErrorKind::invalid, "bad_json",
                 "not one JSON value with unique names, at most 16 levels and 64 names an object");
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out.append(text, plain_from, i - plain_from);
        plain_from = i + 1;
        switch (byte) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += "\\u00";
                out += kDigits[byte >> 4];
                out += kDigits[byte & 0x0f];
        }
    }
    out.append(text, plain_from, text.size() - plain_from);
    out += '"';
}

}  // namespace confab
