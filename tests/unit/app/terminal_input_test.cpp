#include "app/terminal_input.hpp"
#include "app/chat_client_limits.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>
#include <utility>

namespace confab::app {
namespace {

class InputReaderTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(::pipe2(pipe_, O_CLOEXEC), 0); }
    void TearDown() override {
        ::close(pipe_[0]);
        if (pipe_[1] >= 0) ::close(pipe_[1]);
    }
    void type(std::string_view text) {
        ASSERT_EQ(::write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void end() { ::close(std::exchange(pipe_[1], -1)); }

    InputReader::Handler remember() {
        return [this](std::string bytes) { got_ = std::move(bytes); };
    }
    // Runs the loop until the reader has called back.
    std::string answer() {
        got_.reset();
        while (!got_)
            io_.run_one();
        return *got_;
    }

    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    int pipe_[2] = {-1, -1};
    std::optional<std::string> got_;
};

TEST_F(InputReaderTest, HandsOverOneChunkForEachRequest) {
    InputReader reader(io_.get_executor(), pipe_[0], remember());
    type(std::string(kChatInputChunkBytes, 'a') + "b");
    reader.next();
    EXPECT_EQ(answer(), std::string(kChatInputChunkBytes, 'a'));
    EXPECT_EQ(io_.poll(), 0U);
    reader.next();
    EXPECT_EQ(answer(), "b");
}

TEST_F(InputReaderTest, ReadsNothingBeforeItIsAsked) {
    type("early");
    {
        const InputReader reader(io_.get_executor(), pipe_[0], remember());
        // Gives a reader that is wrong the time to be so; a right one needs none.
        for (int i = 0; i < 10'000; ++i)
            std::this_thread::yield();
    }
    EXPECT_EQ(io_.poll(), 0U);
    char left[8];
    EXPECT_EQ(::read(pipe_[0], left, sizeof left), 5);
}

TEST_F(InputReaderTest, TellsTheEndOfInputWithAnEmptyChunk) {
    InputReader reader(io_.get_executor(), pipe_[0], remember());
    end();
    reader.next();
    EXPECT_EQ(answer(), "");
}

TEST_F(InputReaderTest, ReadsRegularFilesToo) {
    const int file = ::open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    {
        InputReader reader(io_.get_executor(), file, remember());
        reader.next();
        EXPECT_NE(answer(), "");
        reader.next();
        EXPECT_EQ(answer(), "");
    }
    ::close(file);
}

TEST_F(InputReaderTest, EndsAtOnceWhileItWaitsForInputThatNeverComes) {
    InputReader reader(io_.get_executor(), pipe_[0], remember());
    reader.next();
}

}  // namespace
}  // namespace confab::app
