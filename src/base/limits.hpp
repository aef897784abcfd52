// Limits: every bound of the server, in one place. The names end in what they count.
// Thread: constants.
// Owns:   nothing.
// Limits: this file.
// Invariants: (1) nothing is unlimited. (2) a default that the operator may change stands in
//             config/options.hpp as the default of a key and is taken from here.
//             (3) relations between limits are checked when the program is compiled.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace confab {

using namespace std::chrono_literals;

// Names and identities.
inline constexpr std::size_t kRoomNameCharactersMax = 64;
inline constexpr std::size_t kUserIdBytesMax = 128;
inline constexpr std::size_t kUserNameCodePointsMax = 80;
inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 section 4.5.3.1.3, less the brackets

// HTTP.
inline constexpr std::size_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kHttpHeaderFieldsMax = 64;
inline constexpr std::size_t kHttpTargetBytesMax = 2 * 1024;
inline constexpr std::size_t kHttpBodyBytesMax = 16 * 1024;
inline constexpr std::size_t kHttpResponseBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kHttpPipelinedBytesMax = 32 * 1024;  // read ahead of the current request
inline constexpr auto kHttpHeaderTimeout = 10s;
inline constexpr auto kHttpBodyTimeout = 20s;
inline constexpr auto kHttpKeepAliveTimeout = 60s;
inline constexpr auto kHttpWriteTimeout = 30s;
inline constexpr auto kHttpLingerTimeout = 2s;  // reading on after a refusal, so that it arrives

// JSON, wherever it comes from.
inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonKeysMax = 64;

// WebSocket.
inline constexpr std::size_t kWsMessageBytesMax = 64 * 1024;
inline constexpr std::size_t kWsFragmentsMax = 64;
inline constexpr std::size_t kWsControlPayloadBytesMax = 125;  // RFC 6455 section 5.5
inline constexpr auto kWsAssemblyTimeout = 10s;
inline constexpr auto kWsPingInterval = 25s;
inline constexpr auto kWsPongTimeout = 10s;
inline constexpr auto kWsCloseTimeout = 5s;

// What one WebSocket may be owed.
inline constexpr std::size_t kOutboxBytesMax = 1024 * 1024;
inline constexpr std::size_t kOutboxFramesMax = 1024;
inline constexpr auto kOutboxStallTimeout = 10s;  // nothing written for this long: too slow

// Sockets and loops.
inline constexpr std::size_t kLoopsMax = 256;
inline constexpr std::size_t kLoopReadBufferBytes = 64 * 1024;
inline constexpr std::size_t kMailboxTasksMax = 64 * 1024;  // waiting for one loop
inline constexpr int kListenBacklog = 4096;
inline constexpr int kSocketSendBufferBytes = 128 * 1024;
inline constexpr auto kTcpUserTimeout = 30s;
inline constexpr auto kAcceptPause = 100ms;  // after running out of descriptors
inline constexpr std::size_t kReservedDescriptors = 256;  // for files, database and the loops
inline constexpr auto kTimerTick = 100ms;
inline constexpr auto kDrainTimeout = 30s;

// Accounts and passwords.
inline constexpr std::size_t kPasswordCodePointsMin = 8;
inline constexpr std::size_t kPasswordCodePointsMax = 128;
inline constexpr std::size_t kPasswordBytesMax = 512;
inline constexpr std::size_t kArgonMemoryBytes = 19456ULL * 1024;
inline constexpr std::uint64_t kArgonPasses = 2;
inline constexpr std::size_t kHashThreadsMax = 4;
inline constexpr std::size_t kHashQueueMax = 64;
inline constexpr std::size_t kAccountQueueMax = 256;
inline constexpr auto kWorkerWaitMax = 2s;

// Login failures.
inline constexpr std::uint32_t kLoginFreeFailures = 5;
inline constexpr auto kLoginDelayFirst = 1s;
inline constexpr auto kLoginDelayMax = 15min;
inline constexpr std::uint32_t kLoginPerAddressPerMinute = 20;  // failures
inline constexpr std::uint32_t kRegistrationsPerAddressPerHour = 60;
inline constexpr std::size_t kThrottleEntriesMax = 64 * 1024;

// Tokens.
inline constexpr std::size_t kTokenBytesMax = 2 * 1024;
inline constexpr std::size_t kTokenSecretBytesMin = 32;
inline constexpr auto kAccessTokenTtl = 3600s;
inline constexpr auto kTokenLeeway = 30s;
inline constexpr auto kRefreshIdleTtl = 14 * 24h;
inline constexpr auto kRefreshAbsoluteTtl = 90 * 24h;
inline constexpr auto kRefreshGrace = 20s;
inline constexpr std::size_t kIssuersMax = 8;
inline constexpr std::size_t kJwksKeysMax = 8;
inline constexpr std::size_t kJwksBytesMax = 64 * 1024;
inline constexpr auto kJwksFetchTimeout = 5s;
inline constexpr auto kJwksRefreshInterval = 10min;
inline constexpr auto kJwksRefreshMin = 10s;  // between two fetches asked for by unknown keys
inline constexpr std::size_t kJwksWaitersMax = 1024;

// Rooms.
inline constexpr std::size_t kRoomNoticeMergeUsers = 200;  // above this, notices are merged
inline constexpr auto kNoticeMergeInterval = 1s;

static_assert(kHttpTargetBytesMax < kHttpHeaderBytesMax);
static_assert(kOutboxBytesMax >= 4 * kWsMessageBytesMax, "a few of the longest messages fit");
static_assert(kLoopReadBufferBytes >= kHttpHeaderBytesMax);
static_assert(kRefreshIdleTtl <= kRefreshAbsoluteTtl);
static_assert(kWsCloseTimeout < kDrainTimeout);

}  // namespace confab
