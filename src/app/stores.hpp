// Stores: the configured store, opened: a SQLite file with its directory and lock, or memory.
// Thread: made on the main thread; the ports from any worker.
// Owns:   the store, and the lock that keeps a second server out.
// Limits: none.
// Invariant: with `memory` nothing is written to the disk.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "auth/account.hpp"
#include "auth/refresh_family.hpp"
#include "config/options.hpp"
#include "log/log.hpp"
#include "store/data_directory.hpp"

namespace confab::store {
class SqliteDatabase;
}

namespace confab::app {

class Stores {
  public:
    enum class Role { server, tool };

    // Throws std::runtime_error with a text for the operator, store::DamagedDatabase among them.
    // `on_fatal` is called, on a worker, when the disk can no longer be trusted.
    Stores(const config::Options& options, Role role, log::Logger& logger,
           std::function<void(std::string_view)> on_fatal);

    [[nodiscard]] auth::AccountStore& accounts() { return *accounts_; }
    [[nodiscard]] auth::RefreshStore& families() { return *families_; }
    // Null: the store is in memory.
    [[nodiscard]] store::SqliteDatabase* database() { return database_; }

  private:
    std::optional<store::DataLock> lock_;
    std::shared_ptr<void> store_;  // whatever it is, both ports below are it
    auth::AccountStore* accounts_ = nullptr;
    auth::RefreshStore* families_ = nullptr;
    store::SqliteDatabase* database_ = nullptr;
};

}  // namespace confab::app
