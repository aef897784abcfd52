// EmbeddedFile: a file that the build put into the binary (cmake/embed.cmake).
// Thread: constants.
// Owns:   nothing; the bytes live as long as the program.
// Limits: none.
// Invariant: the name is the path below the folder given to the build, with '/' between its parts.
#pragma once

#include <string_view>

namespace confab {

struct EmbeddedFile {
    std::string_view name;
    std::string_view content;
};

}  // namespace confab
