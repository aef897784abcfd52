#include "bench/load_run.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "ws/handshake.hpp"

namespace confab::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsPerTurn = 512;
constexpr std::string_view kKey = "Y29uZmFiIGJlbmNobWFyaw==";  // 16 bytes; one is as good as many

double seconds_of(Clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

Clock::duration duration_of(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

sockaddr_in address_of(const LoadOptions& options) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options.port);
    if (::inet_pton(AF_INET, options.host.c_str(), &address.sin_addr) != 1) {
        throw std::runtime_error("--host must be an IPv4 address");
    }
    return address;
}

}  // namespace

LoadRun::LoadRun(const LoadOptions& options, std::vector<std::string> tokens)
    : options_(options),
      tokens_(std::move(tokens)),
      train_(options.window, options.payload_bytes),
      accept_(ws::accept_key(kKey)),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      buffer_(kReadBytes) {
    members_.reserve(options.members);
}

LoadResult LoadRun::run() {
    LoadResult result;
    result.memory_before = memory_of(options_.pid);
    connect_all(result);
    wait_until_quiet();
    result.memory_connected = memory_of(options_.pid);
    if (options_.seconds <= 0) return result;
    start_senders();
    run_until(Clock::now() + duration_of(options_.warmup_s));
    measure(result);
    return result;
}

void LoadRun::connect_all(LoadResult& result) {
    const ProcessCost server = cost_of(options_.pid);
    const ProcessCost self = cost_of(::getpid());
    const SteadyTime start = Clock::now();
    while (open_ < options_.members) {
        while (members_.size() < options_.members &&
               members_.size() - open_ < options_.handshakes_max) {
            open_next();
        }
        turn(start + kConnectTimeout);
        if (now_ >= start + kConnectTimeout) throw std::runtime_error("connecting takes too long");
    }
    result.connect_s = seconds_of(Clock::now() - start);
    const ProcessCost server_after = cost_of(options_.pid);
    result.connect_cpu_s = server_after.cpu_s - server.cpu_s;
    result.connect_waited_s =
        server_after.waited_s - server.waited_s + cost_of(::getpid()).waited_s - self.waited_s;
}

void LoadRun::open_next() {
    const sockaddr_in address = address_of(options_);
    const std::size_t index = members_.size();
    members_.emplace_back(reinterpret_cast<const sockaddr&>(address),
                          static_cast<socklen_t>(sizeof address), request_of(index));
    watch(EPOLL_CTL_ADD, index, false);
}

std::string LoadRun::request_of(std::size_t index) const {
    const std::string room = "bench-" + std::to_string(index % options_.rooms);
    return "GET /ws?token=" + tokens_[index] + "&room=" + room +
           " HTTP/1.1\r\nHost: " + options_.host +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + std::string(kKey) + "\r\n\r\n";
}

void LoadRun::wait_until_quiet() {
    const SteadyTime start = Clock::now();
    last_delivery_ = start;
    now_ = start;
    while (now_ < last_delivery_ + kQuietTime) {
        if (now_ >= start + kQuietTimeout) throw std::runtime_error("it never gets quiet");
        turn(last_delivery_ + kQuietTime);
    }
}

// The sender of a room stands in the middle of those who joined it: its echo takes half a fan-out.
void LoadRun::start_senders() {
    const std::size_t per_room = options_.members / options_.rooms;
    sending_ = true;
    for (std::size_t room = 0; room < options_.rooms; ++room) {
        const std::size_t index = room + options_.rooms * (per_room / 2);
        members_[index].become_sender(train_);
        members_[index].send(train_.window(), Clock::now());
        watch(EPOLL_CTL_MOD, index, !members_[index].flush());
    }
}

void LoadRun::run_until(SteadyTime end) {
    last_delivery_ = Clock::now();
    for (now_ = last_delivery_; now_ < end;) {
        turn(end);
        if (now_ > last_delivery_ + kStallTimeout) throw std::runtime_error("nothing is delivered");
    }
}

void LoadRun::measure(LoadResult& result) {
    const ProcessCost server = cost_of(options_.pid);
    const ProcessCost self = cost_of(::getpid());
    const SteadyTime start = Clock::now();
    const Counts before = counts_;
    measuring_ = true;
    run_until(start + duration_of(options_.seconds));
    const ProcessCost server_after = cost_of(options_.pid);
    const ProcessCost self_after = cost_of(::getpid());
    result.seconds = seconds_of(Clock::now() - start);
    result.deliveries = counts_.deliveries - before.deliveries;
    result.echoes = counts_.echoes - before.echoes;
    result.received_bytes = counts_.bytes - before.bytes;
    result.server = {.cpu_s = server_after.cpu_s - server.cpu_s,
                     .user_s = server_after.user_s - server.user_s,
                     .system_s = server_after.system_s - server.system_s,
                     .waited_s = server_after.waited_s - server.waited_s};
    result.client_cpu_s = self_after.cpu_s - self.cpu_s;
    result.waited_s = result.server.waited_s + self_after.waited_s - self.waited_s;
    result.echo_p50_ns = echo_ns_.quantile(0.50);
    result.echo_p99_ns = echo_ns_.quantile(0.99);
}

void LoadRun::turn(SteadyTime limit) {
    std::array<epoll_event, kEventsPerTurn> ready;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(limit - Clock::now()).count() + 1;
    const int wait_ms = static_cast<int>(left < 0 ? 0 : (left > 100 ? 100 : left));
    const int count = ::epoll_wait(epoll_.get(), ready.data(), kEventsPerTurn, wait_ms);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        on_ready(event.data.u64, event.events);
    }
}

void LoadRun::on_ready(std::size_t index, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0 && members_[index].is_sender() && members_[index].flush()) {
        watch(EPOLL_CTL_MOD, index, false);
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) on_readable(index);
}

void LoadRun::on_readable(std::size_t index) {
    Member& member = members_[index];
    const ssize_t got = ::recv(member.fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) throw std::runtime_error("the server has ended a connection");
    const std::string_view piece(buffer_.data(), static_cast<std::size_t>(got));
    counts_.bytes += piece.size();
    if (member.is_open()) return count(member, member.take_frames(piece));
    const FrameCounter::Seen seen = member.take_answer(piece, accept_);
    if (member.is_open()) ++open_;
    count(member, seen);
}

void LoadRun::count(Member& member, const FrameCounter::Seen& seen) {
    if (seen.wrong) throw std::runtime_error("a frame that no v1 server sends");
    if (seen.closes > 0) throw std::runtime_error("the server says Close");
    if (seen.pings > 0) member.send_pong();
    if (seen.texts == 0) return;
    last_delivery_ = now_;
    counts_.deliveries += seen.texts;
    if (!sending_ || !member.is_sender()) return;
    const SteadyTime now = Clock::now();
    for (std::uint64_t i = 0; i < seen.texts; ++i) {
        const auto took = now - member.take_echo();
        if (measuring_) echo_ns_.add(static_cast<std::uint64_t>(took / 1ns));
    }
    counts_.echoes += seen.texts;
    member.send(seen.texts, now);
    if (!member.flush()) {
        watch(EPOLL_CTL_MOD, static_cast<std::size_t>(&member - members_.data()), true);
    }
}

void LoadRun::watch(int operation, std::size_t index, bool writable) {
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = index;
    checked(::epoll_ctl(epoll_.get(), operation, members_[index].fd(), &event), "epoll_ctl");
}

}  // namespace confab::bench
