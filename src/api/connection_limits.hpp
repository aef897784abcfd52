// Limits of protocol v2 and of rooms over HTTP: what one client may have under way.
// Thread: constants.
// Owns:   nothing.
// Limits: this file.
// Invariant: nothing is unlimited.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/limits.hpp"

namespace confab::api {

inline constexpr auto kV2ConnectTimeout = 10s;     // from the upgrade to `connect`
inline constexpr std::size_t kV2EntriesMax = 8;    // rooms that one connection enters at once
inline constexpr std::size_t kV2QuestionsMax = 8;  // pages of history that it waits for
inline constexpr std::uint32_t kV2RefusalsPerSecond = 1;  // before retry_ms is over; more: closed
inline constexpr std::uint32_t kV2RefusalsBurst = 60;
inline constexpr int kV2BadFramesMax = 3;        // with the last of them it is closed
inline constexpr auto kV2DrainGrace = 500ms;     // for what is under way when the server goes away
inline constexpr auto kDrainSpreadMin = 1000ms;  // over which clients come back
inline constexpr std::size_t kReplayEventsMax = 300;  // of one room, sent by itself
inline constexpr std::size_t kReplayBytesMax =
    512 * 1024;  // of all rooms of one command, as frames

inline constexpr std::size_t kHttpChatWaitingMax = 4096;  // requests about rooms, on one loop

// Tokens of bots: nobody can take one back.
inline constexpr std::chrono::seconds kBotTokenTtlMin = 1min;
inline constexpr std::chrono::seconds kBotTokenTtlMax = 24h;

static_assert(kOutboxBytesMax >= kReplayBytesMax);

}  // namespace confab::api
