// MessageReader: bytes from a client in, whole messages and control frames out (RFC 6455, 7692).
// Thread: the loop that owns the connection; not synchronised. There is no I/O in it.
// Owns:   one buffer, only while a message or a control frame waits for its rest.
// Limits: Options: bytes and fragments of one message, checked before anything is allocated. The
//         buffer grows with what arrived, not with what was announced, and never beyond the limit.
//         A compressed message is held to compressed_bytes_max() first, then, inflated, to the same
//         limit as any other.
// Invariants: (1) the same bytes give the same events however they are cut into pieces.
//             (2) it fails at the first byte that cannot be right, also inside an unfinished frame.
//             (3) idle, it holds no memory outside of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/utf8.hpp"
#include "ws/close_code.hpp"
#include "ws/frame.hpp"
#include "ws/inflater.hpp"

namespace confab::ws {

// How long a message of that many bytes may become by being compressed: nine bits for a byte, which
// is the worst that the fixed codes of RFC 1951 section 3.2.6 do (stored blocks do much better),
// and some bytes for the ends of blocks and fragments.
[[nodiscard]] constexpr std::size_t compressed_bytes_max(std::size_t message_bytes_max) {
    return message_bytes_max + message_bytes_max / 8 + message_bytes_max / 64 + 64;
}

class MessageReader {
  public:
    // May change between two calls; what has begun is then held to the new limits as well.
    struct Options {
        std::size_t message_bytes_max;
        std::size_t fragments_max;
    };

    // Every view is valid during the call only. False from any of them: stop reading at once, drop
    // the rest of the input. The reader must not be fed or destroyed from within a call, nor may
    // its inflater be used.
    class Handler {
      public:
        virtual ~Handler() = default;
        // Opcode::text or Opcode::binary; a text is valid UTF-8.
        virtual bool on_message(Opcode opcode, std::string_view payload) = 0;
        virtual bool on_ping(std::string_view payload) = 0;
        virtual bool on_pong(std::string_view payload) = 0;
        // No code: the Close frame was empty. The reason is valid UTF-8.
        virtual bool on_close(std::optional<std::uint16_t> code, std::string_view reason) = 0;
    };

    // Close with this; the reason is a literal.
    struct Failure {
        CloseCode code;
        std::string_view reason;
    };

    // The options and the inflater are shared by many readers and must outlive this one. Without an
    // inflater permessage-deflate was not agreed on, and a compressed message is a fault.
    explicit MessageReader(const Options& options, Inflater* inflater = nullptr);
    MessageReader(MessageReader&&) noexcept;
    MessageReader& operator=(MessageReader&&) noexcept;
    ~MessageReader();

    // Takes the next bytes of the stream and may unmask them in place. Errors: 1002 for framing,
    // 1007 for UTF-8 and for what cannot be inflated, 1008 for too many fragments, 1009 for too
    // many bytes. After a failure, after on_close, or after a handler said false, everything
    // further is ignored.
    [[nodiscard]] std::optional<Failure> feed(std::span<char> bytes, Handler& handler);

    // True while a frame or a message has begun and is not complete: its time-out runs.
    [[nodiscard]] bool in_message() const;

  private:
    struct Assembly;

    [[nodiscard]] std::optional<Failure> read_header(std::span<char>& bytes, Handler& handler);
    [[nodiscard]] std::optional<Failure> check_opcode();
    [[nodiscard]] std::optional<Failure> check_length() const;
    [[nodiscard]] std::optional<Failure> read_payload(std::span<char>& bytes, Handler& handler);
    [[nodiscard]] std::optional<Failure> read_data(std::string_view piece, Handler& handler);
    [[nodiscard]] std::optional<Failure> end_message(std::string_view payload, Handler& handler);
    [[nodiscard]] std::optional<Failure> read_control(std::string_view piece, Handler& handler);
    [[nodiscard]] std::optional<Failure> take_close(std::string_view payload, Handler& handler);

    void keep_data(std::string_view piece);
    void end_frame();
    void end_input();
    [[nodiscard]] std::size_t message_bytes_kept() const;
    [[nodiscard]] std::size_t data_bytes_max() const;

    const Options* options_;
    Inflater* inflater_;
    std::unique_ptr<Assembly> assembly_;
    FrameHeaderParser header_;
    std::uint64_t payload_left_ = 0;  // of the current frame
    std::size_t fragments_ = 0;       // frames of the current message, this one included
    Utf8Validator utf8_;              // of the current text message
    Opcode message_opcode_ = Opcode::continuation;
    bool compressed_ = false;  // the current message
    bool in_payload_ = false;
    bool over_ = false;
};

static_assert(sizeof(MessageReader) <= 64, "hundreds of thousands of them are idle");

}  // namespace confab::ws
