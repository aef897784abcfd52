// SendRing: many sends with few system calls, through io_uring.
// Thread: one, the one that made it.
// Owns:   the ring. Not the bytes: they must stay where they are until submit() returns.
// Limits: kEntries sends are handed to the kernel at a time; add() submits when they are full.
// Invariants: (1) every send is over when submit() returns: none waits for its socket
//             (MSG_DONTWAIT), so the kernel makes each while it takes the batch.
//             (2) only a send that was not whole leaves a completion behind.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <string_view>

namespace confab::bench {

class SendRing {
  public:
    class Handler {
      public:
        // Only the first `sent` bytes went out; none when the socket is full, or broken.
        virtual void on_unsent(void* tag, std::size_t sent) = 0;

      protected:
        ~Handler() = default;
    };

    // Throws std::system_error when io_uring is refused, or older than Linux 5.17.
    explicit SendRing(Handler& handler);
    ~SendRing();
    SendRing(const SendRing&) = delete;
    SendRing& operator=(const SendRing&) = delete;

    // At most once for each socket until the next submit(), or its bytes could lose their order.
    // `tag` is what the handler is told.
    void add(int fd, std::string_view bytes, void* tag);
    void submit();

  private:
    static constexpr unsigned kEntries = 1024;

    void take_completions();

    Handler& handler_;
    io_uring ring_{};
    unsigned added_ = 0;  // since the last submit()
};

}  // namespace confab::bench
