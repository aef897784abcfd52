// PeerProtocol: how a server is spoken to once the WebSocket is open.
// Thread: any; immutable.
// Owns:   nothing.
// Limits: payloads are ASCII without quotes and backslashes, so no protocol has to escape them.
// Invariant: everything returned is whole frames, masked, ready to be sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bench/payload_reader.hpp"
#include "ws/frame.hpp"

namespace confab::bench {

class PeerProtocol {
  public:
    virtual ~PeerProtocol() = default;

    // Sec-WebSocket-Protocol; empty: none.
    [[nodiscard]] virtual std::string_view subprotocol() const { return {}; }
    // What a member says first; empty: it is ready at once.
    [[nodiscard]] virtual std::string greeting(std::string_view room, std::size_t member) const;
    [[nodiscard]] virtual std::string message(std::string_view room,
                                              std::string_view payload) const = 0;
    // The answer to Seen::questions.
    [[nodiscard]] virtual std::string answer() const { return {}; }
    // Null: every text is a message.
    [[nodiscard]] virtual std::unique_ptr<PayloadReader> reader() const { return nullptr; }
};

// text (Confab v1, the floor, and every server that repeats texts), socketio, nats or mqtt. Throws
// std::invalid_argument for another name.
[[nodiscard]] std::unique_ptr<PeerProtocol> protocol_named(std::string_view name);

// A frame as a client sends it, masked.
[[nodiscard]] std::string masked_frame(ws::Opcode opcode, std::string payload);

}  // namespace confab::bench
