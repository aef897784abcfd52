// PayloadReader: finds the messages of a protocol that lies inside WebSocket payloads.
// Thread: a value; one stream each.
// Owns:   the few numbers that the last piece left undecided.
// Limits: none; nothing is kept of what is read.
// Invariant: the counts are the same however the payload is cut into pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace confab::bench {

// What a piece of the stream from a server contained.
struct Seen {
    std::uint64_t messages = 0;    // deliveries: those whose beginning was in this piece
    std::uint64_t replies = 0;     // to messages: the server has taken them
    std::uint64_t compressed = 0;  // of these, with RSV1 (RFC 7692 section 6)
    std::uint64_t others = 0;      // shorter texts than a message: notices
    std::uint64_t pings = 0;       // WebSocket pings
    std::uint64_t questions = 0;   // pings of the protocol inside
    std::uint64_t closes = 0;
    bool greeted = false;  // the protocol inside is ready
    bool wrong = false;    // what this server does not send, or a refusal
};

class PayloadReader {
  public:
    virtual ~PayloadReader() = default;
    // A data message begins; what take() gets next is its payload.
    virtual void begin() {}
    virtual void take(std::string_view piece, Seen& seen) = 0;
};

// Socket.IO 4 over Engine.IO 4: the first characters of a text tell what it is.
class SocketIoReader final : public PayloadReader {
  public:
    void begin() override { read_ = 0; }
    void take(std::string_view piece, Seen& seen) override;

  private:
    void first(char type, Seen& seen);

    std::size_t read_ = 0;  // of the text, 2 at most
};

// NATS: lines, and after a MSG line as many bytes as its last number says.
class NatsReader final : public PayloadReader {
  public:
    void take(std::string_view piece, Seen& seen) override;

  private:
    void take_character(char character, Seen& seen);
    void end_line(Seen& seen);

    enum class Line : std::uint8_t { begun, info, ok, p, ping, pong, msg, wrong };
    Line line_ = Line::begun;
    std::uint64_t number_ = 0;  // the digits at the end of the line so far
    std::uint64_t skip_ = 0;    // of a payload
};

// MQTT 3.1.1: a type, a length of one to four bytes, and the rest of the packet.
class MqttReader final : public PayloadReader {
  public:
    void take(std::string_view piece, Seen& seen) override;

  private:
    void take_byte(unsigned char byte, Seen& seen);
    void end_header(Seen& seen) const;

    unsigned type_ = 0;  // 0: the next byte is a type
    unsigned shift_ = 0;
    std::uint64_t length_ = 0;
    std::uint64_t skip_ = 0;
};

// Protocol v2 of Confab: the first characters of a frame tell what it is.
class V2Reader final : public PayloadReader {
  public:
    void begin() override {
        read_ = quotes_ = 0;
        kind_ = Kind::open;
    }
    void take(std::string_view piece, Seen& seen) override;

  private:
    enum class Kind : std::uint8_t { open, push, reply, known };

    void take_character(char character, Seen& seen);
    void end_kind(bool is_right, Seen& seen);

    std::size_t read_ = 0;    // of the frame, until its kind is known
    std::size_t quotes_ = 0;  // of a reply
    Kind kind_ = Kind::open;
};

}  // namespace confab::bench
