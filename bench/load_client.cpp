// The load client: opens members in rooms, keeps messages in flight, prints one line of JSON.
// What it measures and how: bench/README.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load_run.hpp"

namespace confab::bench {
namespace {

int parse(int argc, char** argv, LoadOptions& options) {
    CLI::App app("Puts load on a chat server that speaks Confab's protocol v1.");
    app.add_option("--host", options.host, "IPv4 address of the server");
    app.add_option("--port", options.port, "Its port")->required();
    app.add_option("--tokens", options.tokens_file, "File with one token per line")->required();
    app.add_option("--members", options.members, "Connections in all")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--rooms", options.rooms, "Rooms they are spread over; divides --members")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--window", options.window, "Messages in flight per room")
        ->check(CLI::Range(1, 65536));
    app.add_option("--payload", options.payload_bytes, "Bytes of a message")
        ->check(CLI::Range(1, 65536));
    app.add_option("--handshakes", options.handshakes_max, "Connections being opened at once")
        ->check(CLI::Range(1, 4096));
    app.add_option("--warmup", options.warmup_s, "Seconds of load before measuring")
        ->check(CLI::Range(0, 60));
    app.add_option("--seconds", options.seconds, "Seconds measured; 0: connect and idle only")
        ->check(CLI::Range(0, 3600));
    app.add_option("--pid", options.pid, "The server's process, to read its CPU and memory");
    try {
        app.parse(argc, argv);
        if (options.members % options.rooms != 0) {
            throw CLI::ValidationError("--rooms", "must divide --members");
        }
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? -1 : 2;
    }
    return 0;
}

std::vector<std::string> read_tokens(const LoadOptions& options) {
    std::ifstream file(options.tokens_file);
    std::vector<std::string> tokens;
    for (std::string line; tokens.size() < options.members && std::getline(file, line);) {
        if (!line.empty()) tokens.push_back(line);
    }
    if (tokens.size() < options.members) {
        throw std::runtime_error("fewer tokens than members in " + options.tokens_file);
    }
    return tokens;
}

void allow_many_descriptors() {
    rlimit limit{};
    checked(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    checked(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

double per(double sum, std::uint64_t count) {
    return count == 0 ? 0 : sum / static_cast<double>(count);
}

void print(const LoadOptions& options, const LoadResult& result) {
    const auto members = static_cast<double>(options.members);
    const double seconds = std::max(result.seconds, 1e-9);
    std::printf("{\"members\":%zu,\"rooms\":%zu,\"window\":%zu,\"payload\":%zu,", options.members,
                options.rooms, options.window, options.payload_bytes);
    std::printf("\"connects_per_s\":%.1f,\"connect_cpu_us\":%.2f,\"connect_waited\":%.4f,",
                members / result.connect_s, result.connect_cpu_s * 1e6 / members,
                result.connect_waited_s / result.connect_s);
    std::printf("\"resident_before\":%lld,\"resident_connected\":%lld,",
                static_cast<long long>(result.memory_before.resident_bytes),
                static_cast<long long>(result.memory_connected.resident_bytes));
    std::printf("\"anonymous_before\":%lld,\"anonymous_connected\":%lld,",
                static_cast<long long>(result.memory_before.anonymous_bytes),
                static_cast<long long>(result.memory_connected.anonymous_bytes));
    std::printf("\"seconds\":%.3f,\"deliveries\":%llu,\"messages\":%llu,\"bytes\":%llu,",
                result.seconds, static_cast<unsigned long long>(result.deliveries),
                static_cast<unsigned long long>(result.echoes),
                static_cast<unsigned long long>(result.received_bytes));
    std::printf("\"deliveries_per_s\":%.0f,\"cpu_ns_per_delivery\":%.1f,",
                static_cast<double>(result.deliveries) / seconds,
                per(result.server.cpu_s * 1e9, result.deliveries));
    std::printf("\"user_ns_per_delivery\":%.1f,\"system_ns_per_delivery\":%.1f,",
                per(result.server.user_s * 1e9, result.deliveries),
                per(result.server.system_s * 1e9, result.deliveries));
    std::printf("\"server_busy\":%.3f,\"client_busy\":%.3f,\"waited\":%.4f,",
                result.server.cpu_s / seconds, result.client_cpu_s / seconds,
                result.waited_s / seconds);
    std::printf("\"echo_p50_us\":%.1f,\"echo_p99_us\":%.1f}\n",
                static_cast<double>(result.echo_p50_ns) * 1e-3,
                static_cast<double>(result.echo_p99_ns) * 1e-3);
}

}  // namespace
}  // namespace confab::bench

int main(int argc, char** argv) {
    using namespace confab::bench;
    try {
        LoadOptions options;
        if (const int status = parse(argc, argv, options); status != 0) {
            return status < 0 ? 0 : status;
        }
        allow_many_descriptors();
        print(options, LoadRun(options, read_tokens(options)).run());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load_client: %s\n", error.what());
        return 1;
    }
}
