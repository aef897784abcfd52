// What the single steps of a message cost, without sockets. Run by hand: bench/README.md.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "api/protocol_v1.hpp"
#include "base/utf8.hpp"
#include "net/mailbox.hpp"
#include "ws/frame.hpp"
#include "ws/message_reader.hpp"

namespace {

using namespace confab;

std::string ascii(std::size_t bytes) {
    return std::string(bytes, 'a');
}

// Two-, three- and four-byte characters between ASCII, cut to whole characters.
std::string mixed(std::size_t bytes) {
    static const std::string kText = "na\xC3\xAFve \xE2\x82\xAC 100 \xF0\x9F\x98\x80 ";
    std::string text;
    while (text.size() + kText.size() <= bytes)
        text += kText;
    return text + ascii(bytes - text.size());
}

class CountingHandler final : public ws::MessageReader::Handler {
  public:
    bool on_message(ws::Opcode, std::string_view payload) override {
        bytes += payload.size();
        return true;
    }
    bool on_ping(std::string_view) override { return true; }
    bool on_pong(std::string_view) override { return true; }
    bool on_close(std::optional<std::uint16_t>, std::string_view) override { return true; }

    std::size_t bytes = 0;
};

// The mask is zero: unmasking costs the same and leaves the input as it was, for the next round.
std::string client_frames(const std::string& payload, std::size_t count) {
    std::string frames;
    for (std::size_t i = 0; i < count; ++i) {
        std::array<char, ws::kWrittenFrameHeaderBytesMax> header{};
        const std::size_t size =
            ws::write_frame_header(header.data(), ws::Opcode::text, true, payload.size());
        header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | 0x80U);
        frames.append(header.data(), size).append(ws::kMaskBytes, '\0').append(payload);
    }
    return frames;
}

// Arguments: payload bytes, frames in one read.
void decode_frames(benchmark::State& state) {
    const ws::MessageReader::Options options{.message_bytes_max = 65536, .fragments_max = 64};
    const auto count = static_cast<std::size_t>(state.range(1));
    std::string input = client_frames(mixed(static_cast<std::size_t>(state.range(0))), count);
    ws::MessageReader reader(options);
    CountingHandler handler;
    for (auto round : state) {
        auto failure = reader.feed({input.data(), input.size()}, handler);
        benchmark::DoNotOptimize(failure);
    }
    state.SetItemsProcessed(state.iterations() * state.range(1));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.size()));
}
BENCHMARK(decode_frames)->Args({128, 1})->Args({128, 64})->Args({16384, 1});

void unmask(benchmark::State& state) {
    std::string data = ascii(static_cast<std::size_t>(state.range(0)));
    const ws::Mask mask{0x5A, 0xC3, 0x17, 0x8E};
    for (auto round : state) {
        ws::unmask(data.data(), data.size(), mask, 0);
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(unmask)->Arg(128)->Arg(16384);

void check_utf8(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    const std::string text = state.range(1) == 0 ? ascii(size) : mixed(size);
    for (auto round : state) {
        bool valid = is_valid_utf8(text);
        benchmark::DoNotOptimize(valid);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(check_utf8)
    ->ArgNames({"bytes", "mixed"})
    ->Args({128, 0})
    ->Args({128, 1})
    ->Args({16384, 1});

void encode_v1(benchmark::State& state) {
    const std::string body = ascii(static_cast<std::size_t>(state.range(0)));
    const chat::User user{UserId("0b7fda5e-1a6d-4a0f-9a53-0d5ad3c7c1f4"), "User_0b7fda5e"};
    const chat::Message message{user, body, WallTime{} + std::chrono::hours(500'000)};
    const api::V1Encoder encoder;
    for (auto round : state) {
        SharedBytes frame = encoder.encode(message);
        benchmark::DoNotOptimize(frame);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_v1)->Arg(128)->Arg(4096);

// Argument: tasks that wait when the owner comes to run them.
void mailbox_post_and_run(benchmark::State& state) {
    net::Mailbox mailbox;
    const SharedBytes frame = SharedBytes::copy_of(ascii(128));
    std::size_t ran = 0;
    for (auto round : state) {
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            auto put = mailbox.try_put([&ran, frame] { ran += frame.size(); });
            benchmark::DoNotOptimize(put);
        }
        mailbox.run_all();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mailbox_post_and_run)->Arg(1)->Arg(64);

}  // namespace
