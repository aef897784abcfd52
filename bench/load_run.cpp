#include "bench/load_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace confab::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTrainMessagesMax = 64;
constexpr std::string_view kText = "The quick brown fox jumps over the lazy dog. ";

double seconds_of(Clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

Clock::duration duration_of(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::string text_of(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes)
        text += kText;
    text.resize(bytes);
    return text;
}

ProcessCost operator-(const ProcessCost& after, const ProcessCost& before) {
    return {.cpu_s = after.cpu_s - before.cpu_s,
            .user_s = after.user_s - before.user_s,
            .system_s = after.system_s - before.system_s,
            .waited_s = after.waited_s - before.waited_s};
}

Crowd::Counts operator-(const Crowd::Counts& after, const Crowd::Counts& before) {
    return {.deliveries = after.deliveries - before.deliveries,
            .compressed = after.compressed - before.compressed,
            .others = after.others - before.others,
            .bytes = after.bytes - before.bytes,
            .reconnects = after.reconnects - before.reconnects,
            .cut = after.cut - before.cut};
}

void raise(ProcessMemory& peak, const ProcessMemory& seen) {
    peak.resident_bytes = std::max(peak.resident_bytes, seen.resident_bytes);
    peak.anonymous_bytes = std::max(peak.anonymous_bytes, seen.anonymous_bytes);
}

}  // namespace

LoadRun::LoadRun(const LoadOptions& options, std::vector<std::string> tokens)
    : options_(options), crowd_(options_, std::move(tokens), *this), sent_(options.rooms) {
    if (crowd_.protocol().has_replies()) unreplied_.resize(options.rooms);
}

LoadResult LoadRun::run() {
    LoadResult result;
    result.memory_before = memory_of(options_.pid);
    connect_all(result);
    wait_until_quiet(duration_of(options_.quiet_s), kQuietTimeout);
    result.memory_connected = memory_of(options_.pid);
    if (options_.seconds <= 0) return result;
    stall_some(result);
    start_senders();
    run_until(Clock::now() + duration_of(options_.warmup_s), result);
    measure(result);
    if (result.stalled > 0) drain(result);
    return result;
}

void LoadRun::connect_all(LoadResult& result) {
    const ProcessCost server = cost_of(options_.pid);
    const ProcessCost self = cost_of(::getpid());
    const SteadyTime start = Clock::now();
    while (!crowd_.open_more()) {
        crowd_.turn(start + kConnectTimeout);
        if (crowd_.now() >= start + kConnectTimeout) {
            throw std::runtime_error("connecting takes too long");
        }
    }
    result.connect_s = seconds_of(Clock::now() - start);
    result.replayed = crowd_.counts().deliveries;
    const ProcessCost server_took = cost_of(options_.pid) - server;
    result.connect_cpu_s = server_took.cpu_s;
    result.connect_waited_s = server_took.waited_s + cost_of(::getpid()).waited_s - self.waited_s;
}

void LoadRun::wait_until_quiet(SteadyTime::duration quiet, SteadyTime::duration limit) {
    const SteadyTime start = Clock::now();
    crowd_.mark_delivery(start);
    while (crowd_.now() < crowd_.last_delivery() + quiet) {
        if (crowd_.now() >= start + limit) throw std::runtime_error("it never gets quiet");
        crowd_.turn(crowd_.last_delivery() + quiet);
    }
}

void LoadRun::stall_some(LoadResult& result) {
    for (std::size_t index = 0; index < options_.members; ++index) {
        if (!options_.is_stalled(index)) continue;
        crowd_.stall(index);
        ++result.stalled;
    }
}

void LoadRun::make_messages() {
    const std::string text = text_of(options_.payload_bytes);
    const PeerProtocol& protocol = crowd_.protocol();
    const bool names_room = protocol.message("a", text) != protocol.message("b", text);
    if (protocol.cid_at("a") > 0) {
        for (std::size_t room = 0; room < options_.rooms; ++room) {
            const std::string name = crowd_.room_name(room);
            cid_frames_.emplace_back(protocol.message(name, text), protocol.cid_at(name));
        }
        return crowd_.begin_messages(cid_frames_);
    }
    const std::size_t count = std::min(options_.window, kTrainMessagesMax);
    for (std::size_t room = 0; room < (names_room ? options_.rooms : 1); ++room)
        trains_.emplace_back(protocol.message(crowd_.room_name(room), text), count);
    crowd_.begin_messages(trains_);
}

void LoadRun::start_senders() {
    make_messages();
    const SteadyTime now = Clock::now();
    if (options_.churn > 0) reconnects_due_.emplace(now, options_.churn);
    if (options_.rate > 0) {
        messages_due_.emplace(now, options_.rate * static_cast<double>(options_.rooms));
        return;
    }
    for (std::size_t room = 0; room < options_.rooms; ++room) {
        for (std::size_t i = 0; i < options_.window; ++i)
            note_sent(room, now);
        crowd_.send(options_.sender_of(room), options_.window);
    }
}

