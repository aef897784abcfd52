#include "store/data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <barrier>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/crypto.hpp"
#include "support/temp_directory.hpp"
#include "unit/store/child_process.hpp"

namespace confab::store {
namespace {

// What the call complains about; "" when it does not.
std::string complaint(const std::function<void()>& call) {
    try {
        call();
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class DataDirectory : public ::testing::Test {
  protected:
    void make_directory(mode_t mode) {
        ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    }
    test::TempDirectory parent_;
    const std::string path_ = parent_.file("data");
};

TEST_F(DataDirectory, MissingDirectoryIsMadeForItsOwnerOnly) {
    const mode_t before = ::umask(0);
    const auto warning = prepare_data_directory(path_ + "/a/b///");
    ::umask(before);
    EXPECT_FALSE(warning);
    for (const char* part : {"", "/a", "/a/b"})
        EXPECT_EQ(mode_of(path_ + part), 0700U) << part;
    EXPECT_FALSE(prepare_data_directory(path_ + "/a/b"));
}

TEST_F(DataDirectory, DirectoryOthersCanReachIntoIsUsedWithAWarning) {
    make_directory(0750);
    for (const mode_t mode : {0750U, 0755U, 0770U, 0701U}) {
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
        const auto warning = prepare_data_directory(path_);
        ASSERT_TRUE(warning) << std::oct << mode;
        EXPECT_NE(warning->find(path_), std::string::npos);
        EXPECT_EQ(mode_of(path_), mode) << "the directory is the operator's";
    }
}

TEST_F(DataDirectory, DirectoryEveryUserCanWriteIsRefused) {
    make_directory(0777);
    EXPECT_NE(
        complaint([&] { static_cast<void>(prepare_data_directory(path_)); }).find("chmod 700"),
        std::string::npos);
}

TEST_F(DataDirectory, WhatIsNoDirectoryIsRefused) {
    std::ofstream(path_) << "x";
    EXPECT_NE(complaint([&] {
                  static_cast<void>(prepare_data_directory(path_));
              }).find("is not a directory"),
              std::string::npos);
    EXPECT_NE(
        complaint([&] { static_cast<void>(prepare_data_directory(path_ + "/below")); }).find(path_),
        std::string::npos);
    EXPECT_NE(complaint([&] { static_cast<void>(prepare_data_directory("/proc/confab/a")); }), "");
}

TEST_F(DataDirectory, DirectoryWithoutTheRightToWriteIsRefused) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
    make_directory(0500);
    EXPECT_NE(
        complaint([&] { static_cast<void>(prepare_data_directory(path_)); }).find("cannot write"),
        std::string::npos);
}

class SecretFile : public ::testing::Test {
  protected:
    void write(const std::string& text, mode_t mode = 0600) {
        std::ofstream(path_, std::ios::binary) << text;
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    }
    std::string refusal() {
        return complaint([&] { static_cast<void>(load_or_create_secret(path_)); });
    }
    test::TempDirectory directory_;
    const std::string path_ = directory_.file("secret");
    const std::string good_ = base64url(random_bytes(32));
};

TEST_F(SecretFile, MissingSecretIsMadeOnceForItsOwnerOnly) {
    const mode_t before = ::umask(0);
    const Secret made = load_or_create_secret(path_);
    ::umask(before);
    EXPECT_EQ(made.size(), 43U);  // 32 bytes as base64url
    EXPECT_EQ(mode_of(path_), 0600U);
    EXPECT_TRUE(made.same_as(load_or_create_secret(path_).reveal()));
    EXPECT_TRUE(made.same_as(load_secret(path_).reveal()));
    EXPECT_EQ(content_of(path_), std::string(made.reveal()) + "\n");
    // Nothing else is left behind.
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
    const Secret other = load_or_create_secret(directory_.file("other"));
    EXPECT_FALSE(made.same_as(other.reveal()));
}

TEST_F(SecretFile, ManyFirstStartsAgreeOnOneSecret) {
    constexpr int kThreads = 8;
    std::vector<std::string> seen(kThreads);
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            seen[i] = load_or_create_secret(path_).reveal();
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 1U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(SecretFile, LineEndIsNoPartOfTheSecret) {
    for (const char* end : {"", "\n", "\r\n", "\n\n"}) {
        write(good_ + end);
        EXPECT_TRUE(load_or_create_secret(path_).same_as(good_));
    }
}

TEST_F(SecretFile, FileThatOthersCanReachIsRefused) {
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0644U}) {
        write(good_, mode);
        EXPECT_NE(refusal().find("chmod 600"), std::string::npos) << std::oct << mode;
    }
}

TEST_F(SecretFile, WeakContentIsRefusedAndNotShown) {
    for (const std::string& weak : {std::string(), std::string("\n"), std::string("secret"),
                                    std::string("31-characters-are-one-too-few!!")}) {
        write(weak);
        const std::string text = refusal();
        EXPECT_NE(text.find("weak secret"), std::string::npos);
        if (weak.size() > 6) {
            EXPECT_EQ(text.find(weak), std::string::npos);
        }
        EXPECT_EQ(content_of(path_), weak) << "an existing secret is never replaced";
    }
}

TEST_F(SecretFile, TooLongFileIsRefused) {
    write(std::string(1024 * 1024, 'x'));
    EXPECT_NE(refusal().find("too long"), std::string::npos);
}

TEST_F(SecretFile, WhatIsNoPlainFileIsRefused) {
    write(good_);
    const std::string link = directory_.file("link");
    ASSERT_EQ(::symlink(path_.c_str(), link.c_str()), 0);
    const std::string pipe = directory_.file("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& path : {link, pipe, directory_.path()}) {
        EXPECT_NE(complaint([&] { static_cast<void>(load_or_create_secret(path)); }).find(path),
                  std::string::npos)
            << path;
    }
}

TEST_F(SecretFile, MissingSecretIsAnErrorWhereNoneMayBeMade) {
    EXPECT_NE(complaint([&] { static_cast<void>(load_secret(path_)); }).find(path_),
              std::string::npos);
    EXPECT_NE(complaint([&] {
                  static_cast<void>(load_or_create_secret(directory_.file("no/such/secret")));
              }),
              "");
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST(DataLock, SecondServerOnADirectoryIsRefusedUntilTheFirstEnds) {
    const test::TempDirectory directory;
    {
        const DataLock first(directory.path());
        const std::string text = complaint([&] { const DataLock second(directory.path()); });
        EXPECT_NE(text.find("already runs on " + directory.path()), std::string::npos) << text;
        EXPECT_NE(text.find(std::to_string(::getpid())), std::string::npos) << text;
        EXPECT_EQ(mode_of(directory.file("confab.lock")), 0600U);
    }
    EXPECT_EQ(complaint([&] { const DataLock next(directory.path()); }), "");
}

TEST(DataLock, EndsWithAProcessThatWasKilled) {
    const test::TempDirectory directory;
    test::ChildProcess child([&](const auto& say) {
        const DataLock lock(directory.path());
        say("locked");
        ::pause();
        return 0;
    });
    ASSERT_EQ(child.next_line(), "locked");
    EXPECT_NE(complaint([&] { const DataLock second(directory.path()); }), "");
    child.kill();
    EXPECT_EQ(complaint([&] { const DataLock second(directory.path()); }), "");
}

}  // namespace
}  // namespace confab::store
