// DatabaseCopy: one whole file made of a database, also while a server writes to it.
// Thread: commands; a call blocks.
// Owns:   the file under its temporary name, <target>.part, until it has its own.
// Limits: kBackupPagesPerStep pages at a time.
// Invariants: (1) the copy is the database at one moment: of every room the events up to some seq,
//             without holes. (2) the source is only read. Nobody who writes to it waits; but its
//             WAL cannot be shortened until the copy is made. (3) under its name a copy is whole,
//             examined, on the disk, and its owner's alone; nothing that has the name is replaced.
//             (4) a copy says that it is one: whoever serves it begins a new epoch
//             (store/log_life.hpp).
// Errors: std::runtime_error with a text for the operator; DamagedDatabase.
#pragma once

#include <cstdint>
#include <string>

#include "store/integrity.hpp"

namespace confab::store {

// What `PRAGMA user_version` of a copy is; that of a file that was served is 0.
inline constexpr int kCopyMark = 0x436f7079;  // "Copy"

struct CopyReport {
    std::uint64_t bytes = 0;
    std::uint64_t rooms = 0;
    std::uint64_t events = 0;
};

[[nodiscard]] CopyReport copy_database(const std::string& source, const std::string& target,
                                       Depth depth);

}  // namespace confab::store
