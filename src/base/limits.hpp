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
inline constexpr std::size_t kMadeRoomNameCharacters = 26;  // 130 bits, after the prefix
inline constexpr std::size_t kUserIdBytesMax = 128;
inline constexpr std::size_t kUserNameCodePointsMax = 80;
inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 section 4.5.3.1.3, less the brackets

// HTTP.
inline constexpr std::size_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kHttpHeaderFieldsMax = 64;
inline constexpr std::size_t kHttpTargetBytesMax = 2 * 1024;
inline constexpr std::size_t kHttpBodyBytesMax = 16 * 1024;
inline constexpr auto kHttpHeaderTimeout = 10s;
inline constexpr auto kHttpBodyTimeout = 20s;
inline constexpr auto kHttpKeepAliveTimeout = 60s;
inline constexpr auto kHttpWriteTimeout = 30s;
inline constexpr auto kTlsHandshakeTimeout = 10s;
inline constexpr auto kHttpLingerTimeout = 2s;  // reading on after a refusal, so that it arrives

// JSON, wherever it comes from.
inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonKeysMax = 64;
inline constexpr std::int64_t kJsonIntegerMax = std::int64_t{1} << 53;  // every reader is exact

// TLS.
inline constexpr std::size_t kTlsFileBytesMax = 64 * 1024;    // a chain, or a key
inline constexpr std::size_t kTlsRecordBytesMax = 16 * 1024;  // RFC 8446 section 5.1
inline constexpr std::size_t kTlsRecordOverheadBytes = 32;    // more than any cipher we take
inline constexpr std::size_t kTlsRecordSealedBytesMax = 5 + 16 * 1024 + 2048;  // RFC 5246 6.2.3
inline constexpr std::size_t kTlsInputBytesMax = 96 * 1024;                    // not decrypted yet
inline constexpr std::size_t kTlsHandshakeInputBytesMax = 32 * 1024;  // before there is a session
inline constexpr std::size_t kTlsControlBytesMax = 64 * 1024;         // answers that wait unsent
inline constexpr std::size_t kTlsKeyUpdateStepsMax = 256;             // a key update makes about 5
inline constexpr std::size_t kTlsKeyUpdateBytes = 1024 * 1024;  // of data, then it counts anew
inline constexpr auto kTlsExpiryWarning = 14 * 24h;

// Who is at the other end, when a proxy says so.
inline constexpr std::size_t kProxyHeaderBytesMax = 536;  // PROXY protocol section 2: one segment
inline constexpr std::size_t kForwardedHopsMax = 32;

// WebSocket.
inline constexpr std::size_t kWsMessageBytesMax = 64 * 1024;
inline constexpr std::size_t kWsFragmentsMax = 64;
inline constexpr std::size_t kWsControlPayloadBytesMax = 125;  // RFC 6455 section 5.5
inline constexpr std::size_t kWsCloseReasonBytesMax = 123;     // the same, less the code
inline constexpr std::size_t kWsSubprotocolsMax = 16;          // offered by one client
inline constexpr auto kWsAssemblyTimeout = 10s;
inline constexpr auto kWsPingInterval = 25s;
inline constexpr auto kWsPongTimeout = 10s;
inline constexpr auto kWsCloseTimeout = 5s;

// Extensions of a WebSocket, permessage-deflate.
inline constexpr std::size_t kWsExtensionOffersMax = 16;         // by one client
inline constexpr std::size_t kWsExtensionParametersMax = 16;     // of one offer
inline constexpr std::size_t kWsDeflateBytesMin = 128;           // shorter payloads go as they are
inline constexpr std::size_t kWsDeflateBufferBytes = 64 * 1024;  // kept between two messages

// Answers and control frames of one WebSocket that wait.
inline constexpr std::size_t kOutboxBytesMax = 1024 * 1024;
inline constexpr std::size_t kOutboxFramesMax = 1024;
inline constexpr auto kOutboxStallTimeout = 10s;  // nothing written for this long: too slow

