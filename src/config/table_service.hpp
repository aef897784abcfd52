// TableService: the keys of data, store, retention, chat, accounts, metrics and log.
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
using C = ChatOptions;
using R = RetentionOptions;
using A = AuthOptions;

inline constexpr std::uint64_t kPathBytesMax = 4096;
inline constexpr std::uint64_t kNameBytesMax = 256;
inline constexpr std::uint64_t kSecretBytesMax = 4096;
inline constexpr std::uint64_t kYearS = 366ULL * 24 * 3600;

inline constexpr std::uint64_t kAgeDaysMax = 36'500;
inline constexpr std::uint64_t kRoomEventsMax = 1'000'000'000'000;
inline constexpr std::uint64_t kRoomBytesMax = 1024 * 1024 * kMiB;
inline constexpr const char* kSameForPrivate = "The same for private rooms";
inline constexpr const char* kSameForDirect = "The same for direct rooms";

// What is kept of one kind of room.
template <auto kind, auto rule>
constexpr auto retention_key(const char* name, std::uint64_t max, const char* meaning) {
    return live_key<O, &O::retention, kind, rule>({name, K::number, 0, max, "", meaning});
}

inline constexpr std::array kService = {
    key<O, &O::data, &DataOptions::dir>({"data.dir", K::text, 1, kPathBytesMax, "",
                                         "Directory of the database and the signing secret"}),
    key<O, &O::store, &StoreOptions::kind>(
        {"store.kind", K::choice, 0, 0, "sqlite|memory",
         "Where accounts are kept; memory: gone at the end, nothing is written to disk"}),
    key<O, &O::store, &StoreOptions::check_at_start>(
        {"store.check_at_start", K::choice, 0, 0, "quick|off",
         "Whether the database is looked through for damage, at most 2 s, before it is used"}),

    retention_key<&R::public_rooms, &RetentionRules::age>(
        "retention.public.age_days", kAgeDaysMax,
        "How long messages of public rooms are kept; 0: without end. retention.* is for "
        "store.kind = sqlite"),
    retention_key<&R::public_rooms, &RetentionRules::events_per_room>(
        "retention.public.events_per_room", kRoomEventsMax,
        "How many events are kept of a room, the newest; 0: all"),
    retention_key<&R::public_rooms, &RetentionRules::bytes_per_room>(
        "retention.public.bytes_per_room", kRoomBytesMax,
        "How much text is kept of a room, the newest; 0: all"),
    retention_key<&R::private_rooms, &RetentionRules::age>("retention.private.age_days",
                                                           kAgeDaysMax, kSameForPrivate),
    retention_key<&R::private_rooms, &RetentionRules::events_per_room>(
        "retention.private.events_per_room", kRoomEventsMax, kSameForPrivate),
    retention_key<&R::private_rooms, &RetentionRules::bytes_per_room>(
        "retention.private.bytes_per_room", kRoomBytesMax, kSameForPrivate),
    retention_key<&R::direct_rooms, &RetentionRules::age>("retention.direct.age_days", kAgeDaysMax,
                                                          kSameForDirect),
    retention_key<&R::direct_rooms, &RetentionRules::events_per_room>(
        "retention.direct.events_per_room", kRoomEventsMax, kSameForDirect),
    retention_key<&R::direct_rooms, &RetentionRules::bytes_per_room>(
        "retention.direct.bytes_per_room", kRoomBytesMax, kSameForDirect),

    live_key<O, &O::chat, &C::default_room>({"chat.default_room", K::text, 1,
                                             kRoomNameCharactersMax,
                                             "1 to 64 letters, digits, '.', '_' or '-'",
                                             "Room of a client that names none", is_room_name}),
    key<O, &O::chat, &C::notice_merge_users>(
        {"chat.notice_merge_users", K::number, 1, 1'000'000, "",
         "In rooms of more users join and leave notices are merged"}),
    key<O, &O::chat, &C::notice_merge_interval>(
        {"chat.notice_merge_interval_ms", K::number, 100, 60'000, "",
         "How often merged notices are sent, and to protocol v2 who came and went"}),

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
    live_key<O, &O::auth, &A::registration>(
        {"auth.registration", K::boolean, 0, 0, "",
         "Whether anybody may register; false: `confab user add` only"}),
    live_key<O, &O::auth, &A::close_on_token_expiry>(
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
    live_key<O, &O::auth, &A::throttle>(
        {"auth.throttle", K::boolean, 0, 0, "",
         "Whether failed logins are delayed and registrations limited"}),
    live_key<O, &O::auth, &A::login_free_failures>(
        {"auth.login_free_failures", K::number, 1, 100, "",
         "Wrong passwords of an account before delays begin"}),
    live_key<O, &O::auth, &A::login_failures_per_address_per_minute>(
        {"auth.login_failures_per_address_per_minute", K::number, 1, 1'000'000, "",
         "Wrong passwords from one address"}),
    live_key<O, &O::auth, &A::registrations_per_address_per_hour>(
        {"auth.registrations_per_address_per_hour", K::number, 1, 1'000'000, "",
         "New accounts from one address"}),

    key<O, &O::metrics, &MetricsOptions::bind>({"metrics.bind", K::text, 1, 45, "an IP address",
                                                "Address of the listener for /metrics",
                                                is_ip_address}),
    key<O, &O::metrics, &MetricsOptions::port>(
        {"metrics.port", K::number, 0, 65535, "",
         "Its port; 0: none of its own, the main one answers loopback"}),

    live_key<O, &O::log, &LogOptions::level>({"log.level", K::choice, 0, 0,
                                              "debug|info|warn|error|off",
                                              "Least level of a line that is written"}),
    key<O, &O::log, &LogOptions::format>({"log.format", K::choice, 0, 0, "auto|human|json",
                                          "auto: human on a terminal, JSON lines otherwise"}),
};

}  // namespace confab::config::table
