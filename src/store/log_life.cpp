#include "store/log_life.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "store/database_copy.hpp"
#include "store/private_files.hpp"

namespace confab::store {
namespace {

constexpr std::size_t kMarkBytesMax = 128;
constexpr std::size_t kDigits = 20;

void begin_new_epoch(SqliteConnection& connection) {
    connection.query("UPDATE log_life SET epoch = lower(hex(randomblob(8)))").run();
    connection.database().exec("PRAGMA user_version = 0");
}

bool is_copy(SqliteConnection& connection) {
    Query row = connection.query("PRAGMA user_version");
    return row.step() && row.integer_at(0) == kCopyMark;
}

}  // namespace

LogLife::LogLife(SqliteDatabase& database, std::string mark_path)
    : database_(database), mark_path_(std::move(mark_path)) {}

Result<LogLife::Start> LogLife::begin() {
    const std::optional<Position> last = read_mark();
    auto start = database_.write<Start>([&](SqliteConnection& connection) -> Result<Start> {
        const Position now = position_of(connection);
        Start found = Start::goes_on;
        if (last && last->epoch == now.epoch && now.events < last->events) found = Start::went_back;
        if (is_copy(connection)) found = Start::was_a_copy;
        if (found != Start::goes_on) begin_new_epoch(connection);
        return found;
    });
    return start;
}

bool LogLife::mark() {
    const auto now = database_.read<Position>(position_of);
    if (!now) return false;
    if (*now == marked_) return true;
    // Always of one length, in one write and one sector: a crash leaves the old line or the new.
    std::string digits = std::to_string(now->events);
    digits.insert(0, kDigits - digits.size(), '0');
    const std::string line = now->epoch + ' ' + digits + '\n';
    const FileDescriptor file(
        ::open(mark_path_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
    if (!file.valid()) return false;
    const auto written = ::pwrite(file.get(), line.data(), line.size(), 0);
    if (written != static_cast<ssize_t>(line.size())) return false;
    marked_ = *now;
    return true;
}

LogLife::Position LogLife::position_of(SqliteConnection& connection) {
    Position position;
    Query row =
        connection.query("SELECT epoch, (SELECT coalesce(sum(head), 0) FROM rooms) FROM log_life");
    if (!row.step()) return position;
    position.epoch = row.text_at(0);
    position.events = static_cast<std::uint64_t>(row.integer_at(1));
    return position;
}

// Nothing when there is none, or when a crash has left something else in its place.
std::optional<LogLife::Position> LogLife::read_mark() const {
    const FileDescriptor file(
        ::open(mark_path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.valid() && errno == ENOENT) return std::nullopt;
    if (!file.valid()) throw_system_error("cannot open " + mark_path_);
    const std::string line = read_all(file.get(), kMarkBytesMax, mark_path_);
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || line.size() != space + kDigits + 2) return std::nullopt;
    Position position{line.substr(0, space), 0};
    const char* const begin = line.data() + space + 1;
    const auto [end, error] = std::from_chars(begin, begin + kDigits, position.events);
    if (error != std::errc{} || end != begin + kDigits) return std::nullopt;
    return position;
}

}  // namespace confab::store
