#include "auth/jwks_download.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/list.hpp"

namespace confab::auth {
namespace {

std::optional<std::chrono::seconds> parse_seconds(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    // RFC 9111 section 1.2.2: a number too large to hold means "for ever".
    if (error == std::errc::result_out_of_range) return kJwksMaxAgeMax;
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::chrono::seconds(seconds);
}

}  // namespace

std::optional<std::chrono::seconds> parse_max_age(std::string_view cache_control) {
    std::optional<std::chrono::seconds> age;
    // curl gives the end of the line as well.
    for (const std::string_view directive : split_list(trimmed(cache_control, " \t\r\n"))) {
        const auto equals = directive.find('=');
        const auto name = trimmed(directive.substr(0, equals));
        if (equal_ignoring_case(name, "no-store") || equal_ignoring_case(name, "no-cache")) {
            return std::chrono::seconds(0);
        }
        if (equal_ignoring_case(name, "max-age") && equals != std::string_view::npos) {
            age = parse_seconds(trimmed(directive.substr(equals + 1)));
        }
    }
    return age;
}

JwksDownload::JwksDownload(const std::string& url) : handle_(curl_easy_init()) {
    if (handle_ == nullptr) throw std::runtime_error("libcurl: no handle");
    configure(url);
}

JwksDownload::~JwksDownload() {
    curl_easy_cleanup(handle_);
    curl_slist_free_all(headers_);
}

void JwksDownload::configure(const std::string& url) {
    const auto timeout_ms = static_cast<long>(std::chrono::milliseconds(kJwksFetchTimeout).count());
    headers_ = curl_slist_append(nullptr, "Accept: application/jwk-set+json, application/json");
    bool set = headers_ != nullptr;
    const auto option = [&](CURLoption name, auto value) {
        set = curl_easy_setopt(handle_, name, value) == CURLE_OK && set;
    };
    option(CURLOPT_URL, url.c_str());
    option(CURLOPT_PROTOCOLS_STR, "http,https");
    option(CURLOPT_FOLLOWLOCATION, 0L);
    option(CURLOPT_PROXY, "");  // also whatever *_proxy says in the environment
    option(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    option(CURLOPT_SSL_VERIFYPEER, 1L);
    option(CURLOPT_SSL_VERIFYHOST, 2L);
    option(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    option(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    option(CURLOPT_TIMEOUT_MS, timeout_ms);
    option(CURLOPT_NOSIGNAL, 1L);
    option(CURLOPT_QUICK_EXIT, 1L);  // a name that is still being looked up is not waited for
    option(CURLOPT_FRESH_CONNECT, 1L);
    option(CURLOPT_FORBID_REUSE, 1L);  // the next fetch is minutes away
    option(CURLOPT_MAXFILESIZE, static_cast<long>(kJwksBytesMax));
    option(CURLOPT_HTTPHEADER, headers_);
    option(CURLOPT_USERAGENT, "confab");
    option(CURLOPT_WRITEFUNCTION, &JwksDownload::take_body);
    option(CURLOPT_WRITEDATA, static_cast<void*>(this));
    option(CURLOPT_HEADERFUNCTION, &JwksDownload::take_header);
    option(CURLOPT_HEADERDATA, static_cast<void*>(this));
    if (!set) {
        curl_easy_cleanup(handle_);
        curl_slist_free_all(headers_);
        throw std::runtime_error("libcurl: an option that is needed is missing");
    }
}

std::size_t JwksDownload::take_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& download = *static_cast<JwksDownload*>(self);
    if (size > kJwksBytesMax - download.body_.size()) {
        download.too_large_ = true;
        return 0;  // ends the transfer
    }
    download.body_.append(data, size);
    return size;
}

std::size_t JwksDownload::take_header(char* data, std::size_t, std::size_t size, void* self) {
    static constexpr std::string_view kName = "cache-control";
    const std::string_view line(data, size);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), kName)) {
        static_cast<JwksDownload*>(self)->max_age_ = parse_max_age(line.substr(colon + 1));
    }
    return size;
}

std::optional<std::string_view> JwksDownload::failure(CURLcode code) const {
    if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) return "the answer is too large";
    switch (code) {
        case CURLE_OK:
            break;
        case CURLE_OPERATION_TIMEDOUT:
            return "no answer in time";
        case CURLE_COULDNT_RESOLVE_HOST:
            return "the host name is not known";
        case CURLE_COULDNT_CONNECT:
            return "no connection";
        case CURLE_PEER_FAILED_VERIFICATION:
            return "the certificate is not trusted";
        default:
            return "the transfer failed";
    }
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300 && status < 400) return "the answer is a redirect";
    if (status != 200) return "the answer is an error";
    return std::nullopt;
}

}  // namespace confab::auth
