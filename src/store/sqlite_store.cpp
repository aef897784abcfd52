#include "store/sqlite_store.hpp"

#include <utility>

#include "store/sqlite_database.hpp"

namespace confab::store {

SqliteStore::SqliteStore(Options options)
    : database_(std::make_unique<SqliteDatabase>(SqliteDatabase::Options{
          std::move(options.path), options.server, std::move(options.on_fatal)})) {}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::failed() const {
    return database_->failed();
}

}  // namespace confab::store
