// Data directory: where everything that must outlive the process lies; private to its owner.
// Thread: start-up only, one thread.
// Owns:   DataLock the lock file's descriptor; the lock ends with it, or with the process.
// Limits: kSecretFileBytesMax.
// Invariants: (1) what is created here is 0700 or 0600 from its first moment.
//             (2) a secret file is either absent or whole: it appears under its name only when
//                 its bytes are on the disk. (3) one server per directory.
// Errors: std::runtime_error with a text for the operator, who may see paths; never a secret.
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"
#include "store/private_files.hpp"

namespace confab::store {

// Creates the directory, and those above it, with mode 0700, or looks at the one that is there.
// Throws when it is no directory, cannot be written, or any user of the system may write to it.
// Returns a warning for the log when its group or others can reach into it, or when it belongs to
// somebody else.
[[nodiscard]] std::optional<std::string> prepare_data_directory(const std::string& path);

// Reads the secret, or makes one of 32 random bytes as base64url text; the directory must be there.
// A line end after the secret is not part of it. Throws when the file is a link, can be reached by
// group or others, belongs to somebody else, or holds a weak secret (auth/secret_strength.hpp).
[[nodiscard]] Secret load_or_create_secret(const std::string& path);

// Reads a secret that must be there, under the same rules.
[[nodiscard]] Secret load_secret(const std::string& path);

// Held by `confab serve` for its whole life on <directory>/confab.lock. Throws when another server
// holds it. The kernel drops the lock with the process, so a crash leaves nothing to clean up.
class DataLock {
  public:
    explicit DataLock(const std::string& directory);

  private:
    FileDescriptor file_;
};

}  // namespace confab::store
