#include "net/http.hpp"

#include <algorithm>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/status.hpp>
#include <cstdio>
#include <ctime>
#include <optional>

#include "base/ascii.hpp"
#include "net/http_message.hpp"
#include "ws/handshake.hpp"

namespace confab::net {
namespace {

namespace http = boost::beast::http;

// RFC 9112 section 3.2.2: a server must accept the absolute form; what counts is its path.
std::string_view origin_form(std::string_view target) {
    const std::size_t scheme_end = target.find("://");
    if (target.empty() || target.front() == '/' || scheme_end == std::string_view::npos) {
        return target;
    }
    const std::size_t path = target.find_first_of("/?", scheme_end + 3);
    // An empty path is "/"; what follows "?" is no path.
    return path == std::string_view::npos || target[path] == '?' ? "/" : target.substr(path);
}

// The first field of that name. In the order they came: there are few, and most differ in length.
auto find_field(const http::fields& fields, std::string_view name) {
    return std::find_if(fields.begin(), fields.end(), [name](const auto& field) {
        return equal_ignoring_case(to_std(field.name_string()), name);
    });
}

// RFC 9110 section 5.3: several fields of one name are one list.
void append_to_list(std::string& list, std::string_view value) {
    if (!list.empty()) list += ", ";
    list += value;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// What a plus sign stands for depends on where it is.
std::string decode(std::string_view text, char plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += plus;
        } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                   hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

void append_field(std::string& wire, std::string_view name, std::string_view value) {
    wire += name;
    wire += ": ";
    wire += value;
    wire += "\r\n";
}

}  // namespace

HttpRequest::HttpRequest(std::unique_ptr<Message> message) : message_(std::move(message)) {}
HttpRequest::HttpRequest(HttpRequest&&) noexcept = default;
HttpRequest& HttpRequest::operator=(HttpRequest&&) noexcept = default;
HttpRequest::~HttpRequest() = default;

std::string_view HttpRequest::method() const {
    return to_std(message_->request.method_string());
}

std::string_view HttpRequest::path() const {
    const std::string_view target = origin_form(to_std(message_->request.target()));
    return target.substr(0, target.find('?'));
}

std::string_view HttpRequest::query() const {
    const std::string_view target = origin_form(to_std(message_->request.target()));
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::string_view HttpRequest::body() const {
    return message_->request.body();
}

std::string_view HttpRequest::header(std::string_view name) const {
    const http::fields& fields = message_->request.base();
    const auto field = find_field(fields, name);
    return field == fields.end() ? std::string_view{} : to_std(field->value());
}

bool HttpRequest::has_header(std::string_view name) const {
    const http::fields& fields = message_->request.base();
    return find_field(fields, name) != fields.end();
}

std::vector<std::string_view> HttpRequest::headers(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& field : message_->request.base()) {
        if (equal_ignoring_case(to_std(field.name_string()), name))
            values.push_back(to_std(field.value()));
    }
    return values;
}

std::string HttpRequest::joined_header(std::string_view name) const {
    std::string list;
    for (const std::string_view value : headers(name))
        append_to_list(list, value);
    return list;
}

unsigned HttpRequest::upgrade_refusal() const {
    std::string upgrade;
    std::string connection;
    std::size_t versions = 0;
    std::size_t keys = 0;
    ws::UpgradeHeaders headers;
    headers.method = method();
    headers.http_version = message_->request.version();
    for (const auto& field : message_->request.base()) {
        const std::string_view value = to_std(field.value());
        switch (field.name()) {
            case http::field::upgrade:
                append_to_list(upgrade, value);
                break;
            case http::field::connection:
                append_to_list(connection, value);
                break;
            case http::field::sec_websocket_version:
                if (++versions == 1) headers.version = value;
                break;
            case http::field::sec_websocket_key:
                if (++keys == 1) headers.key = value;
                break;
            default:
                break;
        }
    }
    // RFC 6455 section 11.3.1 and 11.3.5: not more than once.
    if (keys > 1 || versions > 1) return 400;
    headers.upgrade = upgrade;
    headers.connection = connection;
    const ws::UpgradeCheck check = ws::check_upgrade(headers);
    switch (check) {
        case ws::UpgradeCheck::ok:
            return 0;
        case ws::UpgradeCheck::no_upgrade:
        case ws::UpgradeCheck::bad_version:
            return 426;
        default:
            return 400;
    }
}

std::string percent_decoded(std::string_view text) {
    return decode(text, '+');
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const std::size_t equals = pair.find('=');
        if (decode(pair.substr(0, equals), ' ') == name) {
            return equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1), ' ');
        }
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return std::nullopt;
}

std::string http_date(WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    // Not strftime's %a and %b: those follow the locale.
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    const int size = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon],
                                   parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return {text, static_cast<std::size_t>(size)};
}

std::string serialize(const HttpResponse& response, unsigned http_version, bool keep_alive,
                      bool head_only) {
    constexpr std::size_t kUsualHeaderBytes = 512;
    const std::string_view body = response.shared_body.empty() ? std::string_view(response.body)
                                                               : response.shared_body.view();
    const bool bodiless = response.status / 100 == 1 || response.status == 204 ||
                          response.status == 304;  // RFC 9110 section 6.4.1
    const bool typed = !response.content_type.empty();
    const bool says_connection = response.status != 101 && (!keep_alive || http_version == 10);
    std::string connection = keep_alive ? "keep-alive" : "close";

    std::string wire;
    wire.reserve(kUsualHeaderBytes + (bodiless || head_only ? 0 : body.size()));
    wire += "HTTP/1.1 ";
    wire += std::to_string(response.status);
    wire += ' ';
    wire += to_std(http::obsolete_reason(static_cast<http::status>(response.status)));
    wire += "\r\n";
    for (const auto& [name, value] : response.headers) {
        if (says_connection && equal_ignoring_case(name, "Connection")) {
            append_to_list(connection, value);
        } else if (!(typed && equal_ignoring_case(name, "Content-Type")) &&
                   !(!bodiless && equal_ignoring_case(name, "Content-Length"))) {
            append_field(wire, name, value);
        }
    }
    if (typed) append_field(wire, "Content-Type", response.content_type);
    if (!bodiless) append_field(wire, "Content-Length", std::to_string(body.size()));
    if (says_connection) append_field(wire, "Connection", connection);
    wire += "\r\n";
    if (!bodiless && !head_only) wire += body;
    return wire;
}

}  // namespace confab::net
