#include "bench/floor_loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "ws/frame.hpp"
#include "ws/handshake.hpp"

namespace confab::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kRequestBytesMax = 16 * 1024;
constexpr std::size_t kUnsentBytesMax = 16 * 1024 * 1024;
constexpr int kEventsPerTurn = 512;

// The text between `before` and the first of `ends`; empty when it is not there.
std::string_view between(std::string_view text, std::string_view before, std::string_view ends) {
    const std::size_t at = text.find(before);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(ends));
}

}  // namespace

// What is needed to send to a member, side by side: most rounds look at nothing else.
struct FloorLoop::Slot {
    int fd;
    bool full;  // its socket takes no more; what is owed waits in the connection
    Connection* connection;
};

struct FloorLoop::Room {
    std::vector<Slot> members;
    std::string turn;  // all modes but each: the frames of this turn
};

struct FloorLoop::Connection {
    explicit Connection(int fd) : socket(fd) {}
    FileDescriptor socket;
    Room* room = nullptr;
    std::size_t index = 0;  // in the room
    std::string begun;      // a request or a frame that is not complete
    std::string unsent;
    bool ended = false;
};

FloorLoop::FloorLoop(const FloorOptions& options)
    : options_(options),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      listener_(
          checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")),
      buffer_(kReadBytes) {
    SendRing::Handler& self = *this;
    if (options_.mode == FloorMode::uring) ring_.emplace(self);
    const int on = 1;
    checked(::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "reuse");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    checked(::bind(listener_.get(), generic, size), "bind");
    checked(::listen(listener_.get(), 4096), "listen");
    checked(::getsockname(listener_.get(), generic, &size), "getsockname");
    port_ = ntohs(address.sin_port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;  // stands for the listener
    checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event), "epoll_ctl");
}

FloorLoop::~FloorLoop() = default;

void FloorLoop::run() {
    std::array<epoll_event, kEventsPerTurn> ready;
    while (true) {
        const int count = ::epoll_wait(epoll_.get(), ready.data(), kEventsPerTurn, -1);
        if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = ready[static_cast<std::size_t>(i)];
            if (event.data.ptr == nullptr) {
                accept_all();
                continue;
            }
            Connection& connection = *static_cast<Connection*>(event.data.ptr);
            if ((event.events & EPOLLOUT) != 0) flush(connection);
            if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
                on_readable(connection);
            }
        }
        end_turn();
    }
}

void FloorLoop::accept_all() {
    while (true) {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        auto connection = std::make_unique<Connection>(fd);
        const int on = 1;
        checked(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = connection.get();
        checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
        connections_[fd] = std::move(connection);
    }
}

void FloorLoop::on_readable(Connection& connection) {
    if (connection.ended) return;
    const ssize_t got =
        ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return end(connection);
    char* bytes = buffer_.data();
    auto size = static_cast<std::size_t>(got);
    std::string joined;
    if (!connection.begun.empty()) {
        joined = std::exchange(connection.begun, {}).append(bytes, size);
        bytes = joined.data();
        size = joined.size();
    }
    while (size > 0 && !connection.ended) {
        const std::size_t used = connection.room == nullptr
                                     ? take_request(connection, {bytes, size})
                                     : take_frame(connection, bytes, size);
        if (used == 0) break;
        bytes += used;
        size -= used;
    }
    connection.begun.assign(bytes, size);
}

std::size_t FloorLoop::take_request(Connection& connection, std::string_view bytes) {
    const std::size_t end_of_header = bytes.find("\r\n\r\n");
    if (end_of_header == std::string_view::npos) {
        if (bytes.size() > kRequestBytesMax) end(connection);
        return 0;
    }
    const std::string_view header = bytes.substr(0, end_of_header);
    const std::string_view key = between(header, "Sec-WebSocket-Key: ", "\r");
    auto& room = rooms_[std::string(between(header, "room=", "& "))];
    if (!room) room = std::make_unique<Room>();
    connection.room = room.get();
    connection.index = room->members.size();
    room->members.push_back({connection.socket.get(), false, &connection});
    send(connection,
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
         "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
             ws::accept_key(key) + "\r\n\r\n");
    return end_of_header + 4;
}

// A masked frame, as every client sends it, of 65,535 bytes at most. Anything but text is thrown
// away.
std::size_t FloorLoop::take_frame(Connection& connection, char* bytes, std::size_t size) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    if (size < 2) return 0;
    std::size_t payload = byte(1) & 0x7FU;
    std::size_t header = 2;
    if (payload == 127) {
        end(connection);
        return 0;
    }
    if (payload == 126) {
        if (size < 4) return 0;
        payload = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
        header = 4;
    }
    const std::size_t start = header + ws::kMaskBytes;
    if (size < start + payload) return 0;
    ws::Mask mask{};
    std::memcpy(mask.data(), bytes + header, mask.size());
    ws::unmask(bytes + start, payload, mask, 0);
    if ((byte(0) & 0x0FU) == 1) publish(*connection.room, {bytes + start, payload});
    return start + payload;
}

