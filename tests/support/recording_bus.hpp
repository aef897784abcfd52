// RecordingBus: a bus of one process in one thread; every call is done at once and written down.
// Thread: one.
// Owns:   the record.
// Limits: none.
// Invariant: what is refused is not delivered.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chat/fanout.hpp"
#include "chat/hub.hpp"
#include "chat/ports.hpp"
#include "chat/sequencer.hpp"

namespace confab::test {

// Encodes events as short plain texts.
class PlainEncoder final : public chat::EventEncoder {
  public:
    chat::Frames encode(const RoomName&, const chat::LogEvent& event,
                        chat::Wires wanted) const override {
        return frames(event.from->name + ": " + std::string(event.body.view()), wanted);
    }
    chat::Frames encode(const chat::Notice& notice, chat::Wires wanted) const override {
        const char* verb = notice.kind == chat::Notice::Kind::joined ? " joined" : " left";
        if (notice.people == 1) return frames(std::string(notice.name) + verb, wanted);
        return frames(std::to_string(notice.people) + verb, wanted);
    }
    chat::Frames encode_typing(const RoomName&, const chat::User& user,
                               chat::Wires wanted) const override {
        return frames(user.name + " types", wanted);
    }
    // On the wires of protocol v2 alone, as it is.
    chat::Frames encode_presence(const RoomName&, const chat::PresenceDelta& delta,
                                 chat::Wires wanted) const override {
        std::string text = "people " + std::to_string(delta.people);
        for (const chat::User& user : delta.joined)
            text += " +" + user.name;
        for (const chat::User& user : delta.left)
            text += " -" + user.name;
        if (delta.more) text += " and more";
        chat::Frames frames;
        for (const chat::Wire wire : {chat::Wire::v2, chat::Wire::v2_deflated}) {
            if (wanted.has(wire)) frames.on(wire) = SharedBytes::copy_of(text);
        }
        encoded += frames.empty() ? 0 : 1;
        return frames;
    }
    mutable int encoded = 0;

  private:
    // On the deflated wire a text is in brackets.
    chat::Frames frames(const std::string& text, chat::Wires wanted) const {
        ++encoded;
        chat::Frames frames;
        if (wanted.has(chat::Wire::v1)) frames.on(chat::Wire::v1) = SharedBytes::copy_of(text);
        if (wanted.has(chat::Wire::v1_deflated)) {
            frames.on(chat::Wire::v1_deflated) = SharedBytes::copy_of("[" + text + "]");
        }
        return frames;
    }
};

// A member that reads its room's feed as soon as there is something.
class EagerMember final : public chat::MemberSink, public chat::Caller, private feed::Reader {
  public:
    explicit EagerMember(chat::Wire wire = chat::Wire::v1) : wire_(wire) {}
    ~EagerMember() override { leave(); }
    void enter(chat::Fanout& fanout, const RoomName& room) {
        fanout_ = &fanout;
        fanout.add(room, *this, place_);
    }
    void leave() {
        if (fanout_ != nullptr) std::exchange(fanout_, nullptr)->remove(place_);
    }
    feed::Reader& reader() override { return *this; }
    chat::Wire wire() const override { return wire_; }
    void evict() override { got.emplace_back("(evicted)"); }
    void on_outcome(const chat::Outcome& outcome) override {
        got.push_back(outcome.error ? "(" + std::string(outcome.error->code) + ")" : "(stored)");
    }
    bool on_entered(const RoomName& room, std::int64_t command,
                    const Result<chat::LogState>& state) override {
        if (state && on_let_in) {
            on_let_in();
            return true;
        }
        got.push_back("(entered " + std::to_string(command) + " " +
                      (state ? std::to_string(state->head) : std::string(state.error().code)) +
                      ")");
        if (state && wants_seat) enter(*wants_seat, room);
        return state && wants_seat != nullptr;
    }
    [[nodiscard]] const UserId& user() const override { return id; }
    void remove(const RoomName&, const chat::Removal& removal) override {
        got.push_back("(removed " + std::to_string(removal.seq) + ")");
    }
    void on_page(const RoomName&, std::int64_t command, Result<chat::Page>& page) override {
        got.push_back(
            "(page " + std::to_string(command) + " " +
            (page ? std::to_string(page->events.size()) : std::string(page.error().code)) + ")");
    }

    void on_present(const RoomName&, std::int64_t command,
                    const Result<chat::Present>& present) override {
        got.push_back("(present " + std::to_string(command) + " " +
                      std::to_string(present->people) + ")");
    }
    void on_members(std::int64_t command, const Result<chat::Members>& members) override {
        std::string line = "(members " + std::to_string(command);
        for (const chat::Member& member : members->some)
            line += " " + std::string(member.name.empty() ? member.user.text() : member.name);
        got.push_back(line + ")");
    }
    void on_rooms(std::int64_t command,
                  const Result<std::vector<chat::RoomOverview>>& rooms) override {
        got.push_back("(rooms " + std::to_string(command) + " " + std::to_string(rooms->size()) +
                      ")");
    }

