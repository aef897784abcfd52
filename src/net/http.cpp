#include "net/http.hpp"

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/status.hpp>
#include <cstdio>
#include <ctime>
#include <optional>

#include "net/http_message.hpp"
#include "ws/handshake.hpp"

namespace confab::net {
namespace {

namespace http = boost::beast::http;

std::string_view to_std(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

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

// RFC 9110 section 5.3: several fields of one name are one list.
std::string joined(const http::fields& fields, boost::beast::string_view name) {
    std::string list;
    const auto range = fields.equal_range(name);
    for (auto field = range.first; field != range.second; ++field) {
        if (!list.empty()) list += ", ";
        list += to_std(field->value());
    }
    return list;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
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
    const auto field = message_->request.find({name.data(), name.size()});
    return field == message_->request.end() ? std::string_view{} : to_std(field->value());
}

bool HttpRequest::has_header(std::string_view name) const {
    return message_->request.find({name.data(), name.size()}) != message_->request.end();
}

unsigned HttpRequest::upgrade_refusal() const {
    // RFC 6455 section 11.3.1 and 11.3.5: not more than once.
    const http::fields& fields = message_->request.base();
    if (fields.count("Sec-WebSocket-Key") > 1 || fields.count("Sec-WebSocket-Version") > 1) {
        return 400;
    }
    const std::string upgrade = joined(fields, "Upgrade");
    const std::string connection = joined(fields, "Connection");
    const ws::UpgradeCheck check = ws::check_upgrade({
        .method = method(),
        .http_version = message_->request.version(),
        .upgrade = upgrade,
        .connection = connection,
        .version = header("Sec-WebSocket-Version"),
        .key = header("Sec-WebSocket-Key"),
        .protocols = header("Sec-WebSocket-Protocol"),
    });
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

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const std::size_t equals = pair.find('=');
        if (decode(pair.substr(0, equals)) == name) {
            return equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1));
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
    http::fields fields;
    const std::string_view body = response.shared_body.empty() ? std::string_view(response.body)
                                                               : response.shared_body.view();
    for (const auto& [name, value] : response.headers) {
        fields.insert(name, value);
    }
    if (!response.content_type.empty())
        fields.set(http::field::content_type, response.content_type);
    const bool bodiless = response.status / 100 == 1 || response.status == 204 ||
                          response.status == 304;  // RFC 9110 section 6.4.1
    if (!bodiless) fields.set(http::field::content_length, std::to_string(body.size()));
    if (response.status != 101 && (!keep_alive || http_version == 10)) {
        std::string connection = keep_alive ? "keep-alive" : "close";
        const auto given = fields.find(http::field::connection);
        if (given != fields.end()) connection += ", " + std::string(to_std(given->value()));
        fields.set(http::field::connection, connection);
    }

    std::string wire = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    wire += to_std(http::obsolete_reason(static_cast<http::status>(response.status)));
    wire += "\r\n";
    for (const auto& field : fields) {
        wire += to_std(field.name_string());
        wire += ": ";
        wire += to_std(field.value());
        wire += "\r\n";
    }
    wire += "\r\n";
    if (!bodiless && !head_only) wire += body;
    return wire;
}

}  // namespace confab::net
