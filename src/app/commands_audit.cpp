#include <cstdio>
#include <filesystem>
#include <string>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "base/json.hpp"
#include "store/audit_trail.hpp"

namespace confab::app {
namespace {

std::string line_of(const store::AuditEntry& entry) {
    std::string line = "{\"ts\":" + std::to_string(unix_milliseconds(entry.at));
    const auto add = [&](const char* name, std::string_view text) {
        line += std::string(",\"") + name + "\":";
        append_json_string(line, text);
    };
    add("actor", entry.actor);
    add("actor_name", entry.actor_name);
    add("room", entry.room);
    line += ",\"seq\":" + std::to_string(entry.seq);
    add("action", entry.action);
    line += ",\"detail\":" + entry.detail + "}\n";
    return line;
}

}  // namespace

int print_audit(const CommandLine::Audit& audit, const config::Options& options) {
    set_process_defaults();
    const auto database = std::filesystem::path(options.data.dir) / "confab.db";
    if (options.store.kind == "memory" || !std::filesystem::exists(database)) {
        std::fprintf(stderr, "confab: there is no database %s\n", database.c_str());
        return kExitFailed;
    }
    store::read_audit(database.string(), audit.room, audit.count,
                      [](const store::AuditEntry& entry) {
                          const std::string line = line_of(entry);
                          std::fwrite(line.data(), 1, line.size(), stdout);
                      });
    return std::fflush(stdout) == 0 ? 0 : kExitFailed;
}

}  // namespace confab::app
