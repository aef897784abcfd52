// JwksDownload: one attempt to get a JWK set over http(s).
// Thread: one thread, that of the curl multi handle it is added to.
// Owns:   the curl handle and what has arrived.
// Limits: kJwksBytesMax of body, kJwksFetchTimeout from name look-up to the last byte.
// Invariants: (1) no redirect, no proxy, no other protocol than http and https. (2) a certificate
//             that cannot be verified ends the attempt.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace confab::auth {

// `max-age` of a Cache-Control header (RFC 9111 section 5.2.2.1); 0 for no-store and no-cache.
[[nodiscard]] std::optional<std::chrono::seconds> parse_max_age(std::string_view cache_control);

class JwksDownload {
  public:
    // Throws std::runtime_error when curl has no handle to give.
    explicit JwksDownload(const std::string& url);
    ~JwksDownload();
    JwksDownload(const JwksDownload&) = delete;
    JwksDownload& operator=(const JwksDownload&) = delete;

    [[nodiscard]] CURL* handle() const { return handle_; }

    // Why the body is not to be used, as a string literal; nothing when it is.
    [[nodiscard]] std::optional<std::string_view> failure(CURLcode code) const;
    [[nodiscard]] const std::string& body() const { return body_; }
    [[nodiscard]] std::optional<std::chrono::seconds> max_age() const { return max_age_; }

  private:
    void configure(const std::string& url);
    static std::size_t take_body(char* data, std::size_t one, std::size_t size, void* self);
    static std::size_t take_header(char* data, std::size_t one, std::size_t size, void* self);

    CURL* handle_;
    curl_slist* headers_ = nullptr;
    std::string body_;
    bool too_large_ = false;
    std::optional<std::chrono::seconds> max_age_;
};

}  // namespace confab::auth
