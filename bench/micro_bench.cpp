// What the single steps of a message cost, without sockets. Run by hand: bench/README.md.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/wire_encoder.hpp"
#include "auth/token_signer.hpp"
#include "auth/token_verifier.hpp"
#include "base/crypto.hpp"
#include "base/utf8.hpp"
#include "net/http_message.hpp"
#include "net/http_reader.hpp"
#include "net/mailbox.hpp"
#include "ws/frame.hpp"
#include "ws/handshake.hpp"
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
    chat::LogEvent event;
    event.from = std::make_shared<const chat::User>(
        chat::User{UserId("0b7fda5e-1a6d-4a0f-9a53-0d5ad3c7c1f4"), "User_0b7fda5e"});
    event.body = SharedBytes::copy_of(ascii(static_cast<std::size_t>(state.range(0))));
    event.at = WallTime{} + std::chrono::hours(500'000);
    const RoomName room = *RoomName::parse("general");
    const api::WireEncoder encoder;
    chat::Wires wanted;
    wanted.add(chat::Wire::v1);
    for (auto round : state) {
        chat::Frames frames = encoder.encode(room, event, wanted);
        benchmark::DoNotOptimize(frames);
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

constexpr const char* kSecret = "bX2q9-Vw7Yt_4KpLz0RfH6sDnJcG1aEuO8iTmQ5";

// A token as `confab token mint` and a sign-in make them.
std::string own_token(const Clock& clock) {
    initialise_crypto();
    const auth::TokenSigner signer({.secret = Secret(kSecret)}, clock);
    return std::string(
        signer.sign({UserId("0b7fda5e-1a6d-4a0f-9a53-0d5ad3c7c1f4"), "User_0b7fda5e"}).reveal());
}

void verify_own_token(benchmark::State& state) {
    const SystemClock clock;
    const std::string token = own_token(clock);
    std::vector<auth::IssuerOptions> issuers(1);
    issuers[0].name = "own";
    issuers[0].issuer = issuers[0].audience = "confab";
    issuers[0].secret = Secret(kSecret);
    issuers[0].own = true;
    const auth::TokenVerifier verifier(std::move(issuers), clock);
    for (auto round : state) {
        auto identity = verifier.verify(token);
        if (!identity) state.SkipWithError("the token was refused");
        benchmark::DoNotOptimize(identity);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(verify_own_token);

// From the bytes of a handshake to all that the server asks of the request.
[[gnu::noinline]] bool is_upgrade(const std::string& bytes, const net::HttpReader::Limits& limits) {
    net::HttpReader reader(limits);
    reader.feed(bytes);
    const net::HttpRequest request(reader.take().message);
    return request.path() == "/ws" && request.upgrade_refusal() == 0 &&
           net::query_value(request.query(), "token") && net::query_value(request.query(), "room");
}

void read_upgrade(benchmark::State& state) {
    const SystemClock clock;
    const std::string bytes = "GET /ws?token=" + own_token(clock) +
                              "&room=bench-1234 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const net::HttpReader::Limits limits;
    for (auto round : state) {
        if (!is_upgrade(bytes, limits)) state.SkipWithError("the upgrade was refused");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_upgrade);

[[gnu::noinline]] std::string upgrade_answer(std::string_view key) {
    net::HttpResponse response;
    response.status = 101;
    response.headers = {{"Upgrade", "websocket"},
                        {"Connection", "Upgrade"},
                        {"Sec-WebSocket-Accept", ws::accept_key(key)}};
    return net::serialize(response, 11, true, false);
}

void answer_upgrade(benchmark::State& state) {
    for (auto round : state) {
        auto wire = upgrade_answer("dGhlIHNhbXBsZSBub25jZQ==");
        benchmark::DoNotOptimize(wire);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(answer_upgrade);

}  // namespace
