// The floor: a server that only moves bytes, to compare a chat server with. See bench/README.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "bench/floor_loop.hpp"

int main(int argc, char** argv) {
    using namespace confab::bench;
    FloorOptions options;
    const std::map<std::string, FloorMode> modes{
        {"each", FloorMode::each}, {"joined", FloorMode::joined}, {"uring", FloorMode::uring}};
    CLI::App app("Sends every text frame to all members of its room, and does nothing else.");
    app.add_option("--port", options.port, "Port on 127.0.0.1; 0: any");
    app.add_option("--mode", options.mode,
                   "One send per member for each message, or for each turn, or batches of those")
        ->transform(CLI::CheckedTransformer(modes));
    app.add_option("--extra", options.extra_bytes, "Bytes put before each payload")
        ->check(CLI::Range(0, 4096));
    CLI11_PARSE(app, argc, argv);
    try {
        rlimit limit{};
        checked(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
        limit.rlim_cur = limit.rlim_max;
        checked(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
        FloorLoop loop(options);
        std::printf("Floor is ready at http://127.0.0.1:%u\n", unsigned{loop.port()});
        std::fflush(stdout);
        loop.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "floor_server: %s\n", error.what());
        return 1;
    }
}
