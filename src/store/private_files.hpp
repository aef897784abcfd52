// Private files: the few file-system calls that make something only its owner can read.
// Thread: any; used at start-up.
// Owns:   nothing.
// Limits: none.
// Invariant: nothing here ever makes a file or directory wider than its owner.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"

namespace confab::store {

inline constexpr mode_t kPrivateFile = 0600;

// std::runtime_error with "<what>: <text of errno>". Call it before errno can change.
[[noreturn]] void throw_system_error(const std::string& what);

// The directory a path lies in; "." when it has none.
[[nodiscard]] std::string parent_directory(const std::string& path);

// The next three throw std::runtime_error when the system refuses.
void write_all(int descriptor, std::string_view bytes, const std::string& path);
// At most `bytes_max` bytes; a longer file is an error.
[[nodiscard]] std::string read_all(int descriptor, std::size_t bytes_max, const std::string& path);
// Makes the names in the directory survive a loss of power.
void sync_directory(const std::string& directory);

}  // namespace confab::store
