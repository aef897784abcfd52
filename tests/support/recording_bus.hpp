// RecordingBus: a bus of one process in one thread; every call is done at once and written down.
// Thread: one.
// Owns:   the record.
// Limits: none.
// Invariant: what is refused is not delivered.
#pragma once

#include <array>
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
        got.push_back("(entered " + std::to_string(command) + " " +
                      (state ? std::to_string(state->head) : std::string(state.error().code)) +
                      ")");
        if (state && wants_seat) enter(*wants_seat, room);
        return state && wants_seat != nullptr;
    }
    void on_page(const RoomName&, std::int64_t command, Result<chat::Page>& page) override {
        got.push_back(
            "(page " + std::to_string(command) + " " +
            (page ? std::to_string(page->events.size()) : std::string(page.error().code)) + ")");
    }

    void on_present(const RoomName&, std::int64_t command, const chat::Present& present) override {
        got.push_back("(present " + std::to_string(command) + " " + std::to_string(present.people) +
                      ")");
    }

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
    void join(LoopIndex, const RoomName& room, const std::shared_ptr<const chat::User>& user,
              chat::Wire wire) override {
        sequencer->join(room, *user, self, wire);
    }
    void leave(LoopIndex, const RoomName& room, const std::shared_ptr<const chat::User>& user,
               chat::Wire wire) override {
        sequencer->leave(room, *user, self, wire);
    }
    void enter(LoopIndex, const chat::Entry& entry) override { sequencer->enter(entry); }
    bool ask(LoopIndex, const RoomName& room, const chat::PageRequest& request,
             const chat::Ticket& ticket) override {
        sequencer->ask(room, request, ticket);
        return true;
    }
    void entered(const chat::Entry& entry, const Result<chat::LogState>& state) override {
        record.push_back(std::to_string(entry.ticket.loop) + " entered " +
                         std::string(entry.room.text()) + " " +
                         (state ? std::to_string(state->head) : std::string(state.error().code)));
        if (hub != nullptr) hub->entered(entry, state);
    }
    void paged(const chat::Ticket& to, const RoomName& room, Result<chat::Page> page) override {
        record.push_back(std::to_string(to.loop) + " page of " + std::string(room.text()));
        if (hub != nullptr) hub->paged(to, room, page);
    }
    bool ask_present(LoopIndex, const RoomName& room, const chat::Ticket& ticket) override {
        sequencer->ask_present(room, ticket);
        return true;
    }
    void typing(LoopIndex, const RoomName& room,
                const std::shared_ptr<const chat::User>& user) override {
        sequencer->typing(room, *user);
    }
    void present(const chat::Ticket& to, const RoomName& room,
                 const chat::Present& present) override {
        std::string line = std::to_string(to.loop) + " present in " + std::string(room.text()) +
                           ": " + std::to_string(present.people);
        std::set<std::string> names;
        for (const chat::User& user : present.some)
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
        record.push_back(std::to_string(to) + " " + std::string(room.text()) + " " +
                         std::string(frames.on(chat::Wire::v1).view()));
        wires.push_back(std::string(frames.on(chat::Wire::v1).view()) + "|" +
                        std::string(frames.on(chat::Wire::v1_deflated).view()));
        if (to == self && fanout != nullptr) fanout->deliver(room, frames);
        return true;
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
    LoopIndex self = 0;
    std::set<LoopIndex> full;
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
    void state(const RoomName& room, std::function<void(Result<chat::LogState>)> done) override {
        questions.push_back([this, name = text(room), done = std::move(done)] {
            if (fails) return done(chat::log_busy());
            done(chat::LogState{"life", heads[name], 1});
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
    std::vector<chat::Outcome> waiting;
    std::vector<std::string> record;

  private:
    static std::string text(const RoomName& room) { return std::string(room.text()); }
    Sink* sink_ = nullptr;
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
