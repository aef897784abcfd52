#include "net/batch_sender.hpp"

#include <utility>

#include "base/limits.hpp"

namespace confab::net {

BatchSender::BatchSender(std::unique_ptr<Transmitter> transmitter, metrics::Shard& metrics)
    : transmitter_(std::move(transmitter)), metrics_(metrics), parts_(kBatchPartsMax) {
    sends_.reserve(kBatchSendsMax);
    told_.reserve(kBatchSendsMax);
}

std::span<iovec> BatchSender::space() {
    if (sends_.size() == kBatchSendsMax || parts_.size() - parts_used_ < kSendPartsMax) flush();
    return std::span(parts_).subspan(parts_used_, kSendPartsMax);
}

void BatchSender::add(Target& target, int socket, std::size_t count) {
    iovec* const parts = parts_.data() + parts_used_;
    sends_.push_back({socket, static_cast<std::uint32_t>(count), parts, 0});
    told_.push_back({&target, bytes_of({parts, count})});
    parts_used_ += count;
}

void BatchSender::flush() {
    if (sends_.empty()) return;
    transmitter_->transmit(sends_);
    metrics_.add(metrics::Id::send_batches);
    metrics_.add(transmitter_->counter(), static_cast<std::int64_t>(sends_.size()));
    for (std::size_t i = 0; i < sends_.size(); ++i) {
        const IoStep step = step_of(sends_[i].result);
        told_[i].target->on_sent(step, step.bytes == told_[i].bytes);
    }
    sends_.clear();
    told_.clear();
    parts_used_ = 0;
}

}  // namespace confab::net
