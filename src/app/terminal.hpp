// Terminal: what a person sees and types; and the same program at the end of a pipe.
// Thread: the one that made it.
// Owns:   the terminal's mode while a ModeGuard lives, and the signals while BlockedSignals lives.
// Limits: an answer to a question has at most kTokenBytesMax bytes; what is over is ignored.
// Invariants: (1) the mode that was found is put back on every way out of the program's code.
//             (2) only text that went through terminal_text reaches the terminal.
#pragma once

#include <signal.h>
#include <termios.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::app {

// Keeps signals from ending the program in the middle of something; they are read from fd().
// SIGINT, SIGTERM and SIGHUP mean "leave", SIGCONT and SIGWINCH "paint again".
class BlockedSignals {
  public:
    BlockedSignals();  // throws std::system_error
    ~BlockedSignals();
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    // The next signal that waits; 0 when there is none.
    [[nodiscard]] int take() const;
    [[nodiscard]] static bool means_leave(int signal);

  private:
    sigset_t before_{};
    int fd_ = -1;
};

// A mode of a terminal for as long as it lives.
class ModeGuard {
  public:
    enum class Mode {
        no_echo,   // for a password
        every_key  // keys arrive one by one, nothing is echoed; Ctrl-C still is a signal
    };
    ModeGuard(int fd, Mode mode);
    ~ModeGuard();
    ModeGuard(const ModeGuard&) = delete;
    ModeGuard& operator=(const ModeGuard&) = delete;

    // After the program was stopped and continued: the shell may have changed the mode.
    void apply_again() const;

  private:
    int fd_;
    bool changed_ = false;
    termios before_{};
    termios wanted_{};
};

// Asks on the terminal (standard input, question on standard error). `hidden`: nothing of the
// answer is shown. Errors: `no_answer` (invalid) at end of input; `interrupted` (invalid) with the
// signal's number as detail.
[[nodiscard]] Result<Secret> ask(const BlockedSignals& signals, std::string_view question,
                                 bool hidden);

// One line from standard input, byte by byte so that nothing after it is lost. Errors as ask().
[[nodiscard]] Result<Secret> read_line(const BlockedSignals& signals);

// Prints lines; on a terminal it keeps the line that is being typed below them.
class Screen {
  public:
    enum class Style { plain, dim, alert };

    // `full`: a person types and reads here; otherwise a pipe: no prompt, no colours.
    explicit Screen(bool full);

    // Standard output. False when it is gone (the other end of the pipe was closed).
    bool line(std::string_view text, Style style = Style::plain);
    // A message: the name stands out.
    bool message(std::string_view time, std::string_view name, std::string_view text);
    // What the client itself has to say: standard error unless somebody sits at the terminal.
    void say(std::string_view text, Style style = Style::dim);
    // Shows the line being typed.
    void typing(std::string_view text);
    // Takes the prompt away for good.
    void finish();

  private:
    bool print(std::string_view text);

    bool full_;
    bool colours_;
    bool prompt_ = false;
    std::string typed_;
};

}  // namespace confab::app
