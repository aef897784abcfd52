// ChatRoutes: rooms over HTTP, for servers and bots: say something, change it, read history.
// Thread: its loop.
// Owns:   the requests that wait for a room's home.
// Limits: kHttpChatWaitingMax requests wait at once, then 503; the rate of the user's messages,
//         which all its connections share.
// Invariants: (1) every request is answered once: when the log has answered. (2) who says something
//             here is in no room by that, and nobody is told of a coming or going.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "api/authenticator.hpp"
#include "api/chat_options.hpp"
#include "api/router.hpp"
#include "api/v2_events.hpp"
#include "base/quota_table.hpp"
#include "chat/hub.hpp"

namespace confab::api {

class ChatRoutes final : private chat::Caller {
  public:
    // `options` may change between two calls; `users` is shared by all loops.
    ChatRoutes(const ChatOptions& options, Authenticator& authenticator, chat::Hub& hub,
               QuotaTable& users, net::Loop& loop)
        : options_(options),
          authenticator_(authenticator),
          users_(users),
          loop_(loop),
          hub_(hub),
          line_(hub, static_cast<chat::Caller&>(*this)) {}

    void add_to(Router& router);
    // Nothing that waits will be answered any more.
    void give_up() { waiting_.clear(); }

  private:
    struct Waiting {
        net::Responder responder;
        std::string request_id;
        PageOf what = PageOf::messages;  // of a page
    };
    using Known = void (ChatRoutes::*)(const net::HttpRequest&, net::Responder,
                                       const auth::Identity&);

    void say(const net::HttpRequest& request, net::Responder responder,
             const auth::Identity& caller);
    void edit(const net::HttpRequest& request, net::Responder responder,
              const auth::Identity& caller);
    void remove(const net::HttpRequest& request, net::Responder responder,
                const auth::Identity& caller);
    void present(const net::HttpRequest& request, net::Responder responder,
                 const auth::Identity& caller);
    void read(const net::HttpRequest& request, net::Responder responder,
              const auth::Identity& caller);

    void publish(const net::HttpRequest& request, net::Responder responder,
                 const auth::Identity& caller, chat::LogEvent event);
    // The number under which its answer comes; 0: too many wait.
    [[nodiscard]] std::int64_t wait(Waiting waiting);
    void refuse(std::int64_t number, const Error& error);

    void on_outcome(const chat::Outcome& outcome) override;
    bool on_entered(const RoomName&, std::int64_t, const Result<chat::LogState>&) override {
        return false;  // it never asks to be let in
    }
    void on_page(const RoomName& room, std::int64_t number, Result<chat::Page>& page) override;
    void on_present(const RoomName& room, std::int64_t number,
                    const chat::Present& present) override;

    const ChatOptions& options_;
    Authenticator& authenticator_;
    QuotaTable& users_;
    net::Loop& loop_;
    chat::Hub& hub_;
    chat::Hub::Line line_;
    std::int64_t next_number_ = 1;
    std::unordered_map<std::int64_t, Waiting> waiting_;
};

}  // namespace confab::api