    void on_disconnect(const UserId& user) override {
        got.push_back("(disconnect " + std::string(user.text()) + ")");
    }
    void on_user_notice(const chat::UserNotice& notice) override {
        got.push_back("(told of " + std::string(notice.room.text()) + ")");
    }

    UserId id;
    std::function<void()> on_let_in;     // takes the seat, instead of:
    chat::Fanout* wants_seat = nullptr;  // where to sit down when it is let in

    std::vector<std::string> got;

  private:
    void on_feed() override { read(); }
    void on_feed_full() override { read(); }
    void on_cut_off() override {}  // it holds nothing between two calls
    void read() {
        for (feed::Subscription& room : subscriptions()) {
            std::array<iovec, 64> parts;
            const std::size_t count = room.gather(parts);
            std::string text;
            for (std::size_t i = 0; i < count; ++i)
                text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
            feed::Rest rest;
            room.advance(text.size(), rest);
            got.push_back(text);
        }
    }

    const chat::Wire wire_;
    chat::Fanout* fanout_ = nullptr;
    chat::Fanout::Place place_;
};

class RecordingBus final : public chat::Bus {
  public:
    void leave(LoopIndex, const RoomName& room, const std::shared_ptr<const chat::User>& user,
               chat::Wire wire) override {
        sequencer->leave(room, *user, self, wire);
    }
    void enter(LoopIndex, const chat::Entry& entry) override {
        slow ? entries.push_back(entry) : sequencer->enter(entry);
    }
    // Those who have asked to enter while it was slow.
    void let_in() {
        for (const chat::Entry& entry : std::exchange(entries, {}))
            sequencer->enter(entry);
    }
    bool ask(LoopIndex, const chat::PageRequest& request, const chat::Asker& asker) override {
        sequencer->ask(request, asker);
        return true;
    }
    void entered(const chat::Entry& entry, const Result<chat::LogState>& state) override {
        record.push_back(std::to_string(entry.asker.ticket.loop) + " entered " +
                         std::string(entry.asker.room.text()) + " " +
                         (state ? std::to_string(state->head) : std::string(state.error().code)));
        if (hub != nullptr) hub->entered(entry, state);
    }
    void paged(const chat::Ticket& to, const RoomName& room, Result<chat::Page> page) override {
        record.push_back(std::to_string(to.loop) + " page of " + std::string(room.text()) +
                         (page ? "" : " " + std::string(page.error().code)));
        if (hub != nullptr) hub->paged(to, room, page);
        if (const auto then = std::exchange(on_paged, nullptr)) then();
    }
    bool ask_present(LoopIndex, const chat::Asker& asker) override {
        sequencer->ask_present(asker);
        return true;
    }
    bool ask_members(LoopIndex, const chat::MembersRequest& request,
                     const chat::Asker& asker) override {
        sequencer->ask_members(request, asker);
        return true;
    }
    void members(const chat::Ticket& to, const Result<chat::Members>& members) override {
        std::string line = std::to_string(to.loop) + " members:";
        if (!members) line += " " + std::string(members.error().code);
        for (std::size_t i = 0; members && i < members->some.size(); ++i) {
            const chat::Member& member = members->some[i];
            line += " " + std::string(member.user.text()) + "=" +
                    std::string(name_of(member.standing.role)) + member.name;
        }
        record.push_back(line);
        if (hub != nullptr) hub->members(to, members);
    }
    void typing(LoopIndex, const RoomName& room,
                const std::shared_ptr<const chat::User>& user) override {
        sequencer->typing(room, *user);
    }
    void present(const chat::Ticket& to, const RoomName& room,
                 const Result<chat::Present>& present) override {
        std::string line =
            std::to_string(to.loop) + " present in " + std::string(room.text()) + ": " +
            (present ? std::to_string(present->people) : std::string(present.error().code));
        std::set<std::string> names;
        for (const chat::User& user : present ? present->some : std::vector<chat::User>())
            names.insert(user.name);
        for (const std::string& name : names)
            line += " " + name;
        record.push_back(line);
        if (hub != nullptr) hub->present(to, room, present);
    }
    bool is_busy() const override { return false; }
    bool publish(LoopIndex, chat::Append append) override {
        sequencer->publish(std::move(append));
        return true;
    }
    void answer(const chat::Ticket& to, const chat::Outcome& outcome) override {
        record.push_back(std::to_string(to.loop) + " answer " + std::to_string(to.connection) +
                         (outcome.error ? " " + std::string(outcome.error->code) : " stored"));
        if (hub != nullptr) hub->answer(to, outcome);
    }
    bool deliver(LoopIndex to, const RoomName& room, const chat::Frames& frames) override {
        if (full.contains(to)) return false;
        const SharedBytes& text =
            frames.on(frames.on(chat::Wire::v1).empty() ? chat::Wire::v2 : chat::Wire::v1);
        record.push_back(std::to_string(to) + " " + std::string(room.text()) + " " +
                         std::string(text.view()));
        wires.push_back(std::string(frames.on(chat::Wire::v1).view()) + "|" +
                        std::string(frames.on(chat::Wire::v1_deflated).view()));
        if (to == self && fanout != nullptr) fanout->deliver(room, frames);
        return true;
    }
    void tell(const UserId& user, const chat::UserNotice& notice) override {
        const bool is_added = notice.kind == chat::UserNotice::Kind::added;
        record.push_back("tell " + std::string(user.text()) + " " +
                         (is_added ? "added as " + std::string(name_of(notice.role))
                                   : "read " + std::to_string(notice.seq)));
        if (hub != nullptr) hub->tell(user, notice);
    }
    void disconnect(const UserId& user) override {
        if (hub != nullptr) hub->disconnect(user);
    }
    void remove(LoopIndex to, const RoomName& room, const UserId& user,
                const chat::Removal& removal) override {
        record.push_back(std::to_string(to) + " " + std::string(room.text()) + " remove " +
                         std::string(user.text()) + " by " + std::to_string(removal.seq));
        if (to == self && fanout != nullptr) fanout->remove(room, user, removal);
    }
    void evict(LoopIndex to, const RoomName& room) override {
        record.push_back(std::to_string(to) + " " + std::string(room.text()) + " evict");
    }

