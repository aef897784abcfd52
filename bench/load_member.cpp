#include "bench/load_member.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdexcept>

#include "ws/frame.hpp"

namespace confab::bench {
namespace {

constexpr ws::Mask kMask{0x5A, 0xC3, 0x17, 0x8E};
constexpr std::size_t kAnswerBytesMax = 16 * 1024;
constexpr std::size_t kStatusLineShown = 80;

std::string masked_frame(ws::Opcode opcode, std::string payload) {
    std::array<char, ws::kWrittenFrameHeaderBytesMax> header{};
    const std::size_t size = ws::write_frame_header(header.data(), opcode, true, payload.size());
    header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | 0x80U);
    std::string frame(header.data(), size);
    frame.append(kMask.begin(), kMask.end());
    ws::unmask(payload.data(), payload.size(), kMask, 0);
    return frame + payload;
}

std::string text_of(std::size_t bytes) {
    static constexpr std::string_view kText = "The quick brown fox jumps over the lazy dog. ";
    std::string text;
    while (text.size() < bytes)
        text += kText;
    text.resize(bytes);
    return text;
}

}  // namespace

MessageTrain::MessageTrain(std::size_t window, std::size_t payload_bytes) : window_(window) {
    const std::string frame = masked_frame(ws::Opcode::text, text_of(payload_bytes));
    for (std::size_t i = 0; i <= window; ++i)
        bytes_ += frame;
}

std::string_view MessageTrain::next(std::size_t unsent_bytes) const {
    const std::size_t of_first = unsent_bytes % frame_bytes();
    const std::size_t start = of_first == 0 ? 0 : frame_bytes() - of_first;
    return std::string_view(bytes_).substr(start, unsent_bytes);
}

Member::Member(const sockaddr& address, socklen_t address_size, std::string_view request)
    : socket_(checked(::socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
    const int on = 1;
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    checked(::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    checked(::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), "SO_SNDTIMEO");
    checked(::connect(fd(), &address, address_size), "connect");
    const auto sent = ::send(fd(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) throw std::runtime_error("request not sent");
    checked(::fcntl(fd(), F_SETFL, O_NONBLOCK), "fcntl");
}

FrameCounter::Seen Member::take_answer(std::string_view piece, std::string_view accept) {
    answer_ += piece;
    const std::size_t end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (answer_.size() > kAnswerBytesMax) throw std::runtime_error("endless answer");
        return {};
    }
    const std::string_view header = std::string_view(answer_).substr(0, end);
    if (!header.starts_with("HTTP/1.1 101") || header.find(accept) == std::string_view::npos) {
        throw std::runtime_error("refused: " +
                                 answer_.substr(0, std::min(answer_.find('\r'), kStatusLineShown)));
    }
    open_ = true;
    const FrameCounter::Seen seen = counter_.feed(std::string_view(answer_).substr(end + 4));
    std::string().swap(answer_);
    return seen;
}

void Member::send_pong() {
    if (sender_ && sender_->unsent_bytes > 0) return;  // not inside a message, which is a sign too
    const std::string pong = masked_frame(ws::Opcode::pong, {});
    // A pong that does not fit is lost; the next ping asks again.
    (void)::send(fd(), pong.data(), pong.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Member::become_sender(const MessageTrain& train) {
    sender_ = std::make_unique<Sender>(Sender{train, std::vector<SteadyTime>(train.window())});
}

void Member::send(std::size_t count, SteadyTime now) {
    for (std::size_t i = 0; i < count; ++i) {
        sender_->sent_at[sender_->sent++ % sender_->sent_at.size()] = now;
    }
    sender_->unsent_bytes += count * sender_->train.frame_bytes();
    flush();
}

SteadyTime Member::take_echo() {
    if (sender_->echoed == sender_->sent) throw std::runtime_error("a message nobody had sent");
    return sender_->sent_at[sender_->echoed++ % sender_->sent_at.size()];
}

bool Member::flush() {
    while (sender_->unsent_bytes > 0) {
        const std::string_view rest = sender_->train.next(sender_->unsent_bytes);
        const ssize_t put = ::send(fd(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && (errno == EAGAIN || errno == EINTR)) return false;
        sender_->unsent_bytes -= static_cast<std::size_t>(checked(static_cast<int>(put), "send"));
    }
    return true;
}

}  // namespace confab::bench
