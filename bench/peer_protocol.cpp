#include "bench/peer_protocol.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace confab::bench {
namespace {

constexpr ws::Mask kMask{0x5A, 0xC3, 0x17, 0x8E};
constexpr std::string_view kNilCid = "00000000-0000-0000-0000-000000000000";

std::size_t masked_header_bytes(std::string_view frame) {
    const std::size_t length = static_cast<unsigned char>(frame[1]) & 0x7FU;
    return (length < 126 ? 2U : (length == 126 ? 4U : 10U)) + kMask.size();
}

class TextProtocol final : public PeerProtocol {
  public:
    [[nodiscard]] std::string message(std::string_view, std::string_view payload) const override {
        return masked_frame(ws::Opcode::text, std::string(payload));
    }
};

// A member of one room. The token is in the header of its request.
class V2Protocol final : public PeerProtocol {
  public:
    explicit V2Protocol(std::optional<SeenUpTo> position) : position_(std::move(position)) {}

    [[nodiscard]] std::string_view subprotocol() const override { return "confab.v2"; }
    [[nodiscard]] std::string greeting(std::string_view room, std::size_t) const override {
        std::string position = "null";
        if (position_) {
            position = R"({"epoch":")" + position_->epoch + R"(","seq":)" +
                       std::to_string(position_->seq) + '}';
        }
        return masked_frame(ws::Opcode::text, R"({"id":1,"connect":{"rooms":{")" +
                                                  std::string(room) + "\":" + position + "}}}");
    }
    [[nodiscard]] std::string message(std::string_view room,
                                      std::string_view payload) const override {
        return masked_frame(ws::Opcode::text, before_cid(room) + std::string(kNilCid) +
                                                  R"(","body":")" + std::string(payload) + "\"}}");
    }
    [[nodiscard]] bool has_replies() const override { return true; }
    [[nodiscard]] std::size_t cid_at(std::string_view room) const override {
        return before_cid(room).size();
    }
    [[nodiscard]] std::unique_ptr<PayloadReader> reader() const override {
        return std::make_unique<V2Reader>();
    }

  private:
    static std::string before_cid(std::string_view room) {
        return R"({"id":2,"publish":{"room":")" + std::string(room) + R"(","cid":")";
    }

    const std::optional<SeenUpTo> position_;
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

std::unique_ptr<PeerProtocol> protocol_named(std::string_view name,
                                             std::optional<SeenUpTo> position) {
    if (name == "v2") return std::make_unique<V2Protocol>(std::move(position));
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

CidFrame::CidFrame(std::string frame, std::size_t at)
    : frame_(std::move(frame)), at_(at), header_(masked_header_bytes(frame_)) {}

void CidFrame::append(std::string& out, std::string_view cid) const {
    const std::size_t begin = out.size() + header_ + at_;
    out += frame_;
    out.replace(begin, cid.size(), cid);
    ws::unmask(out.data() + begin, cid.size(), kMask, at_);
}

}  // namespace confab::bench