// Sockets and loops.
inline constexpr std::size_t kReadyPerTurn = 512;   // sockets that are told in one turn
inline constexpr std::size_t kAcceptsPerTurn = 64;  // of one listener
inline constexpr std::size_t kBatchSendsMax = 256;  // sends that go to the kernel together
inline constexpr std::size_t kBatchPartsMax = 2048;
inline constexpr std::size_t kSendPartsMax = 64;               // pieces of one send
inline constexpr std::size_t kStreamBytesPerSend = 64 * 1024;  // encrypted at once
inline constexpr std::size_t kLoopsMax = 256;
inline constexpr std::size_t kLoopReadBufferBytes = 64 * 1024;
inline constexpr std::size_t kWsReadBytesPerTurn = 16 * 1024;  // of one connection
inline constexpr std::size_t kHttpRequestsPerTurn = 16;        // of one connection
inline constexpr std::size_t kMailboxTasksMax = 64 * 1024;     // waiting for one loop
inline constexpr std::size_t kMailboxBusyTasks = 8 * 1024;     // from here on senders have to wait
inline constexpr auto kRetryDelay = 1ms;                       // until they are asked again
inline constexpr int kListenBacklog = 4096;
inline constexpr int kSocketSendBufferBytes = 128 * 1024;
inline constexpr auto kTcpUserTimeout = 30s;
inline constexpr auto kAcceptPause = 100ms;                // after running out of descriptors
inline constexpr std::size_t kRefusedConnectionsMax = 64;  // over the cap, being told so
inline constexpr std::size_t kMetricsConnectionsMax = 64;  // of the metrics' own listener
inline constexpr std::size_t kReservedDescriptors = 256;   // for files, database and the loops
inline constexpr auto kTimerTick = 100ms;
inline constexpr auto kRepeatedWarningInterval = 60s;  // between lines that say the same
inline constexpr auto kDrainTimeout = 30s;
inline constexpr std::size_t kListenersMax = 16;        // besides server.bind and metrics.bind
inline constexpr std::size_t kUnixPathBytesMax = 107;   // sun_path, less its zero
inline constexpr std::size_t kTrustedProxiesMax = 256;  // networks
inline constexpr std::size_t kOriginsMax = 256;

// Connections and rates; a rate is so many in a second, and a burst at once.
inline constexpr std::uint32_t kConnectionsPerAddressMax = 100;
inline constexpr std::uint32_t kConnectionsPerUserMax = 20;
inline constexpr std::uint32_t kConnectsPerSecond = 500;  // of the process
inline constexpr std::uint32_t kConnectsBurst = 1000;
inline constexpr std::uint32_t kAddressConnectsPerSecond = 50;
inline constexpr std::uint32_t kAddressConnectsBurst = 500;
inline constexpr std::uint32_t kMessagesPerSecond = 10;  // of one connection
inline constexpr std::uint32_t kMessagesBurst = 50;
inline constexpr std::uint32_t kUserMessagesPerSecond = 20;
inline constexpr std::uint32_t kUserMessagesBurst = 100;
inline constexpr std::uint32_t kUserReadsPerSecond = 20;
inline constexpr std::uint32_t kUserReadsBurst = 100;
inline constexpr std::uint32_t kAddressMessagesPerSecond = 100;
inline constexpr std::uint32_t kAddressMessagesBurst = 500;
inline constexpr std::uint32_t kPingsPerSecond = 10;  // of one connection
inline constexpr std::uint32_t kPingsBurst = 50;
inline constexpr std::size_t kQuotaIdleMax = 64 * 1024;  // addresses, or users, that are gone
inline constexpr std::size_t kQuotaShards = 16;

// Room feed.
inline constexpr std::size_t kFeedRoomBytesMax = 1024 * 1024;         // of one room, per loop
inline constexpr std::size_t kFeedTotalBytesMax = 256 * 1024 * 1024;  // of all rooms and loops
inline constexpr std::size_t kFeedChunkBytes = 16 * 1024;  // a piece of it; a longer frame is alone
inline constexpr std::size_t kBegunCopyBytesMax = 4096;    // of a frame, for who is cut off in it

// Room log.
inline constexpr std::size_t kLogQueueEventsMax = 16 * 1024;  // waiting for the disk
inline constexpr std::size_t kLogQueueBytesMax = 32 * 1024 * 1024;
inline constexpr std::size_t kLogBusyBytes = kLogQueueBytesMax / 4;
inline constexpr std::size_t kLogBusyEvents = 4 * 1024;       // from here on senders have to wait
inline constexpr std::size_t kLogBatchBytesMax = 128 * 1024;  // of texts, but one in any case
inline constexpr std::size_t kLogBatchEventsMax = 1024;       // in one transaction
inline constexpr std::size_t kLogRoomsCached = 16 * 1024;     // numbers and heads, by the writer
inline constexpr std::size_t kLogPageBytesMax = 128 * 1024;   // of texts in one page
inline constexpr std::size_t kLogReaders = 2;                 // threads
inline constexpr std::size_t kLogReadsMax = 1024;             // waiting for one of them
inline constexpr auto kLogBusyRetryAfter = 1s;
inline constexpr std::size_t kMemoryLogRoomEventsMax = 128;          // kept of one room
inline constexpr std::size_t kMemoryLogBytesMax = 64 * 1024 * 1024;  // of all rooms, on one loop
inline constexpr std::size_t kMemoryLogRoomsMax = 64 * 1024;         // on one loop
inline constexpr std::size_t kMemoryLogReadersMax = 4096;            // of one room
inline constexpr auto kLogMarkInterval = 10s;  // how far the log has come, noted beside the file
inline constexpr std::size_t kRetentionEventsPerWrite = 256;  // deleted in one transaction
inline constexpr std::size_t kRetentionRowsPerRead = 1024;    // looked at in one
inline constexpr auto kRetentionInterval = 1h;

