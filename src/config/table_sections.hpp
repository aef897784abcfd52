// TableSections: the keys of the sections that an operator names: issuers and listeners.
// Thread: constants.
// Owns:   nothing.
// Limits: each row has a range.
// Invariant: names are relative to the section; included by keys.cpp alone.
#pragma once

#include <array>

#include "config/binding.hpp"
#include "config/formats.hpp"
#include "config/table_service.hpp"

namespace confab::config::table {

using I = IssuerSection;
using T = ListenerSection;

inline constexpr std::array kIssuer = {
    key<I, &I::algorithm>({"algorithm", K::choice, 0, 0, "HS256|RS256|ES256|EdDSA",
                           "The one algorithm its tokens are signed with; required"}),
    key<I, &I::iss>({"iss", K::text, 1, kNameBytesMax, "", "iss of its tokens, exactly; required"}),
    key<I, &I::aud>({"aud", K::text, 1, kNameBytesMax, "", "aud its tokens must have; required"}),
    key<I, &I::leeway>({"leeway_s", K::number, 0, 300, "", "By how much its clock may differ"}),
    key<I, &I::secret>({"secret", K::secret, 0, kSecretBytesMax, "",
                        "HS256: the secret; others can see it in a flag"}),
    key<I, &I::secret_file>(
        {"secret_file", K::text, 0, kPathBytesMax, "", "HS256: a file that holds the secret"}),
    key<I, &I::jwks_file>({"jwks_file", K::text, 0, kPathBytesMax, "",
                           "RS256, ES256, EdDSA: a file with its keys (JWKS)"}),
    key<I, &I::jwks_url>(
        {"jwks_url", K::text, 0, 2048, "",
         "RS256, ES256, EdDSA: where its keys are fetched; https, or http to loopback"}),
    key<I, &I::user_id_prefix>({"user_id_prefix", K::text, 0, 32, "",
                                "Put before sub, so that issuers cannot name each other's people. "
                                "Empty: the issuer is trusted not to"}),
};

inline constexpr std::array kListener = {
    key<T, &T::address>({"address", K::text, 0, kPathBytesMax,
                         "127.0.0.1:8443, [::1]:8443 or unix:/run/confab/confab.sock",
                         "Where to listen; required"}),
    key<T, &T::tls>({"tls", K::boolean, 0, 0, "", "Whether connections are encrypted"}),
    live_key<T, &T::certificate_file>(
        {"certificate_file", K::text, 0, kPathBytesMax, "",
         "Certificate with its chain, PEM; read again at every reload"}),
    live_key<T, &T::key_file>({"key_file", K::text, 0, kPathBytesMax, "",
                               "Private key of the certificate, PEM; read again at every reload"}),
    live_key<T, &T::tls_min_version>(
        {"tls_min_version", K::choice, 0, 0, "1.2|1.3", "Oldest version of TLS that is spoken"}),
    live_key<T, &T::deflate>({"deflate", K::boolean, 0, 0, "",
                              "Whether clients may have messages compressed (permessage-deflate)"}),
    key<T, &T::proxy_protocol>(
        {"proxy_protocol", K::boolean, 0, 0, "",
         "Whether every connection begins with a PROXY header; needs net.trusted_proxies"}),
    key<T, &T::socket_mode>({"socket_mode", K::text, 3, 3, "three octal digits",
                             "Permissions of a Unix socket; for no other listener",
                             is_socket_mode}),
};

}  // namespace confab::config::table
