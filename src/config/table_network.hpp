// TableNetwork: the keys of listening, HTTP, WebSocket and the limits on connections.
// Thread: constants.
// Owns:   nothing.
// Limits: each row has a range.
// Invariant: the rows of a section stand together; included by keys.cpp alone.
#pragma once

#include <array>

#include "config/binding.hpp"
#include "config/formats.hpp"

namespace confab::config::table {

using O = Options;
using K = Kind;
using S = ServerOptions;
using N = NetOptions;
using H = HttpOptions;
using W = WsOptions;
using L = LimitOptions;

inline constexpr std::uint64_t kListBytesMax = 16ULL * 1024;
inline constexpr std::uint64_t kRateMax = kLifted;

inline constexpr std::array kNetwork = {
    key<O, &O::profile>(
        {"profile", K::choice, 0, 0, "default|bench",
         "Set of defaults; bench lifts rate limits and per-address caps, for load tests only"}),

    key<O, &O::server, &S::bind>({"server.bind", K::text, 1, 45, "an IP address",
                                  "Address to listen on; 0.0.0.0 or :: for all", is_ip_address}),
    key<O, &O::server, &S::port>({"server.port", K::number, 0, 65535, "",
                                  "Port to listen on; 0: any free one, shown at start"}),
    key<O, &O::server, &S::loops>({"server.loops", K::number, 0, kLoopsMax, "",
                                   "Event loops, each a thread; 0: one per core"}),
    live_key<O, &O::server, &S::connections_max>(
        {"server.connections_max", K::number, 0, 10'000'000, "",
         "Connections at a time, at most as many as the descriptor limit allows; 0: so many"}),
    live_key<O, &O::server, &S::deflate>(
        {"server.deflate", K::boolean, 0, 0, "",
         "Whether clients may have messages compressed (permessage-deflate)"}),
    live_key<O, &O::server, &S::insecure_listen>(
        {"server.insecure_listen", K::boolean, 0, 0, "",
         "Whether to listen without TLS where other machines can connect, with no proxy named in "
         "net.trusted_proxies: passwords and tokens can be read on the way"}),
    live_key<O, &O::server, &S::drain_timeout>(
        {"server.drain_timeout_s", K::number, 1, 600, "",
         "How long connections may take to finish at shutdown"}),

    key<O, &O::net, &N::io_uring>({"net.io_uring", K::choice, 0, 0, "auto|off",
                                   "Sending through io_uring; auto: where the kernel allows it"}),
    live_key<O, &O::net, &N::trusted_proxies>(
        {"net.trusted_proxies", K::text, 0, kListBytesMax,
         "a list of networks such as 10.0.0.0/8, ::1, or unix",
         "Proxies whose word about a client's address is taken", is_network_list}),

    live_key<O, &O::http, &H::header_bytes_max>(
        {"http.header_bytes_max", K::number, 1024, kLoopReadBufferBytes, "",
         "Request line and header fields together; more: 431"}),
    live_key<O, &O::http, &H::header_fields_max>(
        {"http.header_fields_max", K::number, 8, 1024, "", "Number of header fields; more: 431"}),
    live_key<O, &O::http, &H::target_bytes_max>(
        {"http.target_bytes_max", K::number, 256, 32 * 1024, "",
         "Request target, a token in it included; more: 414"}),
    live_key<O, &O::http, &H::body_bytes_max>(
        {"http.body_bytes_max", K::number, 1024, kMiB, "", "Request body; more: 413"}),
    live_key<O, &O::http, &H::header_timeout>({"http.header_timeout_ms", K::number, 100, 600'000,
                                               "",
                                               "From the connection's start to a complete header"}),
    live_key<O, &O::http, &H::body_timeout>({"http.body_timeout_ms", K::number, 100, 600'000, "",
                                             "From the header to a complete body"}),
    live_key<O, &O::http, &H::keep_alive_timeout>({"http.keep_alive_timeout_ms", K::number, 100,
                                                   3'600'000, "",
                                                   "Between two requests of one connection"}),
    live_key<O, &O::http, &H::tls_handshake_timeout>(
        {"http.tls_handshake_timeout_ms", K::number, 100, 600'000, "",
         "From the connection's start to the end of its TLS handshake"}),
    live_key<O, &O::http, &H::origins>(
        {"http.origins", K::text, 0, kListBytesMax,
         "a list of origins such as https://chat.example",
         "Pages that may open a WebSocket; empty: those of the server's own host; *: all",
         is_origin_list}),

    live_key<O, &O::ws, &W::message_bytes_max>(
        {"ws.message_bytes_max", K::number, 125, 16 * kMiB, "",
         "A WebSocket message, all fragments together; more: close 1009"}),
    live_key<O, &O::ws, &W::fragments_max>(
        {"ws.fragments_max", K::number, 1, 65536, "", "Fragments of one message"}),
    live_key<O, &O::ws, &W::assembly_timeout>({"ws.assembly_timeout_ms", K::number, 100, 600'000,
                                               "",
                                               "From the first fragment of a message to its last"}),
    live_key<O, &O::ws, &W::ping_interval>({"ws.ping_interval_ms", K::number, 100, 3'600'000, "",
                                            "Silence after which a ping is sent"}),
    live_key<O, &O::ws, &W::pong_timeout>({"ws.pong_timeout_ms", K::number, 100, 600'000, "",
                                           "How long the answer to a ping may take"}),
    live_key<O, &O::ws, &W::close_timeout>({"ws.close_timeout_ms", K::number, 100, 60'000, "",
                                            "How long the answer to a close frame may take"}),
    live_key<O, &O::ws, &W::outbox_bytes_max>(
        {"ws.outbox_bytes_max", K::number, 4096, 1024 * kMiB, "",
         "Bytes of answers and control frames of one connection that may wait; more: close 4009"}),
    live_key<O, &O::ws, &W::outbox_frames_max>(
        {"ws.outbox_frames_max", K::number, 16, 1'000'000, "",
         "Answers and control frames of one connection that may wait; more: close 4009"}),
    live_key<O, &O::ws, &W::outbox_stall_timeout>(
        {"ws.outbox_stall_timeout_ms", K::number, 100, 600'000, "",
         "How long a connection may take nothing of what waits; longer: close 4009"}),

    live_key<O, &O::feed, &FeedOptions::room_bytes_max>(
        {"feed.room_bytes_max", K::number, 64 * 1024, 1024 * kMiB, "",
         "Newest messages of a room that each loop keeps for slow readers"}),
    live_key<O, &O::feed, &FeedOptions::total_bytes_max>(
        {"feed.total_bytes_max", K::number, kMiB, 1024 * 1024 * kMiB, "",
         "The same of all rooms together, shared out to the loops, each at least "
         "feed.room_bytes_max; more: the largest rooms go first"}),

    live_key<O, &O::limits, &L::connections_per_address>(
        {"limits.connections_per_address", K::number, 1, kRateMax, "",
         "Connections of one address, of IPv6 of one /64; more: 429"}),
    live_key<O, &O::limits, &L::connections_per_user>({"limits.connections_per_user", K::number, 1,
                                                       kRateMax, "",
                                                       "WebSockets of one user; more: 429"}),
    live_key<O, &O::limits, &L::connects_per_second>(
        {"limits.connects_per_second", K::number, 1, kRateMax, "",
         "New connections of the whole server in a second; more: 503"}),
    live_key<O, &O::limits, &L::connects_burst>({"limits.connects_burst", K::number, 1, kRateMax,
                                                 "",
                                                 "New connections at once, after a quiet while"}),
    live_key<O, &O::limits, &L::address_connects_per_second>(
        {"limits.address_connects_per_second", K::number, 1, kRateMax, "",
         "New connections from one address in a second; more: 429"}),
    live_key<O, &O::limits, &L::address_connects_burst>(
        {"limits.address_connects_burst", K::number, 1, kRateMax, "",
         "New connections from one address at once"}),
    live_key<O, &O::limits, &L::messages_per_second>(
        {"limits.messages_per_second", K::number, 1, kRateMax, "",
         "Messages of one connection in a second; more: close 4008"}),
    live_key<O, &O::limits, &L::messages_burst>({"limits.messages_burst", K::number, 1, kRateMax,
                                                 "", "Messages of one connection at once"}),
    live_key<O, &O::limits, &L::user_messages_per_second>(
        {"limits.user_messages_per_second", K::number, 1, kRateMax, "",
         "Messages of one user, all devices, in a second; more: close 4008"}),
    live_key<O, &O::limits, &L::user_messages_burst>(
        {"limits.user_messages_burst", K::number, 1, kRateMax, "", "Messages of one user at once"}),
    live_key<O, &O::limits, &L::user_reads_per_second>(
        {"limits.user_reads_per_second", K::number, 1, kRateMax, "",
         "Questions of one user in a second: history, members, presence, rooms, read markers"}),
    live_key<O, &O::limits, &L::user_reads_burst>({"limits.user_reads_burst", K::number, 1,
                                                   kRateMax, "",
                                                   "Such requests of one user at once"}),
    live_key<O, &O::limits, &L::address_messages_per_second>(
        {"limits.address_messages_per_second", K::number, 1, kRateMax, "",
         "Messages from one address in a second; more: it is read more slowly"}),
    live_key<O, &O::limits, &L::address_messages_burst>({"limits.address_messages_burst", K::number,
                                                         1, kRateMax, "",
                                                         "Messages from one address at once"}),
    live_key<O, &O::limits, &L::pings_per_second>(
        {"limits.pings_per_second", K::number, 1, kRateMax, "",
         "Pings and pongs of one connection in a second; more: close 4008"}),
    live_key<O, &O::limits, &L::pings_burst>({"limits.pings_burst", K::number, 1, kRateMax, "",
                                              "Pings and pongs of one connection at once"}),
};

}  // namespace confab::config::table
