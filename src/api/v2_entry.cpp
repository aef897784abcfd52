#include "api/v2_entry.hpp"

#include <algorithm>
#include <utility>

#include "api/connection_limits.hpp"
#include "api/v2_events.hpp"
#include "base/assert.hpp"
#include "base/planted_fault.hpp"
#include "chat/room_access.hpp"
#include "ws/frame.hpp"

namespace confab::api {
namespace {

constexpr std::size_t kFrameBytesMin = 128;  // no event is shorter as a frame

}  // namespace

V2Entry::V2Entry(std::int64_t number, std::int64_t id, bool is_connect, std::vector<V2Join> rooms)
    : number_(number), id_(id), is_connect_(is_connect) {
    rooms_.reserve(rooms.size());
    for (V2Join& join : rooms)
        rooms_.push_back({.join = std::move(join)});
}

V2Entry::Room* V2Entry::begin_next() {
    if (begun_ == rooms_.size() || begun_ - done_ >= kV2EntriesMax) return nullptr;
    return &rooms_[begun_++];
}

V2Entry::Room* V2Entry::under_way(const RoomName& name) {
    const auto end = rooms_.begin() + static_cast<std::ptrdiff_t>(begun_);
    const auto found = std::find_if(rooms_.begin(), end, [&](const Room& room) {
        return !room.done && room.join.room == name;
    });
    return found == end ? nullptr : &*found;
}

V2Resume V2Entry::resume_of(const V2Position& position, const chat::LogState& state) {
    if (position.epoch != state.epoch || position.seq > state.head) return V2Resume::diverged;
    if (position.seq == state.head) return V2Resume::ok;
    const bool is_kept = position.seq + 1 >= state.oldest;
    const bool is_short = state.head - position.seq <= kReplayEventsMax;
    return is_kept && is_short ? V2Resume::ok : V2Resume::behind;
}

std::optional<chat::PageRequest> V2Entry::entered(Room& room, const chat::LogState& state) {
    room.state = state;
    const std::optional<V2Position>& position = room.join.position;
    if (position) room.resume = resume_of(*position, state);
    const bool missed_some = position && room.resume == V2Resume::ok && position->seq < state.head;
    const std::size_t bytes_left = kReplayBytesMax - replay_bytes_;
    if (missed_some && bytes_left < kFrameBytesMin) room.resume = V2Resume::behind;
    if (!missed_some || room.resume != V2Resume::ok) {
        finish(room);
        return std::nullopt;
    }
    return chat::PageRequest{.after = position->seq,
                             .before = state.head + 1,
                             .limit = kReplayEventsMax,
                             .bytes_max = bytes_left};
}

void V2Entry::refused(Room& room, const Error& error) {
    room.refusal = error;
    room.resume = error.kind == ErrorKind::not_found ? V2Resume::gone : V2Resume::forbidden;
    finish(room);
}

void V2Entry::revoke(const RoomName& name) {
    const auto room = std::find_if(rooms_.begin(), rooms_.end(),
                                   [&](const Room& each) { return each.join.room == name; });
    CONFAB_ASSERT(room != rooms_.end() && room->done);
    replay_bytes_ -= room->replay.size();
    room->replay = {};
    room->refusal = chat::no_such_room();
    room->resume = V2Resume::gone;
}

// All of it, or nothing: what was read may have grown too long, or gone while it was read.
void V2Entry::read(Room& room, const Result<chat::Page>& page) {
    const Seq missed = room.state.head - room.join.position->seq;
    const bool is_whole =
        page && page->events.size() == missed && page->state.epoch == room.state.epoch;
    if (page) room.state.oldest = page->state.oldest;
    for (std::size_t i = 0; is_whole && i < page->events.size(); ++i) {
        if (is_planted(PlantedFault::drop_at_resume) && i + 1 == page->events.size()) break;
        const std::string text = v2_event(room.join.room, page->events[i]);
        room.replay += ws::encode_frame(ws::Opcode::text, text).view();
        if (replay_bytes_ + room.replay.size() > kReplayBytesMax) break;
    }
    if (!is_whole || replay_bytes_ + room.replay.size() > kReplayBytesMax) {
        room.replay = {};
        room.resume = V2Resume::behind;
    }
    replay_bytes_ += room.replay.size();
    finish(room);
}

void V2Entry::drop_replays() {
    for (Room& room : rooms_) {
        if (room.replay.empty()) continue;
        room.replay = {};
        room.resume = V2Resume::behind;
    }
    replay_bytes_ = 0;
}

void V2Entry::finish(Room& room) {
    CONFAB_ASSERT(!room.done);
    room.done = true;
    ++done_;
}

}  // namespace confab::api
