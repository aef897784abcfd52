#include "app/chat_client_loop.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "app/as_tuple.hpp"
#include "app/chat_client_limits.hpp"
#include "app/terminal_text.hpp"
#include "base/utf8.hpp"

namespace confab::app {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kIndent = 7;  // "HH:MM  "
constexpr unsigned kRefusalsMax = 3;

std::string seconds_text(std::chrono::milliseconds wait) {
    const auto tenths = (wait.count() + 50) / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string lines_text(std::size_t count) {
    return count == 1 ? "1 line" : std::to_string(count) + " lines";
}

}  // namespace

ChatLoop::ChatLoop(asio::io_context& io, Target target, SignIn& sign_in, Screen& screen,
                   const Clock& clock)
    : io_(io),
      target_(std::move(target)),
      sign_in_(sign_in),
      screen_(screen),
      clock_(clock),
      retry_timer_(io),
      end_timer_(io) {}

void ChatLoop::start() {
    spawn(run());
    request_input();
}

// A fault that nobody expected ends the program with its text; main prints it.
void ChatLoop::spawn(Task task) {
    asio::co_spawn(io_, std::move(task), [](const std::exception_ptr& fault) {
        if (fault) std::rethrow_exception(fault);
    });
}

ChatLoop::Task ChatLoop::run() {
    while (!leaving_) {
        const Error error = co_await join_and_talk();
        if (leaving_) co_return;
        if (is_final(error)) {
            screen_.say(error.detail, Screen::Style::alert);
            leave(1);
            co_return;
        }
        const std::chrono::milliseconds wait = wait_after(error);
        const bool renews = error.kind == ErrorKind::unauthenticated;
        screen_.say(error.detail + (renews ? "; signing in again" : "; trying again") +
                    (wait.count() == 0 ? "" : " in " + seconds_text(wait)));
        retry_timer_.expires_after(wait);
        (void)co_await retry_timer_.async_wait(kAsTuple);
    }
}

// Ends with the reason why we are not in the room (any more).
asio::awaitable<Error> ChatLoop::join_and_talk() {
    const Result<void> signed_in = co_await sign_in_.obtain();
    if (!signed_in) co_return signed_in.error();
    auto opened = co_await target_.open(sign_in_.token());
    if (!opened) co_return opened.error();
    if (leaving_) co_return Error();
    std::shared_ptr<ChatSocket> socket = std::move(*opened);
    socket_ = socket;
    joined_at_ = clock_.steady_now();
    refusals_in_a_row_ = 0;
    screen_.say((ever_joined_ ? "back in room " : "in room ") + target_.place +
                (target_.interactive && !ever_joined_ ? "; /help shows what you can do" : ""));
    ever_joined_ = true;
    send_more();
    check_finished();
    const Error error = co_await talk(std::move(socket));
    forget_connection();
    co_return error;
}

asio::awaitable<Error> ChatLoop::talk(std::shared_ptr<ChatSocket> socket) {
    for (;;) {
        const Result<std::string> frame = co_await socket->read();
        if (!frame) co_return frame.error();
        show(*frame);
    }
}

void ChatLoop::show(std::string_view bytes) {
    const Result<ChatFrame> frame = parse_chat_frame(bytes);
    if (!frame) {
        screen_.say("(a frame that is not protocol v1)");
        return;
    }
    const std::string time = clock_text(frame->unix_seconds);
    const std::string text = harmless_text(frame->text, kIndent);
    const bool shown = frame->notice ? screen_.line(time + "  -- " + text, Screen::Style::dim)
                                     : screen_.message(time, harmless_line(frame->user_name), text);
    if (!shown) return leave(1);  // nobody reads any more
    // Lines of one connection come back in order, so those before it are not to be waited for.
    // That somebody else says the same at the same moment is possible and does no harm: it only
    // lets the next line go a little early.
    const auto echoed = std::find(unechoed_.begin(), unechoed_.end(), frame->text);
    if (frame->notice || echoed == unechoed_.end()) return;
    unechoed_.erase(unechoed_.begin(), echoed + 1);
    send_more();
    check_finished();
}

void ChatLoop::forget_connection() {
    socket_ = nullptr;
    if (unechoed_.empty() || leaving_) return;
    screen_.say(lines_text(unechoed_.size()) + " may not have arrived", Screen::Style::alert);
    unechoed_.clear();
    check_finished();
}

bool ChatLoop::is_final(const Error& error) {
    if (worth_another_try(error)) return false;
    // A token that has run out is replaced; one after the other refused is a fault of the server
    // or of a clock, and asking on would only load both.
    const bool replaceable = error.kind == ErrorKind::unauthenticated &&
                             error.code != "invalid_credentials" && !sign_in_.token().empty();
    if (!replaceable) return true;
    sign_in_.token_refused();
    return ++refusals_in_a_row_ >= kRefusalsMax;
}

std::chrono::milliseconds ChatLoop::wait_after(const Error& error) {
    const bool joined = joined_at_ != SteadyTime{};
    const auto lasted = clock_.steady_now() - joined_at_;
    joined_at_ = {};
    if (joined && lasted >= kChatStableAfter) target_.backoff.reset();
    // A token that ran out is no sign of trouble, unless the next one runs out at once.
    const bool token_ran_out = error.kind == ErrorKind::unauthenticated && refusals_in_a_row_ == 1;
    if (token_ran_out && (!joined || lasted >= kChatBackoffFirst)) return {};
    return std::max(target_.backoff.next(), error.retry_after);
}

void ChatLoop::add_line(std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || leaving_ || input_ended_) return;
    if (line == "/quit") {
        end_input();
    } else if (line == "/help") {
        screen_.say("Enter sends the line. /quit or Ctrl-D leaves, /help shows this.");
    } else if (!is_valid_utf8(line)) {
        screen_.say("not sent: the line is not valid UTF-8", Screen::Style::alert);
    } else if (line.size() > kWsMessageBytesMax) {
        screen_.say(
            "not sent: the line is longer than " + std::to_string(kWsMessageBytesMax) + " bytes",
            Screen::Style::alert);
    } else {
        unsent_.push_back(std::move(line));
        if (!socket_ && target_.interactive) screen_.say("not connected: sent later");
        send_more();
    }
}

