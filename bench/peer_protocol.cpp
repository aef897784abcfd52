#include "bench/peer_protocol.hpp"

#include <array>
#include <stdexcept>

namespace confab::bench {
namespace {

constexpr ws::Mask kMask{0x5A, 0xC3, 0x17, 0x8E};

class TextProtocol final : public PeerProtocol {
  public:
    [[nodiscard]] std::string message(std::string_view, std::string_view payload) const override {
        return masked_frame(ws::Opcode::text, std::string(payload));
    }
};

// The server puts a socket into the room that its query names.
class SocketIoProtocol final : public PeerProtocol {
  public:
    [[nodiscard]] std::string greeting(std::string_view, std::size_t) const override {
        return masked_frame(ws::Opcode::text, "40");
    }
    [[nodiscard]] std::string message(std::string_view, std::string_view payload) const override {
        return masked_frame(ws::Opcode::text, "42[\"message\",\"" + std::string(payload) + "\"]");
    }
    [[nodiscard]] std::string answer() const override {
        return masked_frame(ws::Opcode::text, "3");
    }
    [[nodiscard]] std::unique_ptr<PayloadReader> reader() const override {
        return std::make_unique<SocketIoReader>();
    }
};

class NatsProtocol final : public PeerProtocol {
  public:
    [[nodiscard]] std::string greeting(std::string_view room, std::size_t) const override {
        return masked_frame(ws::Opcode::binary,
                            "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB " +
                                std::string(room) + " 1\r\nPING\r\n");
    }
    [[nodiscard]] std::string message(std::string_view room,
                                      std::string_view payload) const override {
        return masked_frame(ws::Opcode::binary, "PUB " + std::string(room) + " " +
                                                    std::to_string(payload.size()) + "\r\n" +
                                                    std::string(payload) + "\r\n");
    }
    [[nodiscard]] std::string answer() const override {
        return masked_frame(ws::Opcode::binary, "PONG\r\n");
    }
    [[nodiscard]] std::unique_ptr<PayloadReader> reader() const override {
        return std::make_unique<NatsReader>();
    }
};

// MQTT 3.1.1; quality of service 0, clean sessions, no keep-alive.
class MqttProtocol final : public PeerProtocol {
  public:
    [[nodiscard]] std::string_view subprotocol() const override { return "mqtt"; }
    [[nodiscard]] std::string greeting(std::string_view room, std::size_t member) const override {
        const std::string connect = string_field("MQTT") + std::string("\x04\x02\0\0", 4) +
                                    string_field("member-" + std::to_string(member));
        const std::string subscribe = std::string("\0\1", 2) + string_field(room) + '\0';
        return masked_frame(ws::Opcode::binary, packet('\x10', connect)) +
               masked_frame(ws::Opcode::binary, packet('\x82', subscribe));
    }
    [[nodiscard]] std::string message(std::string_view room,
                                      std::string_view payload) const override {
        return masked_frame(ws::Opcode::binary,
                            packet('\x30', string_field(room) + std::string(payload)));
    }
    [[nodiscard]] std::unique_ptr<PayloadReader> reader() const override {
        return std::make_unique<MqttReader>();
    }

  private:
    static std::string string_field(std::string_view text) {
        std::string field;
        field += static_cast<char>(text.size() >> 8U);
        field += static_cast<char>(text.size() & 0xFFU);
        return field.append(text);
    }
    static std::string packet(char type, const std::string& rest) {
        std::string bytes(1, type);
        std::size_t left = rest.size();
        do {
            const auto low = static_cast<unsigned char>(left & 0x7FU);
            left >>= 7U;
            bytes += static_cast<char>(left > 0 ? low | 0x80U : low);
        } while (left > 0);
        return bytes + rest;
    }
};

}  // namespace

std::string PeerProtocol::greeting(std::string_view, std::size_t) const {
    return {};
}

std::unique_ptr<PeerProtocol> protocol_named(std::string_view name) {
    if (name == "text") return std::make_unique<TextProtocol>();
    if (name == "socketio") return std::make_unique<SocketIoProtocol>();
    if (name == "nats") return std::make_unique<NatsProtocol>();
    if (name == "mqtt") return std::make_unique<MqttProtocol>();
    throw std::invalid_argument("there is no protocol " + std::string(name));
}

std::string masked_frame(ws::Opcode opcode, std::string payload) {
    std::array<char, ws::kWrittenFrameHeaderBytesMax> header{};
    const std::size_t size = ws::write_frame_header(header.data(), opcode, true, payload.size());
    header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | 0x80U);
    std::string frame(header.data(), size);
    frame.append(kMask.begin(), kMask.end());
    ws::unmask(payload.data(), payload.size(), kMask, 0);
    return frame + payload;
}

}  // namespace confab::bench
