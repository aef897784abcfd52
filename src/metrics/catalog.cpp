#include "metrics/catalog.hpp"

namespace confab::metrics {
namespace {

constexpr std::array<Series, kSeriesCount> kRows = {{
    {Id::connections_http, Type::gauge, "confab_connections", R"(kind="http")",
     "Open connections."},
    {Id::connections_websocket, Type::gauge, "confab_connections", R"(kind="websocket")", ""},
    {Id::rooms, Type::gauge, "confab_rooms", "", "Rooms that have a member."},
    {Id::room_members, Type::gauge, "confab_room_members", "",
     "Connections in rooms: one for each connection in each room."},
    {Id::accepted, Type::counter, "confab_accepted_total", "", "Connections accepted."},
    {Id::accept_errors, Type::counter, "confab_accept_errors_total", "",
     "Failures to accept a connection, for example for want of descriptors."},
    {Id::http_2xx, Type::counter, "confab_http_responses_total", R"(class="2xx")",
     "HTTP responses."},
    {Id::http_3xx, Type::counter, "confab_http_responses_total", R"(class="3xx")", ""},
    {Id::http_4xx, Type::counter, "confab_http_responses_total", R"(class="4xx")", ""},
    {Id::http_5xx, Type::counter, "confab_http_responses_total", R"(class="5xx")", ""},
    {Id::messages, Type::counter, "confab_messages_total", "", "Messages accepted from users."},
    {Id::notices, Type::counter, "confab_notices_total", "", "Join and leave notices made."},
    {Id::deliveries, Type::counter, "confab_deliveries_total", "",
     "Messages and notices queued for a connection."},
    {Id::bytes_received, Type::counter, "confab_bytes_total", R"(direction="received")",
     "Bytes read from and written to sockets."},
    {Id::bytes_sent, Type::counter, "confab_bytes_total", R"(direction="sent")", ""},
    {Id::websocket_frames_received, Type::counter, "confab_websocket_frames_received_total", "",
     "WebSocket frames read, control frames too."},
    {Id::refused_connection_cap, Type::counter, "confab_refusals_total",
     R"(reason="connection_cap")", "Connections and requests refused."},
    {Id::refused_bad_request, Type::counter, "confab_refusals_total", R"(reason="bad_request")",
     ""},
    {Id::refused_timeout, Type::counter, "confab_refusals_total", R"(reason="timeout")", ""},
    {Id::refused_token, Type::counter, "confab_refusals_total", R"(reason="token")", ""},
    {Id::refused_room_name, Type::counter, "confab_refusals_total", R"(reason="room_name")", ""},
    {Id::refused_upgrade, Type::counter, "confab_refusals_total", R"(reason="upgrade")", ""},
    {Id::refused_draining, Type::counter, "confab_refusals_total", R"(reason="draining")", ""},
    {Id::closed_protocol_error, Type::counter, "confab_websocket_closes_total",
     R"(reason="protocol_error")", "WebSocket connections ended."},
    {Id::closed_too_big, Type::counter, "confab_websocket_closes_total", R"(reason="too_big")", ""},
    {Id::closed_bad_utf8, Type::counter, "confab_websocket_closes_total", R"(reason="bad_utf8")",
     ""},
    {Id::closed_unsupported_data, Type::counter, "confab_websocket_closes_total",
     R"(reason="unsupported_data")", ""},
    {Id::closed_token_expired, Type::counter, "confab_websocket_closes_total",
     R"(reason="token_expired")", ""},
    {Id::closed_too_slow, Type::counter, "confab_websocket_closes_total", R"(reason="too_slow")",
     ""},
    {Id::closed_ping_timeout, Type::counter, "confab_websocket_closes_total",
     R"(reason="ping_timeout")", ""},
    {Id::closed_overloaded, Type::counter, "confab_websocket_closes_total",
     R"(reason="overloaded")", ""},
    {Id::closed_going_away, Type::counter, "confab_websocket_closes_total",
     R"(reason="going_away")", ""},
    {Id::closed_by_peer, Type::counter, "confab_websocket_closes_total", R"(reason="by_peer")", ""},
    {Id::closed_abrupt, Type::counter, "confab_websocket_closes_total", R"(reason="abrupt")", ""},
    {Id::auth_login_ok, Type::counter, "confab_auth_total", R"(result="login_ok")",
     "Sign-in, registration and session requests by result."},
    {Id::auth_login_failed, Type::counter, "confab_auth_total", R"(result="login_failed")", ""},
    {Id::auth_login_throttled, Type::counter, "confab_auth_total", R"(result="login_throttled")",
     ""},
    {Id::auth_registered, Type::counter, "confab_auth_total", R"(result="registered")", ""},
    {Id::auth_registration_throttled, Type::counter, "confab_auth_total",
     R"(result="registration_throttled")", ""},
    {Id::auth_refreshed, Type::counter, "confab_auth_total", R"(result="refreshed")", ""},
    {Id::auth_refresh_failed, Type::counter, "confab_auth_total", R"(result="refresh_failed")", ""},
    {Id::auth_refresh_reused, Type::counter, "confab_auth_total", R"(result="refresh_reused")", ""},
    {Id::auth_logout, Type::counter, "confab_auth_total", R"(result="logout")", ""},
    {Id::auth_password_changed, Type::counter, "confab_auth_total", R"(result="password_changed")",
     ""},
    {Id::auth_overloaded, Type::counter, "confab_auth_total", R"(result="overloaded")", ""},
    {Id::jwks_fetched, Type::counter, "confab_jwks_fetches_total", R"(result="ok")",
     "Fetches of an outside issuer's keys."},
    {Id::jwks_failed, Type::counter, "confab_jwks_fetches_total", R"(result="failed")", ""},
    {Id::mailbox_tasks, Type::gauge, "confab_mailbox_tasks", "",
     "Tasks that other threads have posted to a loop and that wait there."},
    {Id::mailbox_overflows, Type::counter, "confab_mailbox_overflows_total", "",
     "Tasks refused because a loop's mailbox was full."},
}};

constexpr bool rows_stand_at_their_id() {
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        if (static_cast<std::size_t>(kRows[i].id) != i || kRows[i].family.empty()) return false;
    }
    return true;
}
static_assert(rows_stand_at_their_id(), "one row for each Id, in the order of the Ids");

}  // namespace

const std::array<Series, kSeriesCount> kSeries = kRows;

}  // namespace confab::metrics
