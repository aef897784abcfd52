// Catalog: every metric of the server, its name, its labels and what it means.
// Thread: constants.
// Owns:   nothing.
// Limits: labels are fixed here; there is no label with a user, a room or an address.
// Invariants: (1) the number of series is constant. (2) rows of one family stand together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace confab::metrics {

// Counted up, or up and down (gauges); one row of kSeries each, in the same order.
enum class Id : std::uint8_t {
    connections_http,
    connections_websocket,
    rooms,
    room_members,
    accepted,
    accept_errors,
    http_2xx,
    http_3xx,
    http_4xx,
    http_5xx,
    messages,
    notices,
    deliveries,
    bytes_received,
    bytes_sent,
    websocket_frames_received,
    refused_connection_cap,
    refused_bad_request,
    refused_timeout,
    refused_token,
    refused_room_name,
    refused_upgrade,
    refused_draining,
    refused_origin,
    refused_address_cap,
    refused_user_cap,
    refused_connect_rate,
    refused_address_rate,
    closed_protocol_error,
    closed_too_big,
    closed_bad_utf8,
    closed_unsupported_data,
    closed_token_expired,
    closed_not_allowed,
    closed_too_slow,
    closed_ping_timeout,
    closed_overloaded,
    closed_going_away,
    closed_by_peer,
    closed_abrupt,
    closed_rate_limited,
    closed_ping_flood,
    auth_login_ok,
    auth_login_failed,
    auth_login_throttled,
    auth_registered,
    auth_registration_throttled,
    auth_refreshed,
    auth_refresh_failed,
    auth_refresh_reused,
    auth_logout,
    auth_password_changed,
    auth_overloaded,
    jwks_fetched,
    jwks_failed,
    mailbox_tasks,
    mailbox_overflows,
    feed_bytes,
    feed_evictions,
    lags,
    log_waiting,
    log_commits,
    log_stored,
    log_repeated,
    log_failed,
    log_refused,
    log_reads,
    log_deleted,
    send_batches,
    sends_io_uring,
    sends_sendmsg,
    tls_handshakes_ok,
    tls_handshakes_failed,
    tls_handshakes_timeout,
    proxy_header_errors,
    commands_malformed,
    commands_not_allowed,
    commands_not_found,
    commands_conflict,
    commands_rate_limited,
    commands_not_possible,
    quota_evictions,
    paused_busy,
    paused_address_rate,
    throttle_evictions,
    reloads_ok,
    reloads_failed,
    certificate_expiry,
    log_lines_dropped,
    count_
};
inline constexpr std::size_t kSeriesCount = static_cast<std::size_t>(Id::count_);

enum class Type : std::uint8_t { counter, gauge };

struct Series {
    Id id;
    Type type;
    std::string_view family;
    std::string_view labels;  // as they stand between the braces; empty: none
    std::string_view help;    // empty: as in the row above, of the same family
};

extern const std::array<Series, kSeriesCount> kSeries;

}  // namespace confab::metrics
