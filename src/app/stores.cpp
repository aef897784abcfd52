#include "app/stores.hpp"

#include <filesystem>
#include <utility>

#include "base/limits.hpp"
#include "store/integrity.hpp"
#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"

namespace confab::app {
namespace {

// Before anything is written to it: a damaged file is left as it is.
void look_for_damage(const std::string& database, log::Logger& logger) {
    std::error_code absent;
    if (std::filesystem::file_size(database, absent) == 0 || absent) return;
    const auto found = store::examine(database, store::Depth::quick, kStoreCheckTime);
    for (const std::string& fault : found.faults)
        logger.error("database_damaged", {{"fault", fault}});
    if (!found.faults.empty()) {
        throw store::DamagedDatabase(
            "the database " + database + " is damaged: " + found.faults.front() +
            ". Nothing was changed. `confab check` tells more, `confab restore --force` puts a "
            "backup in its place; --set store.check_at_start=off starts all the same");
    }
    logger.info("database_checked", {{"complete", found.complete}});
}

}  // namespace

Stores::Stores(const config::Options& options, Role role, log::Logger& logger,
               std::function<void(std::string_view)> on_fatal) {
    const auto use = [this](auto store) {
        accounts_ = store.get();
        families_ = store.get();
        store_ = std::move(store);
    };
    if (options.store.kind == "memory") {
        use(std::make_shared<store::MemoryStore>());
        return;
    }
    const std::string& directory = options.data.dir;
    if (const auto warning = store::prepare_data_directory(directory)) {
        logger.warn("data_directory", {{"warning", *warning}});
    }
    if (role == Role::server) lock_.emplace(directory);
    store::SqliteStore::Options sqlite;
    sqlite.path = (std::filesystem::path(directory) / "confab.db").string();
    sqlite.server = role == Role::server;
    if (sqlite.server && options.store.check_at_start == "quick") {
        look_for_damage(sqlite.path, logger);
    }
    sqlite.on_fatal = std::move(on_fatal);
    const auto store = std::make_shared<store::SqliteStore>(std::move(sqlite));
    database_ = &store->database();
    use(store);
}

}  // namespace confab::app
