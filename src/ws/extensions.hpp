// Extensions: what a client offers in Sec-WebSocket-Extensions, and which of it is taken.
// Thread: any; no shared state.
// Owns:   values; nothing points into the field that was read.
// Limits: kWsExtensionOffersMax, kWsExtensionParametersMax (base/limits.hpp); the caller bounds the
//         length of the field.
// Invariants: (1) time grows linearly with the input, whatever it is. (2) what is agreed on keeps
//             no state between two messages, in either direction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace confab::ws {

struct ExtensionParameter {
    std::string name;
    std::optional<std::string> value;  // without quotes and backslashes
};

struct ExtensionOffer {
    std::string name;
    std::vector<ExtensionParameter> parameters;
};

// The offers, best liked first; empty for an absent field. Several fields of that name are joined
// with commas first. nullopt: not by the grammar of RFC 6455 section 9.1, or over a limit; the
// request is to be refused.
[[nodiscard]] std::optional<std::vector<ExtensionOffer>> parse_extensions(std::string_view field);

// permessage-deflate as both sides will use it (RFC 7692).
struct DeflateAgreement {
    int server_window_bits = 15;  // the client inflates with a window of two to this power
    std::string response;         // the value of Sec-WebSocket-Extensions in the answer
};

// Takes the first offer of permessage-deflate that RFC 7692 section 7.1 allows to be taken; nullopt
// when there is none, which is no fault. The client is never asked for a smaller window: a server
// that resets its inflater with every message has one window for all.
[[nodiscard]] std::optional<DeflateAgreement> negotiate_deflate(
    std::span<const ExtensionOffer> offers);

}  // namespace confab::ws
