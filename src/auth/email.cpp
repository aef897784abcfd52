#include "auth/email.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Calls `good` with each part between dots; false as soon as one is not.
template <class Predicate>
bool all_parts(std::string_view text, Predicate good) {
    while (true) {
        const auto dot = text.find('.');
        if (!good(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

// RFC 5322 section 3.2.3, atext; upper case does not occur in a canonical address.
bool is_atom(std::string_view part) {
    static constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
        return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
    });
}

bool is_label(std::string_view part) {
    if (part.empty() || part.size() > kDomainLabelBytesMax) return false;
    if (part.front() == '-' || part.back() == '-') return false;
    return std::all_of(part.begin(), part.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-'; });
}

}  // namespace

std::string canonical_email(std::string_view text) {
    static constexpr std::string_view kWhiteSpace = " \t\r\n";
    std::string canonical(trimmed(text, kWhiteSpace));
    std::transform(canonical.begin(), canonical.end(), canonical.begin(), ascii_lower);
    return canonical;
}

bool is_email(std::string_view canonical) {
    if (canonical.size() > kEmailBytesMax) return false;
    const auto at = canonical.find('@');
    if (at == std::string_view::npos) return false;
    const std::string_view local = canonical.substr(0, at);
    // A second '@' fails here: it is no character of a label.
    const std::string_view domain = canonical.substr(at + 1);
    return local.size() <= kEmailLocalBytesMax && all_parts(local, is_atom) &&
           all_parts(domain, is_label);
}

}  // namespace confab::auth
