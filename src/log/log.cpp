#include "log/log.hpp"

#include <poll.h>
#include <pthread.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>

#include "log/format.hpp"

namespace confab::log {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// What a pipe that polls as writable takes at once, so that write() does not block.
constexpr std::size_t kWriteBytesMax = 4096;
constexpr auto kWriteLook = std::chrono::milliseconds(50);

// The end of the queue: writes lines to a descriptor. log() runs on the writer thread, the rest on
// any.
class DescriptorSink final : public spdlog::sinks::sink {
  public:
    explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}

    void log(const spdlog::details::log_msg& message) override {
        line_.assign(message.payload.data(), message.payload.size());
        line_ += '\n';
        const bool whole = write_all(line_);
        {
            const std::lock_guard lock(mutex_);
            ++done_;
            if (!whole) ++lost_;
        }
        changed_.notify_all();
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

    // From now on a line that the output does not take by `deadline` is given up.
    void stop(SteadyTime deadline) {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        deadline_ = deadline;
    }

    // Waits until `reached(lines done)` or the deadline.
    template <class Reached>
    void wait_until(SteadyTime deadline, Reached reached) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, deadline, [&] { return reached(done_); });
    }

    std::uint64_t lost() {
        const std::lock_guard lock(mutex_);
        return lost_;
    }

  private:
    bool too_late() {
        const std::lock_guard lock(mutex_);
        return stopping_ && std::chrono::steady_clock::now() >= deadline_;
    }

    // False: the line was given up, in part or as a whole.
    bool write_all(std::string_view text) {
        while (!text.empty()) {
            pollfd ready{descriptor_, POLLOUT, 0};
            const bool last_try = too_late();
            const auto wait = last_try ? 0 : static_cast<int>(kWriteLook.count());
            if (::poll(&ready, 1, wait) <= 0) {
                if (last_try) return false;
                continue;
            }
            const auto size = std::min(text.size(), kWriteBytesMax);
            const auto written = ::write(descriptor_, text.data(), size);
            if (written >= 0) {
                text.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno != EINTR && errno != EAGAIN) {
                return false;
            }
        }
        return true;
    }

    const int descriptor_;
    std::string line_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::uint64_t done_ = 0;
    std::uint64_t lost_ = 0;
    bool stopping_ = false;
    SteadyTime deadline_;
};

// Signals are for the main thread; a broken pipe must be an error of write(), not the end.
void prepare_writer_thread() {
    pthread_setname_np(pthread_self(), "log");
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool wants_colour(int descriptor) {
    const char* no_colour = std::getenv("NO_COLOR");
    return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

// Nothing of spdlog's global registry is used: pool and logger belong to this object alone.
struct Logger::Sink {
    explicit Sink(int descriptor)
        : out(std::make_shared<DescriptorSink>(descriptor)),
          pool(std::make_shared<spdlog::details::thread_pool>(kLogQueueMax, 1,
                                                              prepare_writer_thread)),
          queue(std::make_shared<spdlog::async_logger>(
              "confab", out, pool, spdlog::async_overflow_policy::overrun_oldest)) {}

    std::shared_ptr<DescriptorSink> out;
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> queue;
    std::atomic<std::uint64_t> posted{0};
};

std::optional<Level> parse_level(std::string_view word) {
    if (word == "debug") return Level::debug;
    if (word == "info") return Level::info;
    if (word == "warn") return Level::warn;
    if (word == "error") return Level::error;
    if (word == "off") return Level::off;
    return std::nullopt;
}

std::optional<Format> parse_format(std::string_view word) {
    if (word == "auto") return Format::automatic;
    if (word == "human") return Format::human;
    if (word == "json") return Format::json;
    return std::nullopt;
}

Logger::Logger(Options options)
    : options_(options),
      level_(options.level),
      human_(options.format == Format::human ||
             (options.format == Format::automatic && ::isatty(options.descriptor) == 1)),
      colour_(human_ && wants_colour(options.descriptor)),
      sink_(std::make_unique<Sink>(options.descriptor)) {}

Logger::~Logger() {
    sink_->out->stop(std::chrono::steady_clock::now() + kLogFlushMax);
    sink_->pool.reset();  // writes what waits, then joins its thread
}

std::uint64_t Logger::dropped() const {
    return sink_->pool->overrun_counter() + sink_->out->lost();
}

void Logger::flush() {
    const auto target = sink_->posted.load();
    sink_->out->wait_until(
        std::chrono::steady_clock::now() + kLogFlushMax,
        [&](std::uint64_t done) { return done + sink_->pool->overrun_counter() >= target; });
}

void Logger::write(Level level, std::string_view event, Fields fields) {
    const Level least = level_.load(std::memory_order_relaxed);
    if (level < least || least == Level::off) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration<double>(now).count();
    const auto line = human_ ? format_human(seconds, level, event, fields, colour_)
                             : format_json(seconds, level, event, fields);
    sink_->queue->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    ++sink_->posted;
}

}  // namespace confab::log
