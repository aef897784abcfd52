// TempFile: a file with a given text that is gone when the test ends.
// Thread: one test.
// Owns:   the file.
// Limits: none.
// Invariant: the path is new and the file is closed.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

namespace confab::config {

class TempFile {
  public:
    explicit TempFile(std::string_view text) : path_(::testing::TempDir() + "confab-XXXXXX") {
        const int descriptor = ::mkstemp(path_.data());
        EXPECT_GE(descriptor, 0);
        ::close(descriptor);
        std::ofstream(path_, std::ios::binary) << text;
    }
    ~TempFile() { ::unlink(path_.c_str()); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace confab::config
