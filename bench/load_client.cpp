// The load client: opens members in rooms, lets messages flow, prints one line of JSON.
// What it measures and how: bench/README.md.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load_run.hpp"

namespace confab::bench {
namespace {

std::vector<std::string> read_tokens(const LoadOptions& options) {
    std::vector<std::string> tokens;
    if (options.tokens_file.empty()) return tokens;
    std::ifstream file(options.tokens_file);
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

void put(const char* name, double value) {
    std::printf("\"%s\":%.4f,", name, value);
}

void put(const char* name, std::uint64_t value) {
    std::printf("\"%s\":%llu,", name, static_cast<unsigned long long>(value));
}

void put_memory(const char* moment, const ProcessMemory& memory) {
    std::printf("\"resident_%s\":%lld,\"anonymous_%s\":%lld,", moment,
                static_cast<long long>(memory.resident_bytes), moment,
                static_cast<long long>(memory.anonymous_bytes));
}

void put_times(const char* what, const Histogram& times) {
    for (const int percent : {50, 99}) {
        std::printf("\"%s_p%d_us\":%.1f,", what, percent,
                    static_cast<double>(times.quantile(percent / 100.0)) * 1e-3);
    }
}

void print_options(const LoadOptions& options) {
    put("members", std::uint64_t{options.members});
    put("rooms", std::uint64_t{options.rooms});
    put("window", std::uint64_t{options.window});
    put("rate", options.rate);
    put("payload", std::uint64_t{options.payload_bytes});
    put("churn", options.churn);
}

void print_connecting(const LoadOptions& options, const LoadResult& result) {
    const auto members = static_cast<double>(options.members);
    put("connects_per_s", members / result.connect_s);
    put("connect_cpu_us", result.connect_cpu_s * 1e6 / members);
    put("connect_waited", result.connect_waited_s / result.connect_s);
    put("connect_s", result.connect_s);
    put("connect_cpu_s", result.connect_cpu_s);
    put("replayed", result.replayed);
    put_memory("before", result.memory_before);
    put_memory("connected", result.memory_connected);
    put_memory("peak", result.memory_peak);
}

void print_load(const LoadResult& result) {
    const double seconds = std::max(result.seconds, 1e-9);
    const Crowd::Counts& counts = result.counts;
    put("seconds", result.seconds);
    put("messages", result.messages);
    put("deliveries", counts.deliveries);
    put("compressed", counts.compressed);
    put("others", counts.others);
    put("bytes", counts.bytes);
    put("reconnects", counts.reconnects);
    put("stalled", std::uint64_t{result.stalled});
    put("cut", result.cut);
    put("deliveries_per_s", static_cast<double>(counts.deliveries) / seconds);
    put("cpu_ns_per_delivery", per(result.server.cpu_s * 1e9, counts.deliveries));
    put("user_ns_per_delivery", per(result.server.user_s * 1e9, counts.deliveries));
    put("system_ns_per_delivery", per(result.server.system_s * 1e9, counts.deliveries));
    put("server_busy", result.server.cpu_s / seconds);
    put("client_busy", result.client_cpu_s / seconds);
    put("waited", result.waited_s / seconds);
}

void run(const LoadOptions& options) {
    LoadRun run(options, read_tokens(options));
    const LoadResult result = run.run();
    std::printf("{");
    print_options(options);
    print_connecting(options, result);
    print_load(result);
    put_times("echo", run.echo_ns());
    put_times("delivery", run.delivery_ns());
    put_times("reply", run.reply_ns());
    std::printf("\"pid\":%d}\n", options.pid);
}

}  // namespace
}  // namespace confab::bench

int main(int argc, char** argv) {
    using namespace confab::bench;
    try {
        LoadOptions options;
        parse_options(argc, argv, options);
        allow_many_descriptors();
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
        run(options);
        return 0;
    } catch (const UsageError& error) {
        return error.status;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load_client: %s\n", error.what());
        return 1;
    }
}
