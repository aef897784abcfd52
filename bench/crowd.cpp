#include "bench/crowd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <utility>

#include "ws/handshake.hpp"

namespace confab::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsPerTurn = 512;
constexpr int kStalledReceiveBytes = 4096;  // or the kernel would read for it for a long time
constexpr std::string_view kKey = "Y29uZmFiIGJlbmNobWFyaw==";  // 16 bytes; one is as good as many

sockaddr_in address_of(const LoadOptions& options) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options.port);
    if (::inet_pton(AF_INET, options.host.c_str(), &address.sin_addr) != 1) {
        throw std::runtime_error("--host must be an IPv4 address");
    }
    return address;
}

void replace(std::string& text, std::string_view mark, std::string_view value) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) {
        text.replace(at, mark.size(), value);
    }
}

std::optional<SeenUpTo> position_of(const LoadOptions& options) {
    if (!options.seq) return std::nullopt;
    return SeenUpTo{options.epoch, *options.seq};
}

timespec timespec_of(Clock::duration time) {
    const auto left = std::max(time, Clock::duration::zero());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {.tv_sec = whole.count(), .tv_nsec = (left - whole) / 1ns};
}

}  // namespace

Crowd::Crowd(const LoadOptions& options, std::vector<std::string> tokens, Handler& handler)
    : options_(options),
      tokens_(std::move(tokens)),
      handler_(handler),
      protocol_(protocol_named(options.protocol, position_of(options))),
      accept_(ws::accept_key(kKey)),
      pong_(masked_frame(ws::Opcode::pong, {})),
      answer_(protocol_->answer()),
      tls_(options.tls ? make_tls_context() : nullptr),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      buffer_(kReadBytes) {
    members_.reserve(options.members);
}

std::string Crowd::room_name(std::size_t room) const {
    return "bench-" + std::to_string(room);
}

std::string Crowd::request_of(std::size_t index) const {
    std::string path = options_.path;
    if (!tokens_.empty()) replace(path, "{token}", tokens_[index]);
    replace(path, "{room}", room_name(options_.room_of(index)));
    replace(path, "{member}", std::to_string(index));
    std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + options_.host +
                          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + std::string(kKey);
    if (!protocol_->subprotocol().empty()) {
        request += "\r\nSec-WebSocket-Protocol: " + std::string(protocol_->subprotocol());
    }
    if (!tokens_.empty() && options_.path.find("{token}") == std::string::npos) {
        request += "\r\nAuthorization: Bearer " + tokens_[index];
    }
    if (options_.deflate) {
        request +=
            "\r\nSec-WebSocket-Extensions: permessage-deflate; "
            "client_no_context_takeover; server_no_context_takeover";
    }
    return request + "\r\n\r\n";
}

Member Crowd::make_member(std::size_t index) const {
    const sockaddr_in address = address_of(options_);
    MemberPlan plan{.request = request_of(index),
                    .accept = accept_,
                    .greeting = protocol_->greeting(room_name(options_.room_of(index)), index)};
    FrameCounter counter(
        {.message_bytes_min = options_.payload_bytes, .compressed = options_.deflate},
        protocol_->reader());
    return {Stream(reinterpret_cast<const sockaddr&>(address),
                   static_cast<socklen_t>(sizeof address), tls_.get()),
            std::move(plan), std::move(counter)};
}

bool Crowd::open_more() {
    while (members_.size() < options_.members && opening_ < options_.handshakes_max) {
        members_.push_back(make_member(members_.size()));
        ++opening_;
        watch(EPOLL_CTL_ADD, members_.size() - 1, EPOLLIN);
    }
    return members_.size() == options_.members && opening_ == 0;
}

bool Crowd::reopen(std::size_t index) {
    Member& member = members_[index];
    if (!member.is_open() || opening_ >= options_.handshakes_max) return false;
    member.end();
    member = make_member(index);
    member.is_first = false;
    ++opening_;
    watch(EPOLL_CTL_ADD, index, EPOLLIN);
    return true;
}