// Accounts and passwords.
inline constexpr std::size_t kPasswordCodePointsMin = 8;
inline constexpr std::size_t kPasswordCodePointsMax = 128;
inline constexpr std::size_t kPasswordBytesMax = 512;
inline constexpr std::size_t kPasswordRawBytesMax = 3 * kPasswordBytesMax;  // before NFC
inline constexpr std::int64_t kAgeYearsMin = 1;
inline constexpr std::int64_t kAgeYearsMax = 120;
inline constexpr std::size_t kGenderCodePointsMax = 32;
inline constexpr std::size_t kPhoneDigitsMax = 15;       // E.164
inline constexpr std::size_t kDateTimeBytesMax = 64;     // RFC 3339, with its fraction of a second
inline constexpr std::size_t kEmailLocalBytesMax = 64;   // RFC 5321 section 4.5.3.1.1
inline constexpr std::size_t kDomainLabelBytesMax = 63;  // RFC 1035 section 2.3.4
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
inline constexpr std::uint32_t kLoginAccountWideFactor = 10;  // times the free failures
inline constexpr auto kLoginAccountWideDelayMax = 1min;
inline constexpr auto kLoginForgetAfter = 24h;                  // without a failure
inline constexpr std::uint32_t kLoginPerAddressPerMinute = 20;  // failures
inline constexpr std::uint32_t kRegistrationsPerAddressPerHour = 60;
inline constexpr std::size_t kThrottleEntriesMax = 64 * 1024;

// Tokens.
inline constexpr std::size_t kTokenBytesMax = 2 * 1024;
inline constexpr std::size_t kTokenSecretBytesMin = 32;
inline constexpr std::int64_t kTokenTimeMax = 253'370'764'800;  // 9999-01-01, in seconds
inline constexpr std::size_t kKeyIdBytesMax = 128;
inline constexpr std::size_t kRsaBitsMin = 2048;       // RFC 7518 section 3.3
inline constexpr std::size_t kRsaBitsMax = 8192;       // longer keys take long to check with
inline constexpr std::size_t kRefreshTokenBytes = 32;  // random, before base64url
inline constexpr auto kAccessTokenTtl = 3600s;
inline constexpr auto kTokenLeeway = 30s;
inline constexpr auto kRefreshIdleTtl = 14 * 24h;
inline constexpr auto kRefreshAbsoluteTtl = 90 * 24h;
inline constexpr auto kRefreshGrace = 20s;
inline constexpr std::size_t kRevocationsMax = 1'000'000;  // ended sessions kept in memory
inline constexpr std::size_t kRevocationsPage = 1000;      // read from the store at once
inline constexpr std::size_t kRevocationsRecent = 4096;    // told one by one to each loop
inline constexpr auto kRevocationPollInterval = 2s;        // for those that other processes end
inline constexpr auto kRevocationCheckInterval = 250ms;    // until open connections are closed
inline constexpr auto kRevocationSlack = 30s;              // from its time stamp to being seen
inline constexpr std::size_t kIssuersMax = 8;
inline constexpr std::size_t kJwksKeysMax = 32;
inline constexpr std::size_t kJwksKeysTriedMax = 8;  // for one token
inline constexpr std::size_t kJwksBytesMax = 64 * 1024;
inline constexpr auto kJwksFetchTimeout = 5s;
inline constexpr auto kJwksRefreshInterval = 10min;
inline constexpr auto kJwksMaxAgeMin = 1min;  // what an issuer may ask for by Cache-Control
inline constexpr auto kJwksMaxAgeMax = 24h;
inline constexpr auto kJwksBackoffFirst = 1s;  // between two attempts after a failure
inline constexpr auto kJwksBackoffMax = 60s;
inline constexpr auto kJwksRefreshMin = 10s;  // between two fetches asked for by unknown keys
inline constexpr std::size_t kJwksWaitersMax = 1024;

// Store.
inline constexpr std::size_t kStoreReaders = 1 + kLogReaders;  // connections that only read
inline constexpr auto kStoreBusyTimeout = 5s;  // waiting for another process that writes
inline constexpr std::int64_t kStoreJournalBytesMax = 64LL * 1024 * 1024;  // after a checkpoint
inline constexpr auto kStoreRetryAfter = 1s;
inline constexpr auto kStorageFullRetryAfter = 30s;
inline constexpr auto kStoreCheckTime = 2s;           // of the check at start
inline constexpr std::size_t kStoreFaultsShown = 20;  // of those that a check finds
inline constexpr int kBackupPagesPerStep = 256;
inline constexpr std::size_t kExpiredFamiliesPerWrite = 500;  // removed in one transaction
inline constexpr std::size_t kMemoryAccountsMax = 100'000;
inline constexpr std::size_t kMemoryFamiliesMax = 100'000;
inline constexpr std::size_t kMemoryTokensMax = 1'000'000;
inline constexpr std::size_t kSecretFileBytesMax = 4 * 1024;

