#include "ws/extensions.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/limits.hpp"

namespace confab::ws {
namespace {

constexpr int kWindowBitsMin = 8;  // RFC 7692 section 7.1.2
constexpr int kWindowBitsMax = 15;

// Reads the field from left to right; white space may stand between any two parts (RFC 6455
// section 9.1 takes over the implied white space of RFC 2616 section 2.1).
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() {
        skip_blanks();
        return rest_.empty();
    }

    // Takes the mark if it comes next.
    [[nodiscard]] bool take(char mark) {
        skip_blanks();
        if (rest_.empty() || rest_.front() != mark) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Empty: there is none.
    [[nodiscard]] std::string_view take_token() {
        skip_blanks();
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
        const auto size = static_cast<std::size_t>(end - rest_.begin());
        const std::string_view token = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return token;
    }

    // A token, plain or quoted; nullopt: neither. What is quoted must be a token as well.
    [[nodiscard]] std::optional<std::string> take_value() {
        if (!take('"')) {
            const std::string_view token = take_token();
            if (token.empty()) return std::nullopt;
            return std::string(token);
        }
        std::string value;
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\') rest_.remove_prefix(1);
            if (rest_.empty() || !is_token_character(rest_.front())) return std::nullopt;
            value += rest_.front();
            rest_.remove_prefix(1);
        }
        if (rest_.empty() || value.empty()) return std::nullopt;
        rest_.remove_prefix(1);
        return value;
    }

  private:
    void skip_blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
            rest_.remove_prefix(1);
    }

    std::string_view rest_;
};

std::optional<ExtensionOffer> read_offer(Scanner& scanner) {
    ExtensionOffer offer;
    offer.name = scanner.take_token();
    if (offer.name.empty()) return std::nullopt;
    while (scanner.take(';')) {
        if (offer.parameters.size() == kWsExtensionParametersMax) return std::nullopt;
        ExtensionParameter parameter;
        parameter.name = scanner.take_token();
        if (parameter.name.empty()) return std::nullopt;
        if (scanner.take('=')) {
            parameter.value = scanner.take_value();
            if (!parameter.value) return std::nullopt;
        }
        offer.parameters.push_back(std::move(parameter));
    }
    return offer;
}

// RFC 7692 section 7.1.2: 8 to 15, in decimal and without leading zeros. Nothing: something else.
std::optional<int> window_bits(std::string_view text) {
    for (int bits = kWindowBitsMin; bits <= kWindowBitsMax; ++bits) {
        if (text == std::to_string(bits)) return bits;
    }
    return std::nullopt;
}

// RFC 7692 section 7.1: an offer is declined for a parameter that is not known, has a value that it
// cannot have, or comes twice.
std::optional<DeflateAgreement> accept(const ExtensionOffer& offer) {
    DeflateAgreement agreement;
    agreement.response =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : offer.parameters) {
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) return std::nullopt;
        seen.push_back(name);
        if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
            if (value) return std::nullopt;
        } else if (name == "client_max_window_bits") {
            // A hint (section 7.1.2.2), which no value makes necessary to answer.
            if (value && !window_bits(*value)) return std::nullopt;
        } else if (name == "server_max_window_bits") {
            const auto bits = value ? window_bits(*value) : std::nullopt;
            if (!bits) return std::nullopt;
            agreement.server_window_bits = *bits;
            agreement.response += "; server_max_window_bits=" + *value;
        } else {
            return std::nullopt;
        }
    }
    return agreement;
}

}  // namespace

// RFC 2616 section 2.1: a list may have empty elements, which do not count, but not only those.
std::optional<std::vector<ExtensionOffer>> parse_extensions(std::string_view field) {
    std::vector<ExtensionOffer> offers;
    Scanner scanner(field);
    if (scanner.at_end()) return offers;
    do {
        while (scanner.take(',')) {
        }
        if (scanner.at_end()) break;
        auto offer = read_offer(scanner);
        if (!offer || offers.size() == kWsExtensionOffersMax) return std::nullopt;
        offers.push_back(std::move(*offer));
    } while (scanner.take(','));
    if (!scanner.at_end() || offers.empty()) return std::nullopt;
    return offers;
}

std::optional<DeflateAgreement> negotiate_deflate(std::span<const ExtensionOffer> offers) {
    for (const ExtensionOffer& offer : offers) {
        if (offer.name != "permessage-deflate") continue;
        if (auto agreement = accept(offer)) return agreement;
    }
    return std::nullopt;
}

}  // namespace confab::ws
