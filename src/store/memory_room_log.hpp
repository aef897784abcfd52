// MemoryRoomLog: the room log of one loop, in memory: for `store.kind = memory` and for tests.
// Thread: its loop; everything is answered in the call itself.
// Owns:   the events it keeps.
// Limits: kMemoryLogRoomEventsMax events of one room and kMemoryLogBytesMax bytes of all: the
//         oldest go. kMemoryLogRoomsMax rooms: the one closed longest ago is forgotten, with its
//         position, and whatever has that name later is of another epoch. kMemoryLogReadersMax read
//         markers of one room: then those of others are forgotten.
// Invariants: (1) a room that is open is never forgotten. (2) a cid is known for as long as its
//             event is kept.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "chat/room_access.hpp"
#include "chat/room_list.hpp"
#include "chat/room_log.hpp"
#include "store/memory_changes.hpp"

namespace confab::store {

class MemoryRoomLog final : public chat::RoomLog {
  public:
    struct Limits {
        std::size_t room_events_max = kMemoryLogRoomEventsMax;
        std::size_t bytes_max = kMemoryLogBytesMax;
        std::size_t rooms_max = kMemoryLogRoomsMax;
    };

    // `epoch` names the life of this process.
    explicit MemoryRoomLog(std::string epoch) : MemoryRoomLog(std::move(epoch), Limits{}) {}
    MemoryRoomLog(std::string epoch, Limits limits);
    ~MemoryRoomLog() override;

    void set_sink(Sink& sink) override { sink_ = &sink; }
    [[nodiscard]] bool append(chat::Append append) override;
    [[nodiscard]] bool is_busy() const override { return false; }
    void open(const RoomName& room) override;
    void close(const RoomName& room) override;
    void state(const RoomName& room, std::function<void(Result<chat::RoomState>)> done) override;
    void page(const RoomName& room, const chat::PageRequest& request,
              std::function<void(Result<chat::Page>)> done) override;

    // The rooms here that are of that user, in no order.
    [[nodiscard]] std::vector<chat::RoomOverview> rooms_of(const UserId& user, WallTime now) const;

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    // In the list of the rooms that hold events, the one written to longest ago first.
    struct HoldsEvents : boost::intrusive::list_base_hook<boost::intrusive::tag<HoldsEvents>> {};
    // In the list of the rooms that are closed, the one closed longest ago first.
    struct IsClosed : boost::intrusive::list_base_hook<boost::intrusive::tag<IsClosed>> {};
    struct Room : HoldsEvents, IsClosed {
        explicit Room(RoomKind kind) : access(kind) {}
        const RoomName* name = nullptr;
        std::uint64_t life = 0;
        Seq head = 0;
        bool open = false;
        std::deque<chat::LogEvent> events;
        std::map<std::pair<Uuid, UserId>, Seq> cids;
        MemoryChanges changes;
        chat::RoomAccess access;
        std::unordered_map<UserId, Seq> read;             // up to where
        [[nodiscard]] chat::LogEvent* event_at(Seq seq);  // null: it is not kept
    };

    [[nodiscard]] Room& room_of(const RoomName& name);
    [[nodiscard]] Room* find(const RoomName& name);  // null: there is none
    [[nodiscard]] chat::LogState state_of(const Room* room) const;
    void store(Room& room, chat::Outcome& outcome);
    [[nodiscard]] static bool repeats(Room& room, chat::Outcome& outcome);
    [[nodiscard]] static bool may_change(Room& room, chat::Outcome& outcome);
    static void mark_read(Room& room, chat::Outcome& outcome);
    [[nodiscard]] chat::RoomOverview overview(const Room& room, const UserId& user) const;
    void erase_text(Room& room, Seq message);
    void keep(Room& room, const chat::LogEvent& event);
    void drop_oldest(Room& room);
    void forget_closed();
    [[nodiscard]] static std::size_t size_of(const chat::LogEvent& event);

    const std::string epoch_;
    const Limits limits_;
    Sink* sink_ = nullptr;
    std::uint64_t life_ = 0;  // of the rooms made from now on
    std::size_t bytes_ = 0;
    std::vector<chat::Outcome> spare_;  // its memory, for the next append()
    std::unordered_map<RoomName, Room> rooms_;
    boost::intrusive::list<HoldsEvents, boost::intrusive::base_hook<HoldsEvents>> holding_;
    boost::intrusive::list<IsClosed, boost::intrusive::base_hook<IsClosed>> closed_;
};

}  // namespace confab::store
