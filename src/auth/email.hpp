// E-mail addresses: the one spelling under which an account is kept, and what is taken for one.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kEmailBytesMax, kEmailLocalBytesMax, kDomainLabelBytesMax.
// Invariant: two spellings that differ only in ASCII case or in white space around them have the
//            same canonical form, at registration and at log-in alike.
#pragma once

#include <string>
#include <string_view>

namespace confab::auth {

// Lower-case ASCII without white space around it. Takes any bytes; says nothing about validity.
[[nodiscard]] std::string canonical_email(std::string_view text);

// Whether a canonical text is an address: a Dot-string, one '@' and a domain of letters, digits and
// hyphens (RFC 5321 section 4.1.2), ASCII only. Quoted local parts and address literals are
// refused, nobody registers with them; a domain without a dot is fine inside a company.
[[nodiscard]] bool is_email(std::string_view canonical);

}  // namespace confab::auth
