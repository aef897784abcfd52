#include <cstdio>
#include <filesystem>
#include <string>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "app/server.hpp"
#include "store/integrity.hpp"

namespace confab::app {
namespace {

log::Logger::Options logger_options(const config::Options& options) {
    log::Logger::Options logger;
    logger.level = log::parse_level(options.log.level).value_or(log::Level::info);
    logger.format = log::parse_format(options.log.format).value_or(log::Format::automatic);
    return logger;
}

// Where to go next, for whoever has just started it.
void say_hello(const Server& server, const config::Options& options, std::string_view version) {
    std::string data = "nothing is kept on the disk (--store memory)";
    if (options.store.kind != "memory") {
        std::error_code ignored;
        const auto path = std::filesystem::weakly_canonical(options.data.dir, ignored);
        data = (ignored ? options.data.dir : path.string()) + " (SQLite)";
    }
    const std::string& url = server.listeners().url();
    const std::string& metrics_url = server.listeners().metrics_url();
    std::printf("Confab %s is ready at %s\n", std::string(version).c_str(), url.c_str());
    for (const std::string& line : server.listeners().lines())
        std::printf("  %s\n", line.c_str());
    std::printf("  docs     %s/docs\n", url.c_str());
    std::printf("  chat     confab chat --url %s\n", url.c_str());
    std::printf("  metrics  %s/metrics\n", (metrics_url.empty() ? url : metrics_url).c_str());
    std::printf("  data     %s\n", data.c_str());
    std::printf("  profile  %s\n", options.profile.c_str());
    std::fflush(stdout);
}

}  // namespace

int serve(const config::Options& options, const config::Sources& sources,
          std::string_view version) {
    set_process_defaults();
    log::Logger logger(logger_options(options));
    try {
        Server server(
            options, [&sources] { return config::load(sources); }, std::string(version), logger);
        server.listen();
        say_hello(server, options, version);
        const int status = server.run();
        logger.flush();
        return status;
    } catch (const store::DamagedDatabase& damaged) {
        logger.flush();
        std::fprintf(stderr, "confab: %s\n", damaged.what());
        return kExitDamaged;
    }
}

}  // namespace confab::app
