// Outbox: what one WebSocket is owed: the rest of what was begun, frames for it alone, its rooms.
// Thread: the loop of its session.
// Owns:   references on the frames for it alone, and on the one chunk of which a part was written;
//         of its rooms it is a reader and holds nothing until it is sealed.
// Limits: bytes_max and frames_max for the frames of its own, given at the call; push() refuses
//         beyond and changes nothing. The rooms have the limits of their feeds.
// Invariants: (1) frames leave whole, never one inside another. (2) an outbox that owes nothing
//             holds no heap memory. (3) after seal() nothing comes from the rooms any more.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/shared_bytes.hpp"
#include "feed/reader.hpp"

namespace confab::net {

class Outbox : public feed::Reader {
  public:
    struct Limits {
        std::size_t bytes_max;
        std::size_t frames_max;
    };

    // False: over a limit, the frame was not taken.
    [[nodiscard]] bool push(const SharedBytes& frame, const Limits& limits);
    // Takes the frame whatever is waiting.
    void push_always(const SharedBytes& frame);
    // What a connection begins with, before anything else: it leaves whole, whatever is dropped.
    void push_first(const SharedBytes& frame);
    // The Close frame; it leaves behind everything else.
    void push_close(const SharedBytes& frame);

    // Describes what is to be written next; returns how many of `parts` are filled.
    [[nodiscard]] std::size_t gather(std::span<iovec> parts);
    // The first `bytes` of what gather() described are written.
    void consume(std::size_t bytes);

    // The connection ends: it is still owed what its rooms have sent until now, and nothing later.
    // To be called before push_close().
    void seal();
    // The connection ends at once: everything is dropped but the rest of a frame that has begun.
    void drop_unstarted();
    // The same, and no chunk is held any more. False: the rest of the frame that has begun was too
    // long to keep a copy of; nothing may follow.
    [[nodiscard]] bool drop_chunks();

    // Something is to be written.
    [[nodiscard]] bool owes();
    // A room's next frame was dropped before it was read; null: none was.
    [[nodiscard]] feed::Subscription* lost();
    // Frames of its own that wait, and their bytes.
    [[nodiscard]] std::size_t frames() const { return frames_.size() - first_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  protected:
    Outbox() = default;
    ~Outbox() override = default;

  private:
    // What comes behind everything else, once it is sealed.
    struct Ending {
        std::vector<feed::Rest> owed;  // of its rooms; never empty
        SharedBytes close;
    };

    std::size_t consume_frames(std::size_t bytes);
    std::size_t consume_owed(std::size_t bytes);
    void tidy_frames();
    void tell_what_it_holds();

    feed::Rest begun_;
    std::vector<SharedBytes> frames_;  // those before first_ are written
    std::size_t bytes_ = 0;
    std::uint32_t first_ = 0;
    bool sealed_ = false;
    bool first_stays_ = false;  // though nothing of it may be written yet
    std::size_t written_of_first_ = 0;
    std::unique_ptr<Ending> ending_;
};

}  // namespace confab::net
