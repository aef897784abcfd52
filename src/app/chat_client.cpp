#include "app/chat_client.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "app/chat_client_loop.hpp"
#include "app/commands.hpp"
#include "app/terminal_editor.hpp"
#include "app/terminal_input.hpp"
#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;

constexpr int kExitSignal = 128;

int signal_number(const Error& interrupted) {
    int number = 0;
    const std::string& text = interrupted.detail;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Fills in what is missing by asking. Errors: those of ask() and `no_credentials` (invalid).
Result<Credentials> gather_credentials(const ChatOptions& options, const BlockedSignals& signals) {
    Credentials out{options.email, options.password, options.token};
    if (options.token_from_stdin) {
        Result<Secret> token = read_line(signals);
        if (!token) return token.error();
        out.token = std::move(*token);
    }
    const bool complete = !out.token.empty() || (!out.email.empty() && !out.password.empty());
    if (complete) return out;
    if (::isatty(STDIN_FILENO) == 0) {
        return Error(ErrorKind::invalid, "no_credentials",
                     "no e-mail address and password: set CONFAB_EMAIL and CONFAB_PASSWORD, or "
                     "CONFAB_TOKEN");
    }
    if (out.email.empty()) {
        const Result<Secret> email = ask(signals, "E-mail: ", false);
        if (!email) return email.error();
        out.email = email->reveal();
    }
    Result<Secret> password = ask(signals, "Password: ", true);
    if (!password) return password.error();
    out.password = std::move(*password);
    return out;
}

// Everything of one run that lives on the loop, wired together.
class ChatProgram {
  public:
    ChatProgram(const ServerUrl& url, const RoomName& room, Credentials credentials,
                const BlockedSignals& signals)
        : full_(::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1),
          signals_(signals),
          sign_in_(std::move(credentials),
                   [url](std::string path, Secret body) {
                       return http_post_json(url, std::move(path), std::move(body));
                   }),
          screen_(full_),
          loop_(io_,
                {std::string(room.text()) + " at " + url.text(), full_,
                 [url, room = std::string(room.text())](const Secret& token) {
                     return open_chat(url, token, room);
                 },
                 Backoff()},
                sign_in_, screen_, clock_),
          input_(io_.get_executor(), STDIN_FILENO,
                 [this](std::string bytes) { take_input(std::move(bytes)); }),
          signal_stream_(io_, ::dup(signals.fd())) {}

    int run() {
        if (full_) mode_.emplace(STDIN_FILENO, ModeGuard::Mode::every_key);
        loop_.on_input_wanted([this] { input_.next(); });
        watch_signals();
        screen_.typing("");
        loop_.start();
        io_.run();
        screen_.finish();
        return signal_ == 0 ? loop_.exit_code() : kExitSignal + signal_;
    }

  private:
    void take_input(std::string bytes) {
        if (bytes.empty()) {
            if (!pending_.empty()) loop_.add_line(std::move(pending_));
            return loop_.end_input();
        }
        if (full_) {
            std::vector<std::string> lines = editor_.feed(bytes);
            screen_.typing(editor_.text());
            for (std::string& line : lines)
                loop_.add_line(std::move(line));
            if (editor_.ended()) return loop_.end_input();
        } else {
            split_lines(bytes);
        }
        loop_.input_taken();
    }

    // What is over the limit of a message is dropped as it comes; add_line() then refuses the line.
    void split_lines(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t end = std::min(bytes.find('\n'), bytes.size());
            const std::size_t room = kWsMessageBytesMax + 1 - pending_.size();
            pending_.append(bytes.substr(0, std::min(end, room)));
            if (end == bytes.size()) return;
            loop_.add_line(std::exchange(pending_, {}));
            bytes.remove_prefix(end + 1);
        }
    }

    void watch_signals() {
        signal_stream_.async_wait(asio::posix::stream_descriptor::wait_read,
                                  [this](const boost::system::error_code& failed) {
                                      if (failed) return;
                                      take_signals();
                                      watch_signals();
                                  });
    }

    void take_signals() {
        while (const int signal = signals_.take()) {
            if (BlockedSignals::means_leave(signal)) {
                if (signal_ != 0) io_.stop();  // a second one does not wait for the farewell
                signal_ = signal;
                loop_.leave(0);
            } else if (mode_) {
                mode_->apply_again();
                screen_.typing(editor_.text());
            }
        }
    }

    // Declared first, destroyed last: what waits in it refers to everything below.
    asio::io_context io_;
    bool full_;
    const BlockedSignals& signals_;
    SystemClock clock_;
    SignIn sign_in_;
    Screen screen_;
    ChatLoop loop_;
    LineEditor editor_;
    std::string pending_;  // the beginning of a line that is not complete yet
    InputReader input_;
    asio::posix::stream_descriptor signal_stream_;
    std::optional<ModeGuard> mode_;
    int signal_ = 0;
};

std::string environment_or(const char* name, std::string otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::move(otherwise) : std::string(value);
}

}  // namespace

ChatOptions chat_options_from_environment() {
    ChatOptions options;
    options.url = environment_or("CONFAB_URL", std::move(options.url));
    options.email = environment_or("CONFAB_EMAIL", {});
    options.password = Secret(environment_or("CONFAB_PASSWORD", {}));
    options.token = Secret(environment_or("CONFAB_TOKEN", {}));
    return options;
}

int run_chat(const ChatOptions& options) {
    Screen errors(false);
    const Result<ServerUrl> url = parse_server_url(options.url);
    if (!url) {
        errors.say(url.error().detail);
        return kExitUsage;
    }
    const std::optional<RoomName> room = RoomName::parse(options.room);
    if (!room) {
        errors.say("a room name is 1 to 64 letters, digits, '.', '_' or '-'");
        return kExitUsage;
    }
    initialise_crypto();
    const BlockedSignals signals;
    Result<Credentials> credentials = gather_credentials(options, signals);
    if (!credentials) {
        const Error& error = credentials.error();
        if (error.code == "interrupted") return kExitSignal + signal_number(error);
        errors.say(error.detail);
        return kExitFailed;
    }
    return ChatProgram(*url, *room, std::move(*credentials), signals).run();
}

}  // namespace confab::app
