// Limits of the terminal client (`confab chat`).
// Thread: constants.
// Owns:   nothing.
// Limits: this file.
// Invariant: nothing is unlimited.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/limits.hpp"

namespace confab::app {

inline constexpr auto kChatBackoffFirst = 500ms;  // between two attempts to connect
inline constexpr auto kChatBackoffMax = 30s;
inline constexpr auto kChatRetryAfterMax = 15min;  // a server may not ask for a longer wait
inline constexpr auto kChatStableAfter = 10s;      // connected for this long: start over
inline constexpr auto kChatNetworkTimeout = 15s;   // connect, handshake, one HTTP answer
inline constexpr auto kChatIdleTimeout = 60s;      // the server pings more often than this
inline constexpr auto kChatFarewellTimeout = 2s;   // for the last line to come back, and to close
inline constexpr auto kChatGiveUpTimeout = 30s;    // end of input, and still not connected
inline constexpr std::size_t kChatAnswerBytesMax = 64 * 1024;
inline constexpr std::size_t kChatFrameBytesMax = 8 * kWsMessageBytesMax;  // escaped as JSON
inline constexpr std::size_t kChatUnsentLinesMax = 256;   // then no more input is read
inline constexpr std::size_t kChatUnechoedLinesMax = 64;  // sent, not yet seen again: then wait
inline constexpr std::size_t kChatInputChunkBytes = 4096;

}  // namespace confab::app