void FloorLoop::publish(Room& room, std::string_view payload) {
    std::array<char, ws::kWrittenFrameHeaderBytesMax> header{};
    const std::size_t header_bytes = ws::write_frame_header(header.data(), ws::Opcode::text, true,
                                                            options_.extra_bytes + payload.size());
    const bool at_once = options_.mode == FloorMode::each;
    std::string& out = at_once ? frame_ : room.turn;
    if (!at_once && out.empty()) turn_.push_back(&room);
    out.append(header.data(), header_bytes);
    out.append(options_.extra_bytes, '-');
    out += payload;
    if (!at_once) return;
    send_all(room, frame_);
    frame_.clear();
}

void FloorLoop::end_turn() {
    for (Room* room : turn_) {
        if (ring_) {
            add_all(*room);
        } else {
            send_all(*room, room->turn);
        }
    }
    if (ring_) ring_->submit();
    for (Room* room : turn_)
        room->turn.clear();
    turn_.clear();
    for (const int fd : ended_)
        connections_.erase(fd);
    ended_.clear();
}

void FloorLoop::send_all(Room& room, std::string_view bytes) {
    for (const Slot& member : room.members)
        send(*member.connection, bytes);
}

void FloorLoop::add_all(Room& room) {
    for (const Slot& member : room.members) {
        if (member.full) {
            keep(*member.connection, room.turn);
        } else {
            ring_->add(member.fd, room.turn, member.connection);
        }
    }
}

void FloorLoop::on_unsent(void* tag, std::size_t sent) {
    Connection& connection = *static_cast<Connection*>(tag);
    set_full(connection, true);
    keep(connection, std::string_view(connection.room->turn).substr(sent));
}

void FloorLoop::send(Connection& connection, std::string_view bytes) {
    if (connection.unsent.empty()) {
        const ssize_t put = ::send(connection.socket.get(), bytes.data(), bytes.size(),
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put == static_cast<ssize_t>(bytes.size())) return;
        if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
        set_full(connection, true);
    }
    keep(connection, bytes);
}

void FloorLoop::keep(Connection& connection, std::string_view bytes) {
    if (connection.unsent.size() + bytes.size() > kUnsentBytesMax) {
        // The end shows as an event; the room must not change while it is being sent to.
        ::shutdown(connection.socket.get(), SHUT_RDWR);
        return;
    }
    connection.unsent += bytes;
}

void FloorLoop::flush(Connection& connection) {
    if (connection.ended) return;
    const ssize_t put = ::send(connection.socket.get(), connection.unsent.data(),
                               connection.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0) connection.unsent.erase(0, static_cast<std::size_t>(put));
    if (connection.unsent.empty()) set_full(connection, false);
}

void FloorLoop::set_full(Connection& connection, bool full) {
    connection.room->members[connection.index].full = full;
    epoll_event event{};
    event.events = full ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &connection;
    checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event), "epoll_ctl");
}

void FloorLoop::end(Connection& connection) {
    if (std::exchange(connection.ended, true)) return;
    if (Room* room = connection.room; room != nullptr) {
        const Slot last = room->members.back();
        room->members[connection.index] = last;
        last.connection->index = connection.index;
        room->members.pop_back();
    }
    ended_.push_back(connection.socket.get());
}

}  // namespace confab::bench
