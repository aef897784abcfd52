#include "app/terminal.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace confab::app {
namespace {

// A pseudo terminal: `program` is what a program would have as its terminal.
class Pty {
  public:
    Pty() { EXPECT_EQ(::openpty(&person_, &program_, nullptr, nullptr, nullptr), 0); }
    ~Pty() {
        ::close(person_);
        ::close(program_);
    }
    Pty(const Pty&) = delete;
    Pty& operator=(const Pty&) = delete;

    [[nodiscard]] int program() const { return program_; }
    [[nodiscard]] tcflag_t local_flags() const {
        termios mode{};
        EXPECT_EQ(::tcgetattr(program_, &mode), 0);
        return mode.c_lflag;
    }
    void type(std::string_view text) const {
        EXPECT_EQ(::write(person_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }

  private:
    int person_ = -1;
    int program_ = -1;
};

// Puts another descriptor in the place of standard input while it lives.
class StandardInput {
  public:
    explicit StandardInput(int fd) : before_(::dup(STDIN_FILENO)) { ::dup2(fd, STDIN_FILENO); }
    ~StandardInput() {
        ::dup2(before_, STDIN_FILENO);
        ::close(before_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

  private:
    int before_;
};

TEST(ModeGuard, PutsTheModeBackThatItFound) {
    const Pty pty;
    const tcflag_t before = pty.local_flags();
    ASSERT_NE(before & ECHO, 0U);
    {
        const ModeGuard guard(pty.program(), ModeGuard::Mode::every_key);
        EXPECT_EQ(pty.local_flags() & (ECHO | ICANON), 0U);
        EXPECT_NE(pty.local_flags() & ISIG, 0U) << "Ctrl-C must stay a signal";
    }
    EXPECT_EQ(pty.local_flags(), before);
    {
        const ModeGuard guard(pty.program(), ModeGuard::Mode::no_echo);
        EXPECT_EQ(pty.local_flags() & ECHO, 0U);
        EXPECT_NE(pty.local_flags() & ICANON, 0U);
    }
    EXPECT_EQ(pty.local_flags(), before);
}

TEST(ModeGuard, DoesNothingToAPipe) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    { const ModeGuard guard(ends[0], ModeGuard::Mode::every_key); }
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(Ask, TakesOneLineAndLeavesTheRestToBeRead) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const StandardInput input(ends[0]);
    const BlockedSignals signals;
    ASSERT_EQ(::write(ends[1], "se cret\r\nrest", 13), 13);
    const Result<Secret> line = read_line(signals);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->reveal(), "se cret");
    ::close(ends[1]);
    EXPECT_EQ(read_line(signals)->reveal(), "rest");
    EXPECT_EQ(read_line(signals).error().code, "no_answer");
    ::close(ends[0]);
}

TEST(Ask, HidesWhatIsTypedAndShowsItNowhere) {
    const Pty pty;
    const StandardInput input(pty.program());
    const BlockedSignals signals;
    const tcflag_t before = pty.local_flags();
    pty.type("hunter2\n");
    testing::internal::CaptureStderr();
    const Result<Secret> answer = ask(signals, "Password: ", true);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "Password: \n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->reveal(), "hunter2");
    EXPECT_EQ(pty.local_flags(), before);
}

TEST(Ask, PutsTheModeBackWhenASignalInterrupts) {
    const Pty pty;
    const StandardInput input(pty.program());
    const BlockedSignals signals;
    const tcflag_t before = pty.local_flags();
    ::raise(SIGINT);
    testing::internal::CaptureStderr();
    const Result<Secret> answer = ask(signals, "Password: ", true);
    (void)testing::internal::GetCapturedStderr();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "interrupted");
    EXPECT_EQ(answer.error().detail, std::to_string(SIGINT));
    EXPECT_EQ(pty.local_flags(), before);
}

TEST(BlockedSignals, AreReadInsteadOfEndingTheProgram) {
    const BlockedSignals signals;
    EXPECT_EQ(signals.take(), 0);
    ::raise(SIGTERM);
    EXPECT_EQ(signals.take(), SIGTERM);
    EXPECT_EQ(signals.take(), 0);
    EXPECT_TRUE(BlockedSignals::means_leave(SIGTERM));
    EXPECT_FALSE(BlockedSignals::means_leave(SIGCONT));
}

TEST(Screen, WritesPlainLinesIntoAPipe) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Screen screen(false);
    screen.typing("never shown");
    EXPECT_TRUE(screen.line("12:00  -- Alice has joined the chat.", Screen::Style::dim));
    EXPECT_TRUE(screen.message("12:00", "Alice", "hi"));
    screen.say("in room general");
    screen.finish();
    EXPECT_EQ(testing::internal::GetCapturedStdout(),
              "12:00  -- Alice has joined the chat.\n12:00  Alice: hi\n");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "confab chat: in room general\n");
}

TEST(Screen, KeepsTheLineBeingTypedBelowWhatArrives) {
    ::setenv("NO_COLOR", "1", 1);
    testing::internal::CaptureStdout();
    Screen screen(true);
    screen.typing("hel\x1b");
    screen.message("12:00", "Bob", "hi");
    screen.finish();
    EXPECT_EQ(testing::internal::GetCapturedStdout(),
              "\r\x1b[K> hel␛\r\x1b[K12:00  Bob: hi\n> hel␛\r\x1b[K");
    ::unsetenv("NO_COLOR");
}

}  // namespace
}  // namespace confab::app
