// Sec-WebSocket-Extensions against a second, simple reading of it, and the rules of RFC 7692 for
// whatever is agreed on. Input: the field.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "support/fuzz_check.hpp"
#include "ws/extensions.hpp"

namespace {

using confab::ws::DeflateAgreement;
using confab::ws::ExtensionOffer;

// The field as a list of words: tokens, marks, and quoted strings with a '"' in front. Nothing
// when there is a byte that none of them can have.
std::optional<std::vector<std::string>> words_of(std::string_view field) {
    std::vector<std::string> words;
    const auto is_token = [](char c) {
        return c > 0x20 && c < 0x7F &&
               std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
    };
    for (std::size_t i = 0; i < field.size();) {
        const char c = field[i];
        if (c == ' ' || c == '\t') {
            ++i;
        } else if (c == ',' || c == ';' || c == '=') {
            words.emplace_back(1, field[i++]);
        } else if (c == '"') {
            std::string word = "\"";
            for (++i; i < field.size() && field[i] != '"'; ++i) {
                if (field[i] == '\\' && ++i == field.size()) return std::nullopt;
                if (!is_token(field[i])) return std::nullopt;
                word += field[i];
            }
            if (i++ >= field.size() || word.size() == 1) return std::nullopt;
            words.push_back(word);
        } else {
            std::string word;
            while (i < field.size() && is_token(field[i]))
                word += field[i++];
            if (word.empty()) return std::nullopt;
            words.push_back(word);
        }
    }
    return words;
}

bool is_name(const std::string& word) {
    return word != "," && word != ";" && word != "=" && word[0] != '"';
}

// One text per offer, its parts separated by lines. Nothing: malformed.
std::optional<std::vector<std::string>> read_simply(std::string_view field) {
    auto words = words_of(field);
    if (!words) return std::nullopt;
    std::vector<std::string> offers;
    bool any = false;
    words->push_back(",");
    std::vector<std::string> element;
    for (const std::string& word : *words) {
        any = true;
        if (word != ",") {
            element.push_back(word);
            continue;
        }
        if (element.empty()) continue;
        if (!is_name(element[0])) return std::nullopt;
        std::string text = element[0];
        std::size_t parameters = 0;
        for (std::size_t i = 1; i < element.size();) {
            if (element[i] != ";" || ++i == element.size() || !is_name(element[i])) {
                return std::nullopt;
            }
            text += "\n" + element[i++];
            if (++parameters > confab::kWsExtensionParametersMax) return std::nullopt;
            if (i == element.size() || element[i] != "=") continue;
            if (++i == element.size()) return std::nullopt;
            const bool quoted = element[i][0] == '"';
            if (!quoted && !is_name(element[i])) return std::nullopt;
            text += "=" + element[i++].substr(quoted ? 1 : 0);
        }
        offers.push_back(text);
        element.clear();
    }
    const bool blank = words->size() == 1;
    if (offers.size() > confab::kWsExtensionOffersMax) return std::nullopt;
    if (offers.empty() && any && !blank) return std::nullopt;
    return offers;
}

std::string text_of(const ExtensionOffer& offer) {
    std::string text(offer.name);
    for (const auto& parameter : offer.parameters) {
        text += "\n" + std::string(parameter.name);
        if (parameter.value) text += "=" + *parameter.value;
    }
    return text;
}

// RFC 7692 section 7.1, written once more. -1: declined.
int window_of(const ExtensionOffer& offer) {
    if (offer.name != "permessage-deflate") return -1;
    std::map<std::string_view, std::optional<std::string>> parameters;
    for (const auto& parameter : offer.parameters) {
        if (!parameters.emplace(parameter.name, parameter.value).second) return -1;
    }
    int window = 15;
    for (const auto& [name, value] : parameters) {
        static const std::vector<std::string> kBits = {"8",  "9",  "10", "11",
                                                       "12", "13", "14", "15"};
        const auto bits = std::find(kBits.begin(), kBits.end(), value.value_or(""));
        if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
            if (value) return -1;
        } else if (name == "server_max_window_bits") {
            if (bits == kBits.end()) return -1;
            window = 8 + static_cast<int>(bits - kBits.begin());
        } else if (name == "client_max_window_bits") {
            if (value && bits == kBits.end()) return -1;
        } else {
            return -1;
        }
    }
    return window;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string field(reinterpret_cast<const char*>(data), size);
    const auto offers = confab::ws::parse_extensions(field);
    const auto expected = read_simply(field);
    FUZZ_CHECK(offers.has_value() == expected.has_value());
    if (!offers) return 0;
    FUZZ_CHECK(offers->size() == expected->size());
    int window = -1;
    for (std::size_t i = 0; i < offers->size(); ++i) {
        FUZZ_CHECK(text_of((*offers)[i]) == (*expected)[i]);
        if (window < 0) window = window_of((*offers)[i]);
    }
    const auto agreement = confab::ws::negotiate_deflate(*offers);
    FUZZ_CHECK(agreement.has_value() == (window >= 0));
    if (!agreement) return 0;
    FUZZ_CHECK(agreement->server_window_bits == window);
    // The answer is an offer itself, of the same window.
    const auto again = confab::ws::parse_extensions(agreement->response);
    FUZZ_CHECK(again && again->size() == 1 && window_of(again->front()) == window);
    FUZZ_CHECK(again->front().parameters.size() <= 3);
    return 0;
}
