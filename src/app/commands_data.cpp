#include <cstdio>
#include <filesystem>
#include <string>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "store/data_directory.hpp"
#include "store/database_restore.hpp"

namespace confab::app {
namespace {

std::string numbers(const store::CopyReport& copy) {
    return std::to_string(copy.bytes) + " bytes, " + std::to_string(copy.rooms) + " rooms, " +
           std::to_string(copy.events) + " events";
}

int back_up(const std::string& database, const std::string& target) {
    const auto copy = store::copy_database(database, target, store::Depth::quick);
    std::printf("%s: %s\n", target.c_str(), numbers(copy).c_str());
    return 0;
}

int restore(const std::string& directory, const std::string& backup, bool replace) {
    if (const auto warning = store::prepare_data_directory(directory)) {
        std::fprintf(stderr, "confab: %s\n", warning->c_str());
    }
    const auto done = store::restore_database(directory, backup, replace, SystemClock().wall_now());
    std::printf("%s/confab.db: %s\n", directory.c_str(), numbers(done.copy).c_str());
    if (!done.kept_as.empty()) std::printf("the old one is %s\n", done.kept_as.c_str());
    return 0;
}

int check(const std::string& database) {
    const auto found = store::examine(database, store::Depth::full);
    for (const std::string& fault : found.faults)
        std::printf("%s\n", fault.c_str());
    if (!found.faults.empty()) {
        std::fprintf(stderr, "confab: %s is damaged\n", database.c_str());
        return kExitDamaged;
    }
    std::printf("%s: no damage\n", database.c_str());
    return 0;
}

}  // namespace

int care_for_data(const CommandLine& command_line, const config::Options& options) {
    set_process_defaults();
    if (options.store.kind == "memory") {
        std::fprintf(stderr, "confab: --store memory keeps no database\n");
        return kExitFailed;
    }
    const std::string& file = command_line.data.file;
    const auto database = (std::filesystem::path(options.data.dir) / "confab.db").string();
    try {
        switch (command_line.command) {
            case CommandLine::Command::backup:
                return back_up(database, file);
            case CommandLine::Command::restore:
                return restore(options.data.dir, file, command_line.data.force);
            default:
                return check(file.empty() ? database : file);
        }
    } catch (const store::DamagedDatabase& damaged) {
        std::fprintf(stderr, "confab: %s\n", damaged.what());
        return kExitDamaged;
    }
}

}  // namespace confab::app
