// DatabaseRestore: a copy put in the place of the data directory's database.
// Thread: commands; a call blocks.
// Owns:   the directory's lock, for the length of the call.
// Limits: none.
// Invariants: (1) no server runs on the directory meanwhile. (2) the backup is read, never changed
//             or moved. (3) a database that was there is kept whole, under another name, and only
//             given up when the new one is examined and on the disk. (4) what is put there says
//             that it is a copy, so the next server begins a new epoch.
// Errors: std::runtime_error with a text for the operator; DamagedDatabase.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "store/database_copy.hpp"

namespace confab::store {

struct RestoreReport {
    CopyReport copy;
    std::string kept_as;  // empty: there was no database
};

// The directory must be there. `replace`: also when there is a database already.
[[nodiscard]] RestoreReport restore_database(const std::string& directory,
                                             const std::string& backup, bool replace, WallTime now);

}  // namespace confab::store
