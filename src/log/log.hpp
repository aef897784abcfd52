// Logger: structured lines, one event each: for people on a terminal, JSON lines otherwise.
// Thread: any; a call never blocks (a bounded queue and one writer thread stand behind it).
// Owns:   the queue, the writer thread and its sink; flushed when the logger ends. The descriptor
// is
//         the caller's.
// Limits: kLogQueueMax lines wait; when full the oldest is dropped and dropped() counts it.
//         A value is cut at kLogValueBytesMax. A reader who stopped reading cannot hold the end of
//         the program for more than kLogFlushMax.
// Invariants: (1) one call is one line, whatever bytes the values hold (all are escaped).
//             (2) tokens, passwords and message bodies are never passed here: secrets have the type
//             Secret, which does not convert. (3) a field is never named ts, level or event.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace confab::log {

inline constexpr std::size_t kLogQueueMax = 8192;
inline constexpr std::size_t kLogValueBytesMax = 1024;
inline constexpr auto kLogFlushMax = std::chrono::seconds(2);

enum class Level { debug, info, warn, error, off };
enum class Format { automatic, human, json };  // automatic: human when the output is a terminal

// "debug" … "off"; nothing for any other word.
[[nodiscard]] std::optional<Level> parse_level(std::string_view word);
[[nodiscard]] std::optional<Format> parse_format(std::string_view word);

struct Field {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
    Field(std::string_view name, const std::string& text)
        : key(name), value(std::string_view(text)) {}
    Field(std::string_view name, bool truth) : key(name), value(truth) {}
    Field(std::string_view name, double number) : key(name), value(number) {}
    template <std::signed_integral T>
    Field(std::string_view name, T number) : key(name), value(std::int64_t{number}) {}
    template <std::unsigned_integral T>
    Field(std::string_view name, T number) : key(name), value(std::uint64_t{number}) {}

    std::string_view key;
    Value value;
};
using Fields = std::initializer_list<Field>;

class Logger {
  public:
    struct Options {
        Level level = Level::info;
        Format format = Format::automatic;
        int descriptor = 2;  // where lines go: standard error
    };

    explicit Logger(Options options);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
    void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
    void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
    void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

    // Any thread; for the lines to come.
    void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }

    // Lines lost because the queue was full or the output did not take them.
    [[nodiscard]] std::uint64_t dropped() const;
    // Waits until everything said so far is written, at most kLogFlushMax; for the end of the
    // program and for tests.
    void flush();

  private:
    void write(Level level, std::string_view event, Fields fields);

    struct Sink;
    const Options options_;
    std::atomic<Level> level_;
    const bool human_;
    const bool colour_;
    std::unique_ptr<Sink> sink_;
};

}  // namespace confab::log
