#include "config/keys.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/ids.hpp"
#include "config/binding.hpp"

namespace confab::config {
namespace {

using O = Options;
using I = IssuerSection;

constexpr std::uint64_t kPathBytesMax = 4096;
constexpr std::uint64_t kNameBytesMax = 256;
constexpr std::uint64_t kSecretBytesMax = 4096;
constexpr std::uint64_t kMiB = 1024ULL * 1024;
constexpr std::uint64_t kYearS = 366ULL * 24 * 3600;

bool is_address(std::string_view text) {
    const std::string address(text);
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
}

bool is_room_name(std::string_view text) {
    return RoomName::parse(text).has_value();
}

using K = Kind;
using S = ServerOptions;
using H = HttpOptions;
using W = WsOptions;
using C = ChatOptions;
using A = AuthOptions;

constexpr std::array kOptionKeys = {
    key<O, &O::profile>(
        {"profile", K::choice, 0, 0, "default|bench",
         "Set of defaults; bench lifts rate limits and per-address caps, for load tests only"}),

    key<O, &O::server, &S::bind>({"server.bind", K::text, 1, 45, "an IP address",
                                  "Address to listen on; 0.0.0.0 or :: for all", is_address}),
    key<O, &O::server, &S::port>({"server.port", K::number, 0, 65535, "",
                                  "Port to listen on; 0: any free one, shown at start"}),
    key<O, &O::server, &S::loops>({"server.loops", K::number, 0, kLoopsMax, "",
                                   "Event loops, each a thread; 0: one per core"}),
    key<O, &O::server, &S::connections_max>(
        {"server.connections_max", K::number, 0, 10'000'000, "",
         "Connections at a time; 0: as many as the descriptor limit allows"}),
    key<O, &O::server, &S::drain_timeout>({"server.drain_timeout_s", K::number, 1, 600, "",
                                           "How long connections may take to finish at shutdown"}),

    key<O, &O::data, &DataOptions::dir>({"data.dir", K::text, 1, kPathBytesMax, "",
                                         "Directory of the database and the signing secret"}),
    key<O, &O::store, &StoreOptions::kind>(
        {"store.kind", K::choice, 0, 0, "sqlite|memory",
         "Where accounts are kept; memory: gone at the end, nothing is written to disk"}),

    key<O, &O::http, &H::header_bytes_max>({"http.header_bytes_max", K::number, 1024,
                                            kLoopReadBufferBytes, "",
                                            "Request line and header fields together; more: 431"}),
    key<O, &O::http, &H::header_fields_max>(
        {"http.header_fields_max", K::number, 8, 1024, "", "Number of header fields; more: 431"}),
    key<O, &O::http, &H::target_bytes_max>({"http.target_bytes_max", K::number, 256, 32 * 1024, "",
                                            "Request target, a token in it included; more: 414"}),
    key<O, &O::http, &H::body_bytes_max>(
        {"http.body_bytes_max", K::number, 1024, kMiB, "", "Request body; more: 413"}),
    key<O, &O::http, &H::header_timeout>({"http.header_timeout_ms", K::number, 100, 600'000, "",
                                          "From the connection's start to a complete header"}),
    key<O, &O::http, &H::body_timeout>({"http.body_timeout_ms", K::number, 100, 600'000, "",
                                        "From the header to a complete body"}),
    key<O, &O::http, &H::keep_alive_timeout>({"http.keep_alive_timeout_ms", K::number, 100,
                                              3'600'000, "",
                                              "Between two requests of one connection"}),

    key<O, &O::ws, &W::message_bytes_max>(
        {"ws.message_bytes_max", K::number, 125, 16 * kMiB, "",
         "A WebSocket message, all fragments together; more: close 1009"}),
    key<O, &O::ws, &W::fragments_max>(
        {"ws.fragments_max", K::number, 1, 65536, "", "Fragments of one message"}),
    key<O, &O::ws, &W::assembly_timeout>({"ws.assembly_timeout_ms", K::number, 100, 600'000, "",
                                          "From the first fragment of a message to its last"}),
    key<O, &O::ws, &W::ping_interval>({"ws.ping_interval_ms", K::number, 100, 3'600'000, "",
                                       "Silence after which a ping is sent"}),
    key<O, &O::ws, &W::pong_timeout>({"ws.pong_timeout_ms", K::number, 100, 600'000, "",
                                      "How long the answer to a ping may take"}),
    key<O, &O::ws, &W::close_timeout>({"ws.close_timeout_ms", K::number, 100, 60'000, "",
                                       "How long the answer to a close frame may take"}),
    key<O, &O::ws, &W::outbox_bytes_max>(
        {"ws.outbox_bytes_max", K::number, 4096, 1024 * kMiB, "",
         "Bytes that may wait for one connection; more: close 4009"}),
    key<O, &O::ws, &W::outbox_frames_max>(
        {"ws.outbox_frames_max", K::number, 16, 1'000'000, "",
         "Frames that may wait for one connection; more: close 4009"}),
    key<O, &O::ws, &W::outbox_stall_timeout>(
        {"ws.outbox_stall_timeout_ms", K::number, 100, 600'000, "",
         "How long a connection may take nothing of what waits; longer: close 4009"}),

    key<O, &O::chat, &C::default_room>({"chat.default_room", K::text, 1, kRoomNameCharactersMax,
                                        "1 to 64 letters, digits, '.', '_' or '-'",
                                        "Room of a client that names none", is_room_name}),
    key<O, &O::chat, &C::notice_merge_users>(
        {"chat.notice_merge_users", K::number, 1, 1'000'000, "",
         "In rooms of more users join and leave notices are merged"}),
    key<O, &O::chat, &C::notice_merge_interval>({"chat.notice_merge_interval_ms", K::number, 100,
                                                 60'000, "", "How often merged notices are sent"}),

    key<O, &O::auth, &A::secret>(
        {"auth.secret", K::secret, 0, kSecretBytesMax, "",
         "Signing secret of own tokens; empty: one is made in the data directory. Other users of "
         "the machine can see it in a flag"}),
    key<O, &O::auth, &A::secret_file>(
        {"auth.secret_file", K::text, 0, kPathBytesMax, "",
         "File that holds the signing secret, instead of auth.secret"}),
    key<O, &O::auth, &A::issuer>(
        {"auth.issuer", K::text, 1, kNameBytesMax, "", "iss of own tokens"}),
    key<O, &O::auth, &A::audience>(
        {"auth.audience", K::text, 1, kNameBytesMax, "", "aud of own tokens"}),
    key<O, &O::auth, &A::token_ttl>(
        {"auth.token_ttl_s", K::number, 1, 7 * 24 * 3600, "", "Life of an access token"}),
    key<O, &O::auth, &A::refresh_idle_ttl>({"auth.refresh_idle_ttl_s", K::number, 1, kYearS, "",
                                            "A session ends when it is not refreshed for so long"}),
    key<O, &O::auth, &A::refresh_absolute_ttl>({"auth.refresh_absolute_ttl_s", K::number, 1,
                                                2 * kYearS, "",
                                                "A session ends after so long in any case"}),
    key<O, &O::auth, &A::refresh_grace>(
        {"auth.refresh_grace_s", K::number, 0, 60, "",
         "How long the previous refresh token may be repeated, for a lost answer; 0: not at all"}),
    key<O, &O::auth, &A::registration>(
        {"auth.registration", K::boolean, 0, 0, "",
         "Whether anybody may register; false: `confab user add` only"}),
    key<O, &O::auth, &A::close_on_token_expiry>(
        {"auth.close_on_token_expiry", K::boolean, 0, 0, "",
         "Whether a WebSocket is closed (4001) when its token expires"}),
    key<O, &O::auth, &A::password_min>({"auth.password_min", K::number, kPasswordCodePointsMin, 64,
                                        "", "Characters a new password must have"}),
    key<O, &O::auth, &A::argon_memory_bytes>({"auth.argon_memory_bytes", K::number,
                                              kArgonMemoryBytes, 1024 * kMiB, "",
                                              "Memory of one password hash (argon2id)"}),
    key<O, &O::auth, &A::argon_passes>(
        {"auth.argon_passes", K::number, kArgonPasses, 16, "", "Passes of one password hash"}),
    key<O, &O::auth, &A::hash_threads>({"auth.hash_threads", K::number, 0, 64, "",
                                        "Password hashes at a time; 0: one per core, at most 4"}),
    key<O, &O::auth, &A::hash_queue_max>({"auth.hash_queue_max", K::number, 1, 4096, "",
                                          "Password checks that may wait; more: 503"}),
    key<O, &O::auth, &A::throttle>({"auth.throttle", K::boolean, 0, 0, "",
                                    "Whether failed logins are delayed and registrations limited"}),
    key<O, &O::auth, &A::login_free_failures>(
        {"auth.login_free_failures", K::number, 1, 100, "",
         "Wrong passwords of an account before delays begin"}),
    key<O, &O::auth, &A::login_failures_per_address_per_minute>(
        {"auth.login_failures_per_address_per_minute", K::number, 1, 1'000'000, "",
         "Wrong passwords from one address"}),
    key<O, &O::auth, &A::registrations_per_address_per_hour>(
        {"auth.registrations_per_address_per_hour", K::number, 1, 1'000'000, "",
         "New accounts from one address"}),

    key<O, &O::metrics, &MetricsOptions::bind>({"metrics.bind", K::text, 1, 45, "an IP address",
                                                "Address of the listener for /metrics",
                                                is_address}),
    key<O, &O::metrics, &MetricsOptions::port>(
        {"metrics.port", K::number, 0, 65535, "",
         "Its port; 0: none of its own, the main one answers loopback"}),

    key<O, &O::log, &LogOptions::level>({"log.level", K::choice, 0, 0, "debug|info|warn|error|off",
                                         "Least level of a line that is written"}),
    key<O, &O::log, &LogOptions::format>({"log.format", K::choice, 0, 0, "auto|human|json",
                                          "auto: human on a terminal, JSON lines otherwise"}),
};

constexpr std::array kIssuerKeys = {
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

}  // namespace

std::span<const Key<Options>> option_keys() {
    return kOptionKeys;
}

std::span<const Key<IssuerSection>> issuer_keys() {
    return kIssuerKeys;
}

bool is_issuer_name(std::string_view name) {
    return !name.empty() && name.size() <= kIssuerNameMax &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string environment_name(std::string_view key) {
    std::string name = "CONFAB_";
    for (const char c : key) {
        const bool small = c >= 'a' && c <= 'z';
        name += c == '.' ? '_' : small ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

}  // namespace confab::config
