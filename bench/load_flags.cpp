// The flags of the load client.
#include <CLI/CLI.hpp>

#include "bench/load_options.hpp"

namespace confab::bench {
namespace {

void add_server(CLI::App& app, LoadOptions& options) {
    app.add_option("--host", options.host, "IPv4 address of the server");
    app.add_option("--port", options.port, "Its port")->required();
    app.add_option("--pid", options.pid, "Its process, to read its CPU and memory");
    app.add_option("--path", options.path, "With {token}, {room} and {member} to be replaced");
    app.add_option("--protocol", options.protocol, "What is spoken inside the WebSocket")
        ->check(CLI::IsMember({"text", "v2", "socketio", "nats", "mqtt"}));
    app.add_option("--tokens", options.tokens_file,
                   "File with one token per line; "
                   "sent in a header where --path has no {token}");
    app.add_option("--epoch", options.epoch, "v2: epoch of the position that members have");
    app.add_option("--seq", options.seq, "v2: its seq; without it they have no position");
    app.add_flag("--tls", options.tls, "Through TLS; every certificate is believed");
    app.add_flag("--deflate", options.deflate, "Offer permessage-deflate");
}

void add_load(CLI::App& app, LoadOptions& options) {
    app.add_option("--members", options.members, "Connections in all")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--rooms", options.rooms, "Rooms they are spread over; divides --members")
        ->check(CLI::Range(1, 1'000'000));
    auto* window = app.add_option("--window", options.window, "Messages in flight per room")
                       ->check(CLI::Range(1, 65536));
    app.add_option("--rate", options.rate, "Messages per second per room, instead of a window")
        ->check(CLI::Range(0.0, 1e6))
        ->excludes(window);
    app.add_option("--payload", options.payload_bytes, "Bytes of a message")
        ->check(CLI::Range(1, 65536));
    app.add_option("--churn", options.churn, "Reconnects per second, of members that do not send")
        ->check(CLI::Range(0.0, 1e5));
    app.add_option("--stalled", options.stalled_percent, "Percent of the members that stop reading")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--handshakes", options.handshakes_max, "Connections being opened at once")
        ->check(CLI::Range(1, 4096));
    app.add_option("--quiet", options.quiet_s, "Seconds without a notice before messages are sent")
        ->check(CLI::Range(0.0, 20.0));
    app.add_option("--warmup", options.warmup_s, "Seconds of load before measuring")
        ->check(CLI::Range(0.0, 60.0));
    app.add_option("--seconds", options.seconds, "Seconds measured; 0: connect and idle only")
        ->check(CLI::Range(0.0, 3600.0));
}

}  // namespace

void parse_options(int argc, char** argv, LoadOptions& options) {
    CLI::App app("Puts load on a server that brings each message to all members of its room.");
    add_server(app, options);
    add_load(app, options);
    try {
        app.parse(argc, argv);
        if (options.members % options.rooms != 0) {
            throw CLI::ValidationError("--rooms", "must divide --members");
        }
        if (options.tokens_file.empty() && options.path.find("{token}") != std::string::npos) {
            throw CLI::RequiredError("--tokens");
        }
    } catch (const CLI::ParseError& error) {
        throw UsageError{app.exit(error)};
    }
}

}  // namespace confab::bench
