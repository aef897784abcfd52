// TempDirectory: a directory of one test, removed with everything in it.
// Thread: one.
// Owns:   the directory.
// Limits: none.
// Invariant: mode 0700 and a name that nobody else has.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace confab::test {

class TempDirectory {
  public:
    TempDirectory() {
        path_ = (std::filesystem::temp_directory_path() / "confab-test-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "mkdtemp failed for " << path_;
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace confab::test
