#include "app/stores.hpp"

#include <filesystem>
#include <utility>

#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"

namespace confab::app {

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
    sqlite.on_fatal = std::move(on_fatal);
    const auto store = std::make_shared<store::SqliteStore>(std::move(sqlite));
    database_ = &store->database();
    use(store);
}

}  // namespace confab::app