void ChatLoop::input_taken() {
    input_requested_ = false;
    request_input();
}

void ChatLoop::request_input() {
    if (input_requested_ || input_ended_ || leaving_ || !want_input_) return;
    if (unsent_.size() >= kChatUnsentLinesMax) return;
    input_requested_ = true;
    want_input_();
}

void ChatLoop::end_input() {
    if (input_ended_) return;
    input_ended_ = true;
    if (target_.interactive && (!socket_ || unsent_.empty())) return leave(0);
    give_up_after(kChatGiveUpTimeout, 1, "not everything could be sent");
    check_finished();
}

// At the end of input: when the last line was sent, it has a moment to come back; then we leave.
void ChatLoop::check_finished() {
    if (!input_ended_ || leaving_ || !socket_ || !unsent_.empty() || sending_) return;
    if (unechoed_.empty() || target_.interactive) return leave(0);
    give_up_after(kChatFarewellTimeout, 0, "the last line did not come back in time");
}

void ChatLoop::give_up_after(std::chrono::milliseconds wait, int exit_code, std::string_view why) {
    end_timer_.expires_after(wait);  // cancels an earlier wait
    end_timer_.async_wait([this, exit_code, why](const boost::system::error_code& cancelled) {
        if (cancelled || leaving_) return;
        screen_.say(why, Screen::Style::alert);
        leave(exit_code);
    });
}

void ChatLoop::send_more() {
    if (!socket_ || sending_ || leaving_ || unsent_.empty()) return;
    if (unechoed_.size() >= kChatUnechoedLinesMax) return;
    sending_ = true;
    spawn(send_lines(socket_));
}

ChatLoop::Task ChatLoop::send_lines(std::shared_ptr<ChatSocket> socket) {
    while (socket == socket_ && !leaving_ && !unsent_.empty() &&
           unechoed_.size() < kChatUnechoedLinesMax) {
        std::string line = std::move(unsent_.front());
        unsent_.pop_front();
        unechoed_.push_back(line);  // before it is sent: its echo may be read first
        const Result<void> written = co_await socket->write(line);
        if (!written) break;  // the reader finds out why, and says so
        request_input();
    }
    sending_ = false;
    if (socket != socket_) send_more();
    check_finished();
}

void ChatLoop::leave(int exit_code) {
    if (leaving_) return;
    leaving_ = true;
    exit_code_ = exit_code;
    retry_timer_.cancel();
    end_timer_.expires_after(kChatFarewellTimeout);
    end_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) io_.stop();
    });
    if (!socket_) return io_.stop();
    spawn(say_goodbye(socket_));
}

ChatLoop::Task ChatLoop::say_goodbye(std::shared_ptr<ChatSocket> socket) {
    co_await socket->close();
    io_.stop();
}

}  // namespace confab::app
