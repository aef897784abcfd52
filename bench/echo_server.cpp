// The echo server: `net` without any chat. It sends every message back as it came, for conformance
// suites (tests/blackbox/conformance, or any other) and as the least that uses the seam between
// bytes and chat. Usage: echo_server PORT [--deflate]     on 127.0.0.1; PORT 0: a free one
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "net/listener.hpp"
#include "net/listening_socket.hpp"
#include "net/loop.hpp"
#include "ws/deflater.hpp"
#include "ws/frame.hpp"

namespace {

using namespace confab;
using namespace std::chrono_literals;

constexpr std::size_t kMessageBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kFragmentsMax = 131'072;
constexpr std::size_t kConnectionsMax = 1000;

// A suite may take its time, and may send much before it reads.
net::WsOptions ws_options() {
    return {.reader = {.message_bytes_max = kMessageBytesMax, .fragments_max = kFragmentsMax},
            .outbox = {.bytes_max = 16 * kMessageBytesMax, .frames_max = 1024 * 1024},
            .timeouts = {.assembly = 5min, .ping_interval = 1h, .stall = 5min}};
}

class Echo final : public net::WsHandler {
  public:
    // `window_bits`: those of the client's inflater; 0: it has none.
    Echo(ws::Deflater& deflater, int window_bits)
        : deflater_(deflater), window_bits_(window_bits) {}
    void on_open(net::WsConnection& connection) override { connection_ = &connection; }
    void on_text(std::string_view payload) override { send(ws::Opcode::text, payload); }
    void on_binary(std::string_view payload) override { send(ws::Opcode::binary, payload); }
    void on_rate_limited(std::string_view, std::chrono::nanoseconds) override {}
    [[nodiscard]] bool on_lost(feed::Subscription&) override { return false; }
    [[nodiscard]] bool wants_input() const override { return true; }
    void on_closed() override {}

  private:
    void send(ws::Opcode opcode, std::string_view payload) {
        if (window_bits_ > 0 && ws::fits_window(payload.size(), window_bits_)) {
            if (const auto frame = deflater_.compress(opcode, payload)) {
                return connection_->send(*frame);
            }
        }
        connection_->send(ws::encode_frame(opcode, payload));
    }

    ws::Deflater& deflater_;
    const int window_bits_;
    net::WsConnection* connection_ = nullptr;
};

// Any path is a WebSocket.
class EchoHttp final : public net::HttpHandler {
  public:
    void on_request(net::HttpRequest request, net::Responder responder) override {
        const unsigned refusal = request.upgrade_refusal();
        if (refusal != 0) return responder.respond(refused(refusal));
        responder.upgrade(std::make_unique<Echo>(deflater_, request.deflate_window_bits), {});
    }

    net::HttpResponse on_refusal(net::Refusal, std::string_view) override {
        net::HttpResponse response = refused(400);
        response.close = true;
        return response;
    }

  private:
    static net::HttpResponse refused(unsigned status) {
        net::HttpResponse response;
        response.status = status;
        if (status == 426) {
            response.headers = {{"Upgrade", "websocket"},
                                {"Connection", "Upgrade"},
                                {"Sec-WebSocket-Version", "13"}};
        }
        return response;
    }

    ws::Deflater deflater_;  // one for all: nothing stays in it from one message to the next
};

void serve(std::uint16_t port, bool deflate) {
    const SystemClock clock;
    metrics::Metrics metrics(1, "echo");
    log::Logger logger({.level = log::Level::warn});
    const net::NetOptions options{.http = {}, .ws = ws_options(), .admission = {}};
    net::Admission admission(clock, kConnectionsMax, kRefusedConnectionsMax);
    EchoHttp handler;
    net::Loop loop(0, clock, metrics.loop(0));
    net::ConnectionContext context{loop, handler, options, admission, logger, {.deflate = deflate}};
    const auto address = ListenAddress::parse("127.0.0.1:" + std::to_string(port));
    auto socket = net::ListeningSocket::open(*address, {});
    if (!socket) throw std::runtime_error(socket.error().detail);
    net::Listener listener(context, socket->release());
    listener.start();
    boost::asio::signal_set signals(loop.context(), SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code, int) {
        listener.close();
        loop.stop();
    });
    std::printf("Echo is ready at http://127.0.0.1:%u\n", unsigned{socket->address().port});
    std::fflush(stdout);
    loop.run();
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    bool deflate = false;
    CLI::App app("Sends every WebSocket message back as it came.");
    app.add_option("port", port, "Port on 127.0.0.1; 0: a free one")->required();
    app.add_flag("--deflate", deflate, "Agree on permessage-deflate");
    CLI11_PARSE(app, argc, argv);
    try {
        serve(port, deflate);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "echo_server: %s\n", error.what());
        return 1;
    }
}
