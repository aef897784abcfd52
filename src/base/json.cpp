#include "base/json.hpp"

#include <boost/json/parse.hpp>

#include "base/json_reader.hpp"

namespace confab {

namespace json = boost::json;

Result<json::value> parse_json(std::string_view text) {
    const json::parse_options options = strict_json_options();
    json::basic_parser<StrictJsonHandler> strict(options, text);
    if (read_json(text, strict)) {
        json::error_code error;
        json::value value =
            json::parse(json::string_view(text.data(), text.size()), error, {}, options);
        if (!error) return value;
    }
    return Error(ErrorKind::malformed, "bad_json",
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
