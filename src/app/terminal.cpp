#include "app/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "app/terminal_text.hpp"
#include "base/limits.hpp"

namespace confab::app {
namespace {

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr std::string_view kPrompt = "> ";
constexpr std::size_t kColumnsUnknown = 80;

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::size_t terminal_columns() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kColumnsUnknown;
}

bool wants_colours() {
    const char* no_colour = std::getenv("NO_COLOR");  // no-color.org
    const char* kind = std::getenv("TERM");
    const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
    return !dumb && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

BlockedSignals::BlockedSignals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCONT, SIGWINCH})
        sigaddset(&wanted, signal);
    const int error = ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_sigmask");
    fd_ = ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

BlockedSignals::~BlockedSignals() {
    while (take() != 0) {
        // A second Ctrl-C during the farewell must not end the program after it.
    }
    ::close(fd_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int BlockedSignals::take() const {
    signalfd_siginfo info{};
    const ssize_t got = ::read(fd_, &info, sizeof info);
    return got == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

bool BlockedSignals::means_leave(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

ModeGuard::ModeGuard(int fd, Mode mode) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    wanted_ = before_;
    wanted_.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (mode == Mode::every_key) {
        wanted_.c_lflag &= ~static_cast<tcflag_t>(ICANON | IEXTEN);
        wanted_.c_cc[VMIN] = 1;
        wanted_.c_cc[VTIME] = 0;
    }
    changed_ = ::tcsetattr(fd_, TCSADRAIN, &wanted_) == 0;
}

ModeGuard::~ModeGuard() {
    if (changed_) ::tcsetattr(fd_, TCSADRAIN, &before_);
}

void ModeGuard::apply_again() const {
    if (changed_) ::tcsetattr(fd_, TCSADRAIN, &wanted_);
}

Result<Secret> read_line(const BlockedSignals& signals) {
    std::string line;
    line.reserve(kTokenBytesMax);  // no half-grown copies of a secret stay behind
    for (;;) {
        pollfd ready[2] = {{signals.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        if (::poll(ready, 2, -1) < 0 && errno != EINTR) break;
        const int signal = signals.take();
        if (BlockedSignals::means_leave(signal)) {
            return Error(ErrorKind::invalid, "interrupted", std::to_string(signal));
        }
        if (ready[1].revents == 0) continue;
        char c = 0;
        const ssize_t got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 && line.empty()) break;
        if (got <= 0 || c == '\n') return Secret(std::move(line));
        if (c != '\r' && line.size() < kTokenBytesMax) line += c;
    }
    return Error(ErrorKind::invalid, "no_answer", "nothing was typed");
}

Result<Secret> ask(const BlockedSignals& signals, std::string_view question, bool hidden) {
    std::optional<ModeGuard> guard;
    if (hidden) guard.emplace(STDIN_FILENO, ModeGuard::Mode::no_echo);
    write_all(STDERR_FILENO, question);
    Result<Secret> answer = read_line(signals);
    if (hidden || !answer) write_all(STDERR_FILENO, "\n");
    return answer;
}

Screen::Screen(bool full) : full_(full), colours_(full && wants_colours()) {}

bool Screen::print(std::string_view text) {
    std::string out;
    if (full_) out += kClearLine;
    out.append(text).append("\n");
    if (prompt_) {
        out += kPrompt;
        out += typed_;
    }
    return write_all(STDOUT_FILENO, out);
}

bool Screen::line(std::string_view text, Style style) {
    if (!colours_ || style == Style::plain) return print(text);
    std::string out(style == Style::dim ? kDim : kRed);
    return print(out.append(text).append(kPlain));
}

bool Screen::message(std::string_view time, std::string_view name, std::string_view text) {
    std::string out(time);
    out += "  ";
    if (colours_) out += kBold;
    out.append(name).append(":");
    if (colours_) out += kPlain;
    return print(out.append(" ").append(text));
}

void Screen::say(std::string_view text, Style style) {
    if (full_) {
        line(text, style);
    } else {
        write_all(STDERR_FILENO, std::string("confab chat: ").append(text).append("\n"));
    }
}

void Screen::typing(std::string_view text) {
    if (!full_) return;
    const std::string shown = harmless_line(text);
    // One row only, so that clearing the row clears all of it; the cursor needs a column, too.
    const std::size_t columns = terminal_columns();
    const std::size_t room = columns > kPrompt.size() + 1 ? columns - kPrompt.size() - 1 : 0;
    typed_ = fitting_tail(shown, room);
    prompt_ = true;
    write_all(STDOUT_FILENO, std::string(kClearLine).append(kPrompt).append(typed_));
}

void Screen::finish() {
    if (prompt_) write_all(STDOUT_FILENO, kClearLine);
    prompt_ = false;
}

}  // namespace confab::app