void LoadRun::note_sent(std::size_t room, SteadyTime time) {
    sent_[room].add(time);
    if (!unreplied_.empty()) unreplied_[room].add(time);
}

void LoadRun::run_until(SteadyTime end, LoadResult& result) {
    crowd_.mark_delivery(Clock::now());
    while (crowd_.now() < end) {
        SteadyTime next = end;
        if (messages_due_) {
            send_what_is_due();
            next = std::min(next, messages_due_->next_due());
        }
        if (reconnects_due_) {
            reconnect_what_is_due();
            next = std::min(next, reconnects_due_->next_due());
        }
        crowd_.turn(next);
        if (crowd_.now() > crowd_.last_delivery() + kStallTimeout) {
            throw std::runtime_error("nothing is delivered");
        }
        if (crowd_.now() < next_memory_look_) continue;
        raise(result.memory_peak, memory_of(options_.pid));
        next_memory_look_ = crowd_.now() + kMemoryInterval;
    }
}

// The rooms take turns: their messages are spread evenly over time.
void LoadRun::send_what_is_due() {
    while (messages_due_->take(Clock::now())) {
        const std::uint64_t number = messages_due_->taken() - 1;
        const std::size_t room = number % options_.rooms;
        note_sent(room, messages_due_->due(number));
        crowd_.send(options_.sender_of(room), 1);
    }
}

void LoadRun::reconnect_what_is_due() {
    while (reconnects_due_->take(Clock::now())) {
        for (std::size_t tried = 0; tried < options_.members; ++tried) {
            const std::size_t index = next_reconnect_++ % options_.members;
            if (options_.is_sender(index) || options_.is_stalled(index)) continue;
            if (crowd_.reopen(index)) break;
        }
    }
}

void LoadRun::measure(LoadResult& result) {
    const ProcessCost server = cost_of(options_.pid);
    const ProcessCost self = cost_of(::getpid());
    const SteadyTime start = Clock::now();
    const Crowd::Counts before = crowd_.counts();
    const std::uint64_t echoes_before = echoes_;
    measuring_ = true;
    run_until(start + duration_of(options_.seconds), result);
    measuring_ = false;
    result.server = cost_of(options_.pid) - server;
    const ProcessCost self_took = cost_of(::getpid()) - self;
    result.seconds = seconds_of(Clock::now() - start);
    result.counts = crowd_.counts() - before;
    result.messages = echoes_ - echoes_before;
    result.client_cpu_s = self_took.cpu_s;
    result.waited_s = result.server.waited_s + self_took.waited_s;
}

// Whether a server has given up a stalled reader shows when that one reads on.
void LoadRun::drain(LoadResult& result) {
    crowd_.end_messages();
    for (std::size_t index = 0; index < options_.members; ++index) {
        if (options_.is_stalled(index)) crowd_.resume(index);
    }
    const SteadyTime end = Clock::now() + kDrainTimeout;
    crowd_.mark_delivery(Clock::now());
    while (crowd_.now() < std::min(end, crowd_.last_delivery() + kDrainQuietTime))
        crowd_.turn(std::min(end, crowd_.last_delivery() + kDrainQuietTime));
    result.cut = crowd_.counts().cut;
}

void LoadRun::on_messages(std::size_t index, std::uint64_t first, std::uint64_t count) {
    const bool sender = crowd_.member(index).is_sender();
    if (options_.rate > 0) {
        if (sender) echoes_ += count;
        if (measuring_ && crowd_.member(index).is_first) record(index, first, count);
        return;
    }
    if (!sender) return;
    record(index, first, count);
    echoes_ += count;
    const std::size_t room = options_.room_of(index);
    sent_[room].forget_before(first + count);
    const SteadyTime now = Clock::now();
    for (std::uint64_t i = 0; i < count; ++i)
        note_sent(room, now);
    crowd_.send(index, count);
}

// They come in the order of the messages: all of a member's go to one room.
void LoadRun::on_replies(std::size_t index, std::uint64_t first, std::uint64_t count) {
    SentTimes& sent = unreplied_[options_.room_of(index)];
    const SteadyTime now = Clock::now();
    for (std::uint64_t number = first; number < first + count; ++number) {
        if (!sent.has(number)) throw std::runtime_error("a reply to nothing");
        if (measuring_) reply_ns_.add(static_cast<std::uint64_t>((now - sent.at(number)) / 1ns));
    }
    sent.forget_before(first + count);
}

void LoadRun::record(std::size_t index, std::uint64_t first, std::uint64_t count) {
    const SentTimes& sent = sent_[options_.room_of(index)];
    const bool sender = crowd_.member(index).is_sender();
    const SteadyTime now = Clock::now();
    for (std::uint64_t number = first; number < first + count; ++number) {
        if (!sent.has(number)) throw std::runtime_error("a message nobody had sent");
        if (!measuring_) continue;
        const auto took = static_cast<std::uint64_t>((now - sent.at(number)) / 1ns);
        if (options_.rate > 0) delivery_ns_.add(took);
        if (sender) echo_ns_.add(took);
    }
}

}  // namespace confab::bench
