// Compressed messages. Input: one byte that says which, then the bytes.
//   0  anything, to the inflater: what it says holds, and is what zlib says alone
//   1  a payload, to the deflater: what comes back is the payload
//   2  a stream of frames, to readers with an inflater: the same events however it is cut
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "support/deflate_tools.hpp"
#include "support/fuzz_check.hpp"
#include "support/utf8_oracle.hpp"
#include "support/ws_recorder.hpp"
#include "ws/deflater.hpp"
#include "ws/message_reader.hpp"

namespace {

using confab::test::WsRecorder;
using confab::ws::Deflater;
using confab::ws::Inflater;
using confab::ws::MessageReader;
using confab::ws::Opcode;

constexpr MessageReader::Options kOptions{.message_bytes_max = 400, .fragments_max = 4};

Inflater& inflater() {
    static Inflater one;
    return one;
}

void check_inflating(std::string_view compressed) {
    constexpr std::size_t kLimits[] = {0, 1, 1000, confab::kWsDeflateBufferBytes, 300'000};
    Inflater fresh;
    bool fitted = false;
    for (const std::size_t limit : kLimits) {
        const auto used = inflater().inflate(compressed, limit);
        const auto first = fresh.inflate(compressed, limit);
        FUZZ_CHECK(used.status == first.status);  // nothing was left by earlier inputs
        FUZZ_CHECK(used.payload == first.payload);
        FUZZ_CHECK(used.payload.size() <= limit);
        if (used.status != Inflater::Status::complete) {
            FUZZ_CHECK(used.payload.empty() && !used.large);
            FUZZ_CHECK(!fitted);  // a message that fits a limit fits every higher one
            continue;
        }
        fitted = true;
        const auto alone = confab::test::inflate_raw(compressed);
        FUZZ_CHECK(!alone || *alone == first.payload);
    }
}

void check_round_trip(std::string_view payload) {
    static Deflater deflater;
    // Repeated, so that there is something to refer to.
    std::string text;
    while (text.size() < 3000 && !payload.empty())
        text.append(payload);
    for (const std::string_view message : {payload, std::string_view(text)}) {
        const auto frame = deflater.compress(Opcode::binary, message);
        if (!frame) continue;
        FUZZ_CHECK(message.size() >= confab::kWsDeflateBytesMin);
        FUZZ_CHECK(frame->size() < confab::ws::encode_frame(Opcode::binary, message).size());
        FUZZ_CHECK(confab::ws::frame_boundary_after(frame->view(), 1) == frame->size());
        const std::string_view bytes = frame->view();
        const auto length = static_cast<unsigned char>(bytes[1]);
        const std::string_view compressed =
            bytes.substr(length < 126 ? 2 : (length == 126 ? 4 : 10));
        const auto back = inflater().inflate(compressed, message.size());
        FUZZ_CHECK(back.status == Inflater::Status::complete && back.payload == message);
        for (int bits = 8; bits <= 15; ++bits) {
            if (!confab::ws::fits_window(message.size(), bits)) continue;
            FUZZ_CHECK(confab::test::inflate_raw(compressed, bits) == message);
        }
    }
}

class Judge final : public MessageReader::Handler {
  public:
    bool on_message(Opcode opcode, std::string_view payload) override {
        FUZZ_CHECK(payload.size() <= kOptions.message_bytes_max);
        FUZZ_CHECK(opcode == Opcode::binary || confab::test::is_utf8_by_decoding(payload));
        return recorder.on_message(opcode, payload);
    }
    bool on_ping(std::string_view payload) override { return recorder.on_ping(payload); }
    bool on_pong(std::string_view payload) override { return recorder.on_pong(payload); }
    bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
        return recorder.on_close(code, reason);
    }
    void feed(MessageReader& reader, std::string_view bytes) {
        std::vector<char> copy(bytes.begin(), bytes.end());
        if (const auto failure = reader.feed(copy, *this)) {
            recorder.lines.push_back("failure " + std::string(failure->reason));
        }
    }
    WsRecorder recorder;
};

void check_splits(std::string_view stream) {
    MessageReader whole_reader(kOptions, &inflater());
    Judge whole;
    whole.feed(whole_reader, stream);

    MessageReader byte_reader(kOptions, &inflater());
    Judge bytes;
    for (std::size_t i = 0; i < stream.size(); ++i)
        bytes.feed(byte_reader, stream.substr(i, 1));

    MessageReader piece_reader(kOptions, &inflater());
    Judge pieces;
    std::uint32_t random = static_cast<std::uint32_t>(stream.size());
    for (std::size_t at = 0; at < stream.size();) {
        random = random * 1664525 + 1013904223;
        const std::size_t piece = random >> 24 & 0x1F;
        pieces.feed(piece_reader, stream.substr(at, piece));
        at += piece;
    }
    FUZZ_CHECK(whole.recorder.lines == bytes.recorder.lines);
    FUZZ_CHECK(whole.recorder.lines == pieces.recorder.lines);
    FUZZ_CHECK(whole_reader.in_message() == byte_reader.in_message());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0:
            check_inflating(rest);
            break;
        case 1:
            check_round_trip(rest);
            break;
        default:
            check_splits(rest);
    }
    return 0;
}
