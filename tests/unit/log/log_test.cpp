#include "log/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/json.hpp"

namespace confab::log {
namespace {

// A pipe whose reading end this test holds.
class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~Pipe() {
        close_reader();
        ::close(ends_[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int writer() const { return ends_[1]; }
    void close_reader() {
        if (ends_[0] >= 0) ::close(ends_[0]);
        ends_[0] = -1;
    }
    // Everything that is in the pipe now.
    [[nodiscard]] std::string read_available() const {
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        std::string all;
        std::array<char, 4096> part{};
        for (ssize_t count = 0; (count = ::read(ends_[0], part.data(), part.size())) > 0;) {
            all.append(part.data(), static_cast<std::size_t>(count));
        }
        return all;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1) {
        lines.push_back(text.substr(from, end - from));
    }
    EXPECT_EQ(from, text.size()) << "the last line has no end";
    return lines;
}

TEST(Logger, AutomaticFormatIsJsonWhenTheOutputIsNoTerminal) {
    Pipe pipe;
    Logger logger({.descriptor = pipe.writer()});
    logger.info("started", {{"port", 8080}});
    logger.flush();
    const auto lines = lines_of(pipe.read_available());
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(parse_json(lines[0]).has_value()) << lines[0];
    EXPECT_NE(lines[0].find(R"("level":"info","event":"started","port":8080})"), std::string::npos);
}

TEST(Logger, HumanFormatOnAPipeHasNoColours) {
    Pipe pipe;
    Logger logger({.format = Format::human, .descriptor = pipe.writer()});
    logger.error("broken", {{"why", "no reason"}});
    logger.flush();
    const auto text = pipe.read_available();
    EXPECT_NE(text.find("error broken why=\"no reason\"\n"), std::string::npos) << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Logger, LinesBelowTheLevelAreNotWritten) {
    Pipe pipe;
    Logger logger({.level = Level::warn, .descriptor = pipe.writer()});
    logger.debug("one");
    logger.info("two");
    logger.warn("three");
    logger.error("four");
    logger.flush();
    EXPECT_EQ(lines_of(pipe.read_available()).size(), 2U);
}

TEST(Logger, LevelOffWritesNothing) {
    Pipe pipe;
    Logger logger({.level = Level::off, .descriptor = pipe.writer()});
    logger.error("four");
    logger.flush();
    EXPECT_EQ(pipe.read_available(), "");
}

TEST(Logger, EndOfTheLoggerWritesWhatWaits) {
    Pipe pipe;
    {
        Logger logger({.descriptor = pipe.writer()});
        for (int i = 0; i < 200; ++i)
            logger.info("line", {{"i", i}});
    }
    EXPECT_EQ(lines_of(pipe.read_available()).size(), 200U);
}

TEST(Logger, LinesOfSeveralThreadsStayWholeAndInOrderOfEach) {
    Pipe pipe;
    {
        Logger logger({.descriptor = pipe.writer()});
        std::vector<std::thread> threads;
        for (int who = 0; who < 4; ++who) {
            threads.emplace_back([&logger, who] {
                for (int i = 0; i < 100; ++i)
                    logger.info("line", {{"who", who}, {"i", i}});
            });
        }
        for (auto& thread : threads)
            thread.join();
        logger.flush();
    }
    std::array<std::int64_t, 4> next{};
    for (const auto& line : lines_of(pipe.read_available())) {
        const auto parsed = parse_json(line);
        ASSERT_TRUE(parsed.has_value()) << line;
        const auto who = static_cast<std::size_t>(parsed->at("who").as_int64());
        EXPECT_EQ(parsed->at("i").as_int64(), next[who]++);
    }
    EXPECT_EQ(next, (std::array<std::int64_t, 4>{100, 100, 100, 100}));
}

TEST(Logger, ReaderWhoStopsNeitherBlocksTheCallerNorTheEnd) {
    Pipe pipe;
    const auto before = std::chrono::steady_clock::now();
    {
        Logger logger({.descriptor = pipe.writer()});
        const std::string value(kLogValueBytesMax, 'x');
        for (std::size_t i = 0; i < kLogQueueMax + 1000; ++i)
            logger.info("line", {{"v", value}});
        EXPECT_GT(logger.dropped(), 0U);
        EXPECT_LT(logger.dropped(), 1001U);
    }
    // Not a measure of speed: without the limit this would never return.
    EXPECT_LT(std::chrono::steady_clock::now() - before, 20 * kLogFlushMax);
}

TEST(Logger, ClosedOutputCountsTheLinesAsLost) {
    Pipe pipe;
    pipe.close_reader();
    Logger logger({.descriptor = pipe.writer()});
    logger.info("line");
    logger.flush();
    EXPECT_EQ(logger.dropped(), 1U);
}

TEST(Logger, WordsOfLevelAndFormat) {
    EXPECT_EQ(parse_level("debug"), Level::debug);
    EXPECT_EQ(parse_level("info"), Level::info);
    EXPECT_EQ(parse_level("warn"), Level::warn);
    EXPECT_EQ(parse_level("error"), Level::error);
    EXPECT_EQ(parse_level("off"), Level::off);
    EXPECT_EQ(parse_level("Info"), std::nullopt);
    EXPECT_EQ(parse_level(""), std::nullopt);
    EXPECT_EQ(parse_format("auto"), Format::automatic);
    EXPECT_EQ(parse_format("human"), Format::human);
    EXPECT_EQ(parse_format("json"), Format::json);
    EXPECT_EQ(parse_format("xml"), std::nullopt);
}

}  // namespace
}  // namespace confab::log
