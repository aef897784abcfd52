// Crowd: all members of a run and the epoll that serves them.
// Thread: one.
// Owns:   the members and the counts.
// Limits: handshakes_max connections are being opened at once.
// Invariants: (1) every message is counted once, whoever receives it.
//             (2) the end of a connection ends the run, unless that member may be cut.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/load_options.hpp"
#include "bench/member.hpp"
#include "bench/peer_protocol.hpp"

namespace confab::bench {

class Crowd {
  public:
    class Handler {
      public:
        // Member `index` has received `count` messages; the first is number `first` of its own.
        virtual void on_messages(std::size_t index, std::uint64_t first, std::uint64_t count) = 0;
        // The same of replies to messages that it has sent.
        virtual void on_replies(std::size_t index, std::uint64_t first, std::uint64_t count) = 0;

      protected:
        ~Handler() = default;
    };
    struct Counts {
        std::uint64_t deliveries = 0;
        std::uint64_t compressed = 0;
        std::uint64_t others = 0;
        std::uint64_t bytes = 0;
        std::uint64_t reconnects = 0;
        std::uint64_t cut = 0;
    };

    // `tokens` has one for each member, or is empty.
    Crowd(const LoadOptions& options, std::vector<std::string> tokens, Handler& handler);

    // Opens members as long as the limit of handshakes allows. True when all are members.
    bool open_more();
    // Ends the connection of a member and opens it again; false when that must wait.
    bool reopen(std::size_t index);
    // Stops reading; reads again.
    void stall(std::size_t index);
    void resume(std::size_t index);
    // From now on messages are numbered, and the handler is told of them; until end_messages().
    // For each room, or the one of `trains` for all, what its sender sends.
    void begin_messages(const std::vector<MessageTrain>& trains);
    void begin_messages(const std::vector<CidFrame>& frames);
    void end_messages() { telling_ = false; }
    void send(std::size_t index, std::size_t count);

    // Waits at most until `limit` and handles what is ready.
    void turn(SteadyTime limit);

    [[nodiscard]] const Member& member(std::size_t index) const { return members_[index]; }
    [[nodiscard]] const PeerProtocol& protocol() const { return *protocol_; }
    [[nodiscard]] const Counts& counts() const { return counts_; }
    [[nodiscard]] SteadyTime now() const { return now_; }  // when the turn woke up
    // When anything was last delivered, notices included.
    [[nodiscard]] SteadyTime last_delivery() const { return last_delivery_; }
    void mark_delivery(SteadyTime time) { last_delivery_ = now_ = time; }
    [[nodiscard]] std::string room_name(std::size_t room) const;

  private:
    [[nodiscard]] Member make_member(std::size_t index) const;
    [[nodiscard]] std::string request_of(std::size_t index) const;
    void begin_telling();
    void on_ready(std::size_t index, std::uint32_t events);
    void on_readable(std::size_t index);
    void on_end(std::size_t index);
    void on_seen(std::size_t index, const Seen& seen);
    void watch(int operation, std::size_t index, std::uint32_t events);

    const LoadOptions& options_;
    const std::vector<std::string> tokens_;
    Handler& handler_;
    const std::unique_ptr<PeerProtocol> protocol_;
    const std::string accept_;
    const std::string pong_;
    const std::string answer_;
    TlsContext tls_;
    FileDescriptor epoll_;
    std::vector<Member> members_;
    std::vector<char> buffer_;
    UuidSource cids_;
    std::size_t opening_ = 0;
    Counts counts_;
    SteadyTime last_delivery_;
    SteadyTime now_;
    bool telling_ = false;
};

}  // namespace confab::bench
