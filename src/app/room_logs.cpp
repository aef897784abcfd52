#include "app/room_logs.hpp"

#include "base/crypto.hpp"

namespace confab::app {
namespace {

constexpr std::size_t kEpochBytes = 6;

}  // namespace

RoomLogs::RoomLogs(store::SqliteDatabase* database, chat::LoopPost& loops, std::size_t loop_count,
                   const Clock& clock, metrics::Shard& metrics) {
    if (database != nullptr) {
        on_disk_ =
            std::make_unique<store::SqliteRoomLog>(*database, loops, loop_count, clock, metrics);
        return;
    }
    const std::string epoch = base64url(random_bytes(kEpochBytes));
    for (std::size_t i = 0; i < loop_count; ++i)
        in_memory_.push_back(std::make_unique<store::MemoryRoomLog>(epoch));
    for (LoopIndex loop = 0; loop < loop_count; ++loop) {
        lists_in_memory_.push_back(
            std::make_unique<store::MemoryRoomList>(loop, in_memory_, loops, clock));
    }
}

chat::RoomList& RoomLogs::room_list(LoopIndex loop) {
    if (on_disk_) return on_disk_->room_list(loop);
    return *lists_in_memory_[loop];
}

chat::RoomLog& RoomLogs::side(LoopIndex loop) {
    if (on_disk_) return on_disk_->side(loop);
    return *in_memory_[loop];
}

bool RoomLogs::is_busy() const {
    return on_disk_ && on_disk_->is_busy();
}

std::size_t RoomLogs::waiting() const {
    return on_disk_ ? on_disk_->waiting() : 0;
}

void RoomLogs::stop() {
    if (on_disk_) on_disk_->stop();
}

}  // namespace confab::app
