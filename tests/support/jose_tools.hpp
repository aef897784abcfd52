// Jose tools: makes keys and signs tokens of any content, also such as no issuer would.
// Thread: a TestKey is immutable.
// Owns:   its key pair.
// Limits: none; for tests.
// Invariant: what is signed is what was given, without any check of its content.
#pragma once

#include <gnutls/abstract.h>
#include <jansson.h>
#include <rhonabwy.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "auth/algorithm.hpp"
#include "auth/jose_key.hpp"
#include "base/crypto.hpp"

namespace confab::test {

// header.payload in compact form, not signed yet.
inline std::string signing_input(std::string_view header, std::string_view payload) {
    return base64url(header) + '.' + base64url(payload);
}

inline std::string sign_hs256(std::string_view secret, std::string_view header,
                              std::string_view payload) {
    const auto input = signing_input(header, payload);
    return input + '.' + base64url(hmac_sha256(secret, input));
}

class TestKey {
  public:
    explicit TestKey(auth::Algorithm algorithm, unsigned rsa_bits = 2048) : algorithm_(algorithm) {
        auth::initialise_jose();
        int type = R_KEY_TYPE_RSA;
        unsigned bits = rsa_bits;
        if (algorithm != auth::Algorithm::rs256) {
            type = algorithm == auth::Algorithm::es256 ? R_KEY_TYPE_EC : R_KEY_TYPE_EDDSA;
            bits = 256;
        }
        do {
            r_jwk_free(private_);
            r_jwk_free(public_);
            if (r_jwk_init(&private_) != RHN_OK || r_jwk_init(&public_) != RHN_OK ||
                r_jwk_generate_key_pair(private_, public_, type, bits, nullptr) != RHN_OK) {
                throw std::runtime_error("no key pair");
            }
        } while (algorithm == auth::Algorithm::es256 && !has_whole_coordinates());
        r_jwk_delete_property_str(private_, "kid");
        r_jwk_delete_property_str(public_, "kid");
    }
    ~TestKey() {
        r_jwk_free(private_);
        r_jwk_free(public_);
    }
    TestKey(const TestKey&) = delete;
    TestKey& operator=(const TestKey&) = delete;

    // The public key, with these members set as well.
    [[nodiscard]] boost::json::object public_jwk(boost::json::object members = {}) const {
        return with(public_, members);
    }
    [[nodiscard]] boost::json::object private_jwk() const { return with(private_, {}); }
    [[nodiscard]] std::string pem() const { return exported(R_FORMAT_PEM); }
    [[nodiscard]] std::string der() const { return exported(R_FORMAT_DER); }

    // The header must name the algorithm of this key.
    [[nodiscard]] std::string sign(std::string_view header, std::string_view payload) const {
        jws_t* jws = nullptr;
        r_jws_init(&jws);
        r_jws_set_full_header_json_str(jws, std::string(header).c_str());
        r_jws_set_payload(jws, reinterpret_cast<const unsigned char*>(payload.data()),
                          payload.size());
        char* text = r_jws_serialize(jws, private_, R_FLAG_IGNORE_REMOTE);
        r_jws_free(jws);
        if (text == nullptr) throw std::runtime_error("no signature");
        std::string token(text);
        r_free(text);
        return token;
    }
    [[nodiscard]] std::string sign(std::string_view payload) const {
        return sign(R"({"alg":")" + std::string(auth::algorithm_name(algorithm_)) + R"("})",
                    payload);
    }

  private:
    // The library leaves zero bytes at the front of a coordinate out, one key in 128; RFC 7518
    // section 6.2.1.2 wants all 32 bytes, and so does the server.
    [[nodiscard]] bool has_whole_coordinates() const {
        constexpr std::size_t kCharacters = 43;
        return std::strlen(r_jwk_get_property_str(public_, "x")) == kCharacters &&
               std::strlen(r_jwk_get_property_str(public_, "y")) == kCharacters;
    }
    [[nodiscard]] static boost::json::object with(jwk_t* key, const boost::json::object& members) {
        char* text = r_jwk_export_to_json_str(key, 0);
        auto jwk = boost::json::parse(text).as_object();
        r_free(text);
        for (const auto& member : members)
            jwk[member.key()] = member.value();
        return jwk;
    }
    [[nodiscard]] std::string exported(int format) const {
        std::string text(8192, '\0');
        std::size_t size = text.size();
        if (r_jwk_export_to_pem_der(public_, format, reinterpret_cast<unsigned char*>(text.data()),
                                    &size, R_FLAG_IGNORE_REMOTE) != RHN_OK) {
            throw std::runtime_error("no PEM or DER");
        }
        text.resize(size);
        return text;
    }

    auth::Algorithm algorithm_;
    jwk_t* private_ = nullptr;
    jwk_t* public_ = nullptr;
};

inline std::string jwk_set(std::initializer_list<boost::json::object> keys) {
    boost::json::array list;
    for (const auto& key : keys)
        list.emplace_back(key);
    return boost::json::serialize(boost::json::object{{"keys", list}});
}

}  // namespace confab::test
