// RoomCalls: requests over HTTP about rooms, from the moment they are understood to their answer.
// Thread: its loop.
// Owns:   the requests that wait for a room's home or for the store.
// Limits: kHttpChatWaitingMax requests wait at once, then 503. What is said has the rate of the
//         user's messages, what is read that of its reads; all its connections share both. More is
//         429.
// Invariants: (1) every request is answered once: what was said, when the log has answered. (2) who
//             asks or says something here is in no room by that, and nobody is told of a coming or
//             going.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/authenticator.hpp"
#include "api/chat_options.hpp"
#include "api/router.hpp"
#include "api/v2_events.hpp"
#include "base/quota_table.hpp"
#include "chat/hub.hpp"

namespace confab::api {

class RoomCalls final : private chat::Caller {
  public:
    // A request whose sender is known. It lives as long as its handler runs.
    struct Call {
        const net::HttpRequest& request;
        net::Responder responder;
        const auth::Identity& caller;

        void fail(const Error& error);
    };
    using Handler = std::function<void(Call)>;

    // `options` may change between two calls; `users` is shared by all loops.
    RoomCalls(const ChatOptions& options, Authenticator& authenticator, chat::Hub& hub,
              QuotaTable& users, net::Loop& loop)
        : options_(options),
          authenticator_(authenticator),
          users_(users),
          loop_(loop),
          hub_(hub),
          line_(hub, static_cast<chat::Caller&>(*this)) {}

    [[nodiscard]] const MessageLimits& limits() const { return options_.commands; }
    // Calls the handler for those whose token is good; the others have their answer.
    [[nodiscard]] Router::Handler known(Handler handler);

    // Each of these answers, now or later. The event has no author and no cid yet: it gets the
    // caller and the key of the request.
    void say(Call call, const RoomName& room, chat::LogEvent event,
             std::shared_ptr<const chat::RoomChange> change = nullptr);
    void read(Call call, const V2History& history);
    void ask_present(Call call, const RoomName& room);
    void ask_members(Call call, const RoomName& room, const chat::MembersRequest& request);
    void ask_rooms(Call call);

    // Nothing that waits will be answered any more.
    void give_up() { waiting_.clear(); }

  private:
    struct Waiting {
        net::Responder responder;
        std::string request_id;
        PageOf what = PageOf::messages;  // of a page
    };

    // Whether it may go on; otherwise it has its answer.
    [[nodiscard]] bool may(Call& call, decltype(take_message)& take);
    // The number under which its answer comes; 0: too many wait, it has its answer.
    [[nodiscard]] std::int64_t wait(Call& call, PageOf what = PageOf::messages);
    // The same for what is read, at the rate for that.
    [[nodiscard]] std::int64_t wait_to_read(Call& call, PageOf what = PageOf::messages);
    [[nodiscard]] chat::Asker asker(const Call& call, const RoomName& room,
                                    std::int64_t number) const;
    void answer(std::int64_t number, unsigned status, std::string json);
    void refuse(std::int64_t number, Error error);

    void on_outcome(const chat::Outcome& outcome) override;
    bool on_entered(const RoomName&, std::int64_t, const Result<chat::LogState>&) override {
        return false;  // it never asks to be let in
    }
    void on_page(const RoomName& room, std::int64_t number, Result<chat::Page>& page) override;
    void on_present(const RoomName& room, std::int64_t number,
                    const Result<chat::Present>& present) override;
    void on_members(std::int64_t number, const Result<chat::Members>& members) override;
    void on_rooms(std::int64_t number,
                  const Result<std::vector<chat::RoomOverview>>& rooms) override;
    void on_user_notice(const chat::UserNotice&) override {}  // it is nobody's line
    void on_disconnect(const UserId&) override {}

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