// Rooms.
inline constexpr std::size_t kRoomNoticeMergeUsers = 200;  // above this, notices are merged
inline constexpr auto kNoticeMergeInterval = 1s;
inline constexpr std::size_t kPresentMax = 100;       // people of a room that are named at once
inline constexpr std::size_t kPresenceNamesMax = 20;  // named of who came, and of who went
inline constexpr auto kTypingInterval = 2s;           // from one notice of a user to the next
inline constexpr std::uint32_t kTypingPerRoom = 5;    // notices in a second
inline constexpr std::size_t kRoomTitleCodePointsMax = 80;
inline constexpr std::size_t kReasonCodePointsMax = 200;  // of a kick, a ban, a mute
inline constexpr std::size_t kRoomStandingsMax = 1000;    // members, and who is banned or muted
inline constexpr auto kRestraintMax = 24h * 3650;         // the longest ban or mute
inline constexpr auto kSlowModeMax = 6h;                  // between two messages of a member
inline constexpr std::size_t kRoomsPerUserShown = 1000;   // newest first
inline constexpr std::size_t kRoomsMadeMax = 10'000;      // by one user, with somebody in them
inline constexpr std::size_t kUnreadShown = 100;          // more are not counted
inline constexpr std::size_t kSlowModeUsersMax = 4096;    // remembered of one room

// Protocol v2.
inline constexpr std::size_t kRoomsPerConnectionMax = 128;
inline constexpr std::size_t kBodyCodePointsMax = 4000;
inline constexpr std::size_t kBodyBytesMax = 16 * 1024;
inline constexpr std::size_t kMentionsMax = 20;             // of one message
inline constexpr std::size_t kReactionBytesMax = 64;        // the longest emoji have 35
inline constexpr std::size_t kReactionsPerMessageMax = 32;  // different ones
inline constexpr std::size_t kEditsPerMessageMax = 1000;
inline constexpr std::size_t kEpochBytesMax = 32;
inline constexpr std::size_t kHistoryEventsMax = 100;  // in one answer
inline constexpr std::size_t kHistoryEventsDefault = 50;
inline constexpr std::size_t kCommandValuesMax = 1024;  // of one command, kept while it is read

static_assert(kHttpTargetBytesMax < kHttpHeaderBytesMax);
static_assert(kRefusedConnectionsMax + kMetricsConnectionsMax < kReservedDescriptors);
static_assert(kFeedRoomBytesMax >= 8 * kWsMessageBytesMax);
static_assert(kFeedTotalBytesMax >= kFeedRoomBytesMax);
static_assert(kLoopReadBufferBytes >= kHttpHeaderBytesMax);
static_assert(kLoopReadBufferBytes >= kWsReadBytesPerTurn);
static_assert(kSendPartsMax <= kBatchPartsMax);
static_assert(kMailboxBusyTasks < kMailboxTasksMax);
static_assert(kTlsInputBytesMax >= kLoopReadBufferBytes + kTlsRecordSealedBytesMax,
              "beside a record that is not whole there is room for what one read gives");
static_assert(kTlsControlBytesMax >= kTlsFileBytesMax, "the chain must go out in one flight");
static_assert(kRefreshIdleTtl <= kRefreshAbsoluteTtl);
static_assert(kRevocationSlack > kStoreBusyTimeout + kRevocationPollInterval);
static_assert(kRevocationsPage <= kRevocationsMax);
static_assert(kWsCloseTimeout < kDrainTimeout);
static_assert(kLogBatchEventsMax <= kLogBusyEvents && kLogBusyEvents < kLogQueueEventsMax);
static_assert(kLogQueueBytesMax >= 8 * kWsMessageBytesMax);
static_assert(kOutboxBytesMax >= 6 * kLogPageBytesMax + 512 * kHistoryEventsMax,
              "a character may be six in JSON, and an event is more than its text");
static_assert(kFeedRoomBytesMax > 6 * kLogBatchBytesMax, "a batch must not push its readers out");
static_assert(kBodyBytesMax >= 4 * kBodyCodePointsMax && kBodyBytesMax <= kWsMessageBytesMax);
static_assert(kCommandValuesMax >= kJsonKeysMax + 3 * kRoomsPerConnectionMax,
              "each room has a position of two values");

}  // namespace confab
