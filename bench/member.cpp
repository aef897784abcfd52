#include "bench/member.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace confab::bench {
namespace {

constexpr std::size_t kAnswerBytesMax = 16 * 1024;
constexpr std::size_t kStatusLineShown = 80;

}  // namespace

Member::Member(Stream stream, MemberPlan plan, FrameCounter counter)
    : stream_(std::move(stream)), counter_(std::move(counter)), plan_(std::move(plan)) {
    secure();
}

void Member::secure() {
    if (state_ != State::securing || !stream_.secure()) return;
    send_whole(plan_.request);
    std::string().swap(plan_.request);
    state_ = State::upgrading;
}

Seen Member::take(std::string_view piece) {
    Seen seen = state_ == State::upgrading ? take_answer(piece) : counter_.feed(piece);
    if (state_ == State::greeting && seen.greeted) state_ = State::open;
    return seen;
}

Seen Member::take_answer(std::string_view piece) {
    answer_ += piece;
    const std::size_t end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (answer_.size() > kAnswerBytesMax) throw std::runtime_error("endless answer");
        return {};
    }
    const std::string_view header = std::string_view(answer_).substr(0, end);
    if (!header.starts_with("HTTP/1.1 101") || header.find(plan_.accept) == header.npos) {
        throw std::runtime_error("refused: " +
                                 answer_.substr(0, std::min(answer_.find('\r'), kStatusLineShown)));
    }
    state_ = plan_.greeting.empty() ? State::open : State::greeting;
    if (!plan_.greeting.empty()) send_whole(plan_.greeting);
    std::string().swap(plan_.greeting);
    const Seen seen = counter_.feed(std::string_view(answer_).substr(end + 4));
    std::string().swap(answer_);
    return seen;
}

// The first bytes of a connection: an empty socket takes them.
void Member::send_whole(std::string_view bytes) {
    if (stream_.write(bytes) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("a request was not sent");
    }
}

void Member::send_answer(std::string_view frame) {
    if (unsent_bytes_ > 0) return;  // not inside a message, which is a sign of life, too
    (void)stream_.write(frame);
}

void Member::end() {
    state_ = State::ended;
    stream_.close();
}

bool Member::send(std::size_t count, UuidSource& cids) {
    if (cid_frame_ == nullptr) {
        unsent_bytes_ += count * train_->frame_bytes();
        return flush();
    }
    const std::size_t before = own_.size();
    for (std::size_t i = 0; i < count; ++i)
        cid_frame_->append(own_, cids.next(std::chrono::system_clock::now()).text());
    unsent_bytes_ += own_.size() - before;
    return flush();
}

std::string_view Member::unsent() const {
    if (cid_frame_ == nullptr) return train_->next(unsent_bytes_);
    return std::string_view(own_).substr(own_.size() - unsent_bytes_);
}

bool Member::flush() {
    while (unsent_bytes_ > 0) {
        const ssize_t put = stream_.write(unsent());
        if (put < 0) throw std::runtime_error("the server has ended the connection of a sender");
        if (put == 0) return false;
        unsent_bytes_ -= static_cast<std::size_t>(put);
    }
    own_.clear();
    return true;
}

}  // namespace confab::bench
