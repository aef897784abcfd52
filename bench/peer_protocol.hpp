// PeerProtocol: how a server is spoken to once the WebSocket is open.
// Thread: any; immutable.
// Owns:   nothing; a CidFrame its frame.
// Limits: payloads are ASCII without quotes and backslashes, so no protocol has to escape them.
// Invariant: everything returned is whole frames, masked, ready to be sent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bench/payload_reader.hpp"
#include "ws/frame.hpp"

namespace confab::bench {

// Up to where a member has seen its room: protocol v2 sends it the rest.
struct SeenUpTo {
    std::string epoch;
    std::uint64_t seq = 0;
};

class PeerProtocol {
  public:
    virtual ~PeerProtocol() = default;

    // Sec-WebSocket-Protocol; empty: none.
    [[nodiscard]] virtual std::string_view subprotocol() const { return {}; }
    // What a member says first; empty: it is ready at once.
    [[nodiscard]] virtual std::string greeting(std::string_view room, std::size_t member) const;
    [[nodiscard]] virtual std::string message(std::string_view room,
                                              std::string_view payload) const = 0;
    // True: each message is answered, to its sender alone.
    [[nodiscard]] virtual bool has_replies() const { return false; }
    // Where in the payload of message() a UUID stands that is another one each time; 0: nowhere.
    [[nodiscard]] virtual std::size_t cid_at(std::string_view /*room*/) const { return 0; }
    // The answer to Seen::questions.
    [[nodiscard]] virtual std::string answer() const { return {}; }
    // Null: every text is a message.
    [[nodiscard]] virtual std::unique_ptr<PayloadReader> reader() const { return nullptr; }
};

// text (Confab v1, the floor, and every server that repeats texts), v2, socketio, nats or mqtt; of
// these only v2 has a position. Throws std::invalid_argument for another name.
[[nodiscard]] std::unique_ptr<PeerProtocol> protocol_named(std::string_view name,
                                                           std::optional<SeenUpTo> position = {});

// A frame as a client sends it, masked.
[[nodiscard]] std::string masked_frame(ws::Opcode opcode, std::string payload);

// A message that is another one each time: somewhere in it is a UUID.
class CidFrame {
  public:
    // `at`: where in the payload of this masked frame.
    CidFrame(std::string frame, std::size_t at);
    void append(std::string& out, std::string_view cid) const;

  private:
    std::string frame_;
    std::size_t at_;      // in the payload
    std::size_t header_;  // bytes of the frame before the payload
};

}  // namespace confab::bench