    // What happened since the last call.
    std::vector<std::string> take() { return std::exchange(record, {}); }

    // What was delivered since the last call: plain, then deflated.
    std::vector<std::string> take_wires() { return std::exchange(wires, {}); }

    chat::Sequencer* sequencer = nullptr;
    chat::Fanout* fanout = nullptr;
    chat::Hub* hub = nullptr;
    std::function<void()> on_paged{};  // once, in the next answer to ask()
    LoopIndex self = 0;
    std::set<LoopIndex> full;
    bool slow = false;
    std::vector<chat::Entry> entries;
    std::vector<std::string> record;
    std::vector<std::string> wires;
};

// A log that keeps nothing: it numbers, and answers when it is told to.
class CountingLog final : public chat::RoomLog {
  public:
    void set_sink(Sink& sink) override { sink_ = &sink; }
    bool append(chat::Append append) override {
        if (full) return false;
        append.event.seq = ++heads[std::string(append.room.text())];
        waiting.push_back({std::move(append), false, std::nullopt});
        if (!slow) answer();
        return true;
    }
    // What was given to it is stored, or all of it fails.
    void answer(const std::optional<Error>& error = std::nullopt) {
        auto outcomes = std::exchange(waiting, {});
        for (chat::Outcome& outcome : outcomes)
            outcome.error = error;
        sink_->on_logged(outcomes);
    }
    bool is_busy() const override { return false; }
    void open(const RoomName& room) override { record.push_back("open " + text(room)); }
    void close(const RoomName& room) override { record.push_back("close " + text(room)); }
    void state(const RoomName& room, std::function<void(Result<chat::RoomState>)> done) override {
        questions.push_back([this, name = text(room), kind = room.kind(), done = std::move(done)] {
            if (fails) return done(chat::log_busy());
            const auto known = access.find(name);
            done(chat::RoomState{
                {"life", heads[name], 1},
                std::make_shared<const chat::RoomAccess>(
                    known == access.end() ? chat::RoomAccess(kind) : known->second)});
        });
        if (!slow) answer_questions();
    }
    void page(const RoomName&, const chat::PageRequest& request,
              std::function<void(Result<chat::Page>)> done) override {
        pages.push_back(request);
        done(chat::Page());
    }
    void answer_questions() {
        for (const auto& question : std::exchange(questions, {}))
            question();
    }

    bool full = false;
    bool slow = false;
    bool fails = false;
    std::vector<std::function<void()>> questions;
    std::vector<chat::PageRequest> pages;
    std::map<std::string, Seq> heads;
    std::map<std::string, chat::RoomAccess>
        access;  // of public rooms that nobody is special in: none
    std::vector<chat::Outcome> waiting;
    std::vector<std::string> record;

  private:
    static std::string text(const RoomName& room) { return std::string(room.text()); }
    Sink* sink_ = nullptr;
};

// Nobody has a room; who has a name is called so.
class NoRooms final : public chat::RoomList {
  public:
    void rooms_of(const UserId&, Done done) override { done(std::vector<chat::RoomOverview>()); }
    void names_of(std::vector<UserId> users,
                  std::function<void(const Result<Names>&)> done) override {
        if (is_busy) return done(chat::log_busy());
        Names found;
        for (const UserId& user : users) {
            const auto name = names.find(user);
            found.push_back(name == names.end() ? std::string() : name->second);
        }
        done(found);
    }

    std::map<UserId, std::string> names;
    bool is_busy = false;
};

inline RoomName room(std::string_view name) {
    return *RoomName::parse(name);
}
inline chat::User user(const std::string& name) {
    return {UserId("id-" + name), name};
}
// A message on its way to the sequencer.
inline chat::Append said(const RoomName& room, const std::string& name, std::string_view body,
                         const chat::Ticket& ticket = {}) {
    chat::Append append{room, {}, ticket};
    append.event.from = std::make_shared<const chat::User>(user(name));
    append.event.body = SharedBytes::copy_of(body);
    return append;
}

}  // namespace confab::test