void Crowd::stall(std::size_t index) {
    Member& member = members_[index];
    member.is_stalled = member.may_end = true;
    checked(::setsockopt(member.stream().fd(), SOL_SOCKET, SO_RCVBUF, &kStalledReceiveBytes,
                         sizeof kStalledReceiveBytes),
            "SO_RCVBUF");
    watch(EPOLL_CTL_MOD, index, 0);  // errors are told of all the same
}

void Crowd::resume(std::size_t index) {
    Member& member = members_[index];
    if (member.state() == Member::State::ended) return;
    member.is_stalled = false;
    watch(EPOLL_CTL_MOD, index, EPOLLIN);
}

void Crowd::begin_messages(const std::vector<MessageTrain>& trains) {
    for (std::size_t room = 0; room < options_.rooms; ++room)
        members_[options_.sender_of(room)].become_sender(trains[room % trains.size()]);
    begin_telling();
}

void Crowd::begin_messages(const std::vector<CidFrame>& frames) {
    for (std::size_t room = 0; room < options_.rooms; ++room)
        members_[options_.sender_of(room)].become_sender(frames[room]);
    begin_telling();
}

void Crowd::begin_telling() {
    for (Member& member : members_)
        member.received = 0;
    telling_ = true;
}

void Crowd::send(std::size_t index, std::size_t count) {
    if (!members_[index].send(count, cids_)) watch(EPOLL_CTL_MOD, index, EPOLLIN | EPOLLOUT);
}

void Crowd::turn(SteadyTime limit) {
    std::array<epoll_event, kEventsPerTurn> ready;
    const timespec wait = timespec_of(std::min<Clock::duration>(limit - Clock::now(), 100ms));
    const int count = ::epoll_pwait2(epoll_.get(), ready.data(), kEventsPerTurn, &wait, nullptr);
    if (count < 0 && errno != EINTR) checked(count, "epoll_pwait2");
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        on_ready(event.data.u64, event.events);
    }
}

void Crowd::on_ready(std::size_t index, std::uint32_t events) {
    Member& member = members_[index];
    if (member.state() == Member::State::ended) return;
    if (member.is_stalled) return on_end(index);
    if ((events & EPOLLOUT) != 0 && member.is_sender() && member.flush()) {
        watch(EPOLL_CTL_MOD, index, EPOLLIN);
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) on_readable(index);
}

void Crowd::on_readable(std::size_t index) {
    Member& member = members_[index];
    member.secure();
    if (member.state() == Member::State::securing) return;
    do {
        const ssize_t got = member.stream().read(buffer_.data(), buffer_.size());
        if (got == 0) return;
        if (got < 0) return on_end(index);
        counts_.bytes += static_cast<std::uint64_t>(got);
        const bool was_open = member.is_open();
        const Seen seen = member.take({buffer_.data(), static_cast<std::size_t>(got)});
        if (!was_open && member.is_open()) {
            --opening_;
            if (!member.is_first) ++counts_.reconnects;
        }
        on_seen(index, seen);
    } while (member.stream().has_pending());
}

void Crowd::on_end(std::size_t index) {
    if (!members_[index].may_end) throw std::runtime_error("the server has ended a connection");
    members_[index].end();
    ++counts_.cut;
}

void Crowd::on_seen(std::size_t index, const Seen& seen) {
    Member& member = members_[index];
    if (seen.wrong) throw std::runtime_error("a frame that this server does not send");
    if (seen.pings > 0) member.send_answer(pong_);
    if (seen.questions > 0) member.send_answer(answer_);
    if (seen.messages + seen.others + seen.replies > 0) last_delivery_ = now_;
    counts_.others += seen.others;
    counts_.compressed += seen.compressed;
    counts_.deliveries += seen.messages;
    const std::uint64_t first = member.received;
    member.received += seen.messages;
    if (seen.closes > 0) return on_end(index);
    if (telling_ && seen.replies > 0) {
        handler_.on_replies(index, member.replied, seen.replies);
        member.replied += seen.replies;
    }
    if (telling_ && seen.messages > 0) handler_.on_messages(index, first, seen.messages);
}

void Crowd::watch(int operation, std::size_t index, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = index;
    checked(::epoll_ctl(epoll_.get(), operation, members_[index].stream().fd(), &event),
            "epoll_ctl");
}

}  // namespace confab::bench
