// Damage: what a disk does to a database file.
// Thread: one; nobody may have the file open.
// Owns:   nothing.
// Limits: none.
// Invariant: the file keeps its length.
#pragma once

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace confab::test {

// Overwrites the head of the first page of the events' rows.
inline void damage_a_leaf(const std::string& file) {
    std::int64_t root = 0;
    std::int64_t page_size = 0;
    {
        SQLite::Database raw(file, SQLite::OPEN_READONLY);
        root =
            raw.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").getInt64();
        page_size = raw.execAndGet("PRAGMA page_size").getInt64();
    }
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp((root - 1) * page_size);
    bytes << std::string(64, '\x5a');
    ASSERT_TRUE(bytes.good());
}

}  // namespace confab::test
