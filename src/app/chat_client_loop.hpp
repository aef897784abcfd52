// ChatLoop: keeps one person in one room: signs in, joins, sends what is typed, shows what comes,
// and comes back when the connection is lost.
// Thread: one loop; nothing here is called from another thread.
// Owns:   the connection, the lines that are not sent yet, the timers.
// Limits: kChatUnsentLinesMax lines plus one chunk of input wait to be sent: then no more is read.
//         kChatUnechoedLinesMax lines are on their way: then no more is sent until one comes back.
// Invariants: (1) a line is sent once; one that was on its way when the connection broke is named
//             as such and not repeated. (2) after leave() nothing is sent but the Close frame.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/chat_client_backoff.hpp"
#include "app/chat_client_frame.hpp"
#include "app/chat_client_sign_in.hpp"
#include "app/chat_client_socket.hpp"
#include "app/terminal.hpp"
#include "base/clock.hpp"

namespace confab::app {

class ChatLoop {
  public:
    // Joins the room with that token: open_chat() with the rest filled in.
    using Open = std::function<boost::asio::awaitable<Result<std::unique_ptr<ChatSocket>>>(
        const Secret& token)>;

    struct Target {
        std::string place;         // "general at http://127.0.0.1:8080", for people
        bool interactive = false;  // a person types: leaves at once at the end of input
        Open open;
        Backoff backoff;
    };

    // All references must outlive the loop, and the loop the run of `io`.
    ChatLoop(boost::asio::io_context& io, Target target, SignIn& sign_in, Screen& screen,
             const Clock& clock);

    // Called when more input can be taken; the answer is add_line() and then input_taken().
    void on_input_wanted(std::function<void()> handler) { want_input_ = std::move(handler); }

    void start();

    // One line of input, without its end. Empty lines do nothing; "/help" and "/quit" are commands.
    void add_line(std::string line);
    // The input asked for has been added as a whole.
    void input_taken();
    // There is no more input.
    void end_input();

    // Closes properly and stops the loop's io_context; the first call decides the exit code.
    void leave(int exit_code);

    // 0: left as asked. 1: cannot go on.
    [[nodiscard]] int exit_code() const { return exit_code_; }

  private:
    using Task = boost::asio::awaitable<void>;

    [[nodiscard]] Task run();
    [[nodiscard]] boost::asio::awaitable<Error> join_and_talk();
    [[nodiscard]] boost::asio::awaitable<Error> talk(std::shared_ptr<ChatSocket> socket);
    [[nodiscard]] Task send_lines(std::shared_ptr<ChatSocket> socket);
    [[nodiscard]] Task say_goodbye(std::shared_ptr<ChatSocket> socket);
    [[nodiscard]] std::chrono::milliseconds wait_after(const Error& error);
    [[nodiscard]] bool is_final(const Error& error);

    void spawn(Task task);
    void send_more();
    void show(std::string_view bytes);
    void forget_connection();
    void request_input();
    void check_finished();
    void give_up_after(std::chrono::milliseconds wait, int exit_code, std::string_view why);

    boost::asio::io_context& io_;
    Target target_;
    SignIn& sign_in_;
    Screen& screen_;
    const Clock& clock_;
    boost::asio::steady_timer retry_timer_;
    boost::asio::steady_timer end_timer_;
    std::function<void()> want_input_;

    std::shared_ptr<ChatSocket> socket_;  // null while not in the room
    SteadyTime joined_at_{};
    bool ever_joined_ = false;
    unsigned refusals_in_a_row_ = 0;  // tokens that the server did not take

    std::deque<std::string> unsent_;
    std::deque<std::string> unechoed_;
    bool sending_ = false;
    bool input_requested_ = false;
    bool input_ended_ = false;
    bool leaving_ = false;
    int exit_code_ = 0;
};

}  // namespace confab::app
