// RecordingBus: a bus of one process in one thread; every call is done at once and written down.
// Thread: one.
// Owns:   the record.
// Limits: none.
// Invariant: what is refused is not delivered.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "chat/fanout.hpp"
#include "chat/ports.hpp"
#include "chat/sequencer.hpp"

namespace confab::test {

// Encodes events as short plain texts.
class PlainEncoder final : public chat::EventEncoder {
  public:
    SharedBytes encode(const chat::Message& message) const override {
        ++encoded;
        return SharedBytes::copy_of(message.from.name + ": " + std::string(message.body));
    }
    SharedBytes encode(const chat::Notice& notice) const override {
        ++encoded;
        const char* verb = notice.kind == chat::Notice::Kind::joined ? " joined" : " left";
        if (notice.people == 1) return SharedBytes::copy_of(std::string(notice.name) + verb);
        return SharedBytes::copy_of(std::to_string(notice.people) + verb);
    }
    mutable int encoded = 0;
};

class RecordingBus final : public chat::Bus {
  public:
    void join(LoopIndex, const RoomName& room,
              const std::shared_ptr<const chat::User>& user) override {
        sequencer->join(room, *user, self);
    }
    void leave(LoopIndex, const RoomName& room, const UserId& user) override {
        sequencer->leave(room, user, self);
    }
    bool is_busy() const override { return false; }
    bool publish(LoopIndex, const RoomName& room, const std::shared_ptr<const chat::User>& from,
                 std::string_view body) override {
        sequencer->publish(room, *from, body);
        return true;
    }
    bool deliver(LoopIndex to, const RoomName& room, const SharedBytes& frame) override {
        if (full.contains(to)) return false;
        record.push_back(std::to_string(to) + " " + room.text() + " " + std::string(frame.view()));
        if (to == self && fanout != nullptr) fanout->deliver(room, frame);
        return true;
    }
    void evict(LoopIndex to, const RoomName& room) override {
        record.push_back(std::to_string(to) + " " + room.text() + " evict");
    }

    // What happened since the last call.
    std::vector<std::string> take() { return std::exchange(record, {}); }

    chat::Sequencer* sequencer = nullptr;
    chat::Fanout* fanout = nullptr;
    LoopIndex self = 0;
    std::set<LoopIndex> full;
    std::vector<std::string> record;
};

inline RoomName room(std::string_view name) {
    return *RoomName::parse(name);
}
inline chat::User user(const std::string& name) {
    return {UserId("id-" + name), name};
}

}  // namespace confab::test
