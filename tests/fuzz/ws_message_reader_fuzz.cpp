// Any bytes, cut in any way, give the same events; no event breaks a promise of the reader.
// Input: two bytes that choose the pieces, then the stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "support/fuzz_check.hpp"
#include "support/utf8_oracle.hpp"
#include "support/ws_recorder.hpp"
#include "ws/message_reader.hpp"

namespace {

using confab::test::WsRecorder;
using confab::ws::MessageReader;
using confab::ws::Opcode;

constexpr MessageReader::Options kOptions{.message_bytes_max = 400, .fragments_max = 4};

// Holds every event against what the reader promises, then records it.
class Judge final : public MessageReader::Handler {
  public:
    bool on_message(Opcode opcode, std::string_view payload) override {
        FUZZ_CHECK(opcode == Opcode::text || opcode == Opcode::binary);
        FUZZ_CHECK(payload.size() <= kOptions.message_bytes_max);
        FUZZ_CHECK(opcode == Opcode::binary || confab::test::is_utf8_by_decoding(payload));
        return next() && recorder.on_message(opcode, payload);
    }
    bool on_ping(std::string_view payload) override {
        FUZZ_CHECK(payload.size() <= 125);
        return next() && recorder.on_ping(payload);
    }
    bool on_pong(std::string_view payload) override {
        FUZZ_CHECK(payload.size() <= 125);
        return next() && recorder.on_pong(payload);
    }
    bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
        FUZZ_CHECK(!code || confab::ws::is_valid_on_wire(*code));
        FUZZ_CHECK(code || reason.empty());
        FUZZ_CHECK(confab::test::is_utf8_by_decoding(reason));
        const bool more = next() && recorder.on_close(code, reason);
        over_ = true;
        return more;
    }

    void feed(MessageReader& reader, std::string_view bytes) {
        std::vector<char> copy(bytes.begin(), bytes.end());
        if (const auto failure = reader.feed(copy, *this)) {
            FUZZ_CHECK(!over_);
            FUZZ_CHECK(!failure->reason.empty());
            over_ = true;
            recorder.lines.push_back("failure " + std::string(failure->reason));
        }
    }

    WsRecorder recorder;

  private:
    // Nothing may come after the end.
    bool next() const {
        FUZZ_CHECK(!over_);
        return true;
    }
    bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::uint32_t seed = data[0] | static_cast<std::uint32_t>(data[1]) << 8;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);

    MessageReader whole_reader(kOptions);
    Judge whole;
    whole.feed(whole_reader, stream);

    MessageReader byte_reader(kOptions);
    Judge bytes;
    for (std::size_t i = 0; i < stream.size(); ++i) {
        bytes.feed(byte_reader, stream.substr(i, 1));
    }

    MessageReader piece_reader(kOptions);
    Judge pieces;
    std::uint32_t random = seed;
    for (std::size_t at = 0; at < stream.size();) {
        random = random * 1664525 + 1013904223;
        const std::size_t piece = random >> 24 & ((random & 0x10000) != 0 ? 0x7F : 0x07);
        pieces.feed(piece_reader, stream.substr(at, piece));
        at += piece;
    }

    FUZZ_CHECK(whole.recorder.lines == bytes.recorder.lines);
    FUZZ_CHECK(whole.recorder.lines == pieces.recorder.lines);
    FUZZ_CHECK(whole_reader.in_message() == byte_reader.in_message());
    FUZZ_CHECK(whole_reader.in_message() == piece_reader.in_message());
    return 0;
}
