// ChatOptions: what the operator decides about those who chat, whichever protocol they speak.
// Thread: its loop; a reload changes it between two tasks.
// Owns:   its values.
// Limits: none of its own.
// Invariant: whoever refers to it sees the settings of the moment.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/v2_command.hpp"
#include "api/v2_frames.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/quota_table.hpp"
#include "net/origin_policy.hpp"

namespace confab::api {

struct ChatOptions {
    std::string default_room = "general";  // protocol v1
    bool close_on_token_expiry = true;
    net::OriginPolicy origins;
    QuotaTable::Limits user{.connections = kConnectionsPerUserMax};
    Rate user_messages = Rate::unlimited;
    Rate user_reads = Rate::unlimited;
    Rate connects = Rate::unlimited;  // of the whole server: how fast clients may come back
    V2CommandOptions commands;
    // What a client of protocol v2 is told.
    std::chrono::seconds ping = kWsPingInterval;
    V2Limits limits;
};

// The refusal of one connection more of the same user.
[[nodiscard]] inline Error user_cap(std::chrono::nanoseconds retry_after) {
    return Error(ErrorKind::rate_limited, "user_cap",
                 "this user has as many connections as one may")
        .retry_in(std::chrono::ceil<std::chrono::milliseconds>(retry_after));
}

// The refusal of what comes too soon: messages, or questions.
[[nodiscard]] inline Error rate_limited(std::string_view what,
                                        std::chrono::nanoseconds retry_after) {
    return Error(ErrorKind::rate_limited, "rate_limited", "too many " + std::string(what))
        .retry_in(std::chrono::ceil<std::chrono::milliseconds>(retry_after));
}

// Takes one of what all connections and requests of a user share, or says why not.
[[nodiscard]] inline std::optional<Error> take_message(const QuotaTable::Lease& user,
                                                       const ChatOptions& options, SteadyTime now) {
    RateBucket& bucket = user.messages();
    if (bucket.take(now, options.user_messages)) return std::nullopt;
    return rate_limited("messages", bucket.retry_after(now, options.user_messages));
}

[[nodiscard]] inline std::optional<Error> take_read(const QuotaTable::Lease& user,
                                                    const ChatOptions& options, SteadyTime now) {
    RateBucket& bucket = user.reads();
    if (bucket.take(now, options.user_reads)) return std::nullopt;
    return rate_limited("questions", bucket.retry_after(now, options.user_reads));
}

}  // namespace confab::api
