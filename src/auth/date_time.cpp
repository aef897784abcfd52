#include "auth/date_time.hpp"

#include <chrono>

#include "base/limits.hpp"

namespace confab::auth {
namespace {

// Reads a text from left to right; stays failed after the first thing that does not fit.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    // A number of exactly `digits` digits in [low, high].
    int number(std::size_t digits, int low, int high) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (!at_digit()) return fail();
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value >= low && value <= high ? value : fail();
    }

    // One of the characters; which one.
    char any_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
            fail();
            return '\0';
        }
        const char found = rest_.front();
        rest_.remove_prefix(1);
        return found;
    }

    // time-secfrac, which may be missing: a dot and at least one digit.
    void fraction() {
        if (rest_.empty() || rest_.front() != '.') return;
        rest_.remove_prefix(1);
        if (!at_digit()) fail();
        while (at_digit())
            rest_.remove_prefix(1);
    }

    [[nodiscard]] bool good_so_far() const { return good_; }
    [[nodiscard]] bool good_to_the_end() const { return good_ && rest_.empty(); }

  private:
    [[nodiscard]] bool at_digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    int fail() {
        good_ = false;
        return 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

// Whether a leap second may follow the minute: it ends June or December in UTC.
bool may_have_leap_second(std::chrono::sys_time<std::chrono::minutes> minute) {
    using namespace std::chrono;
    const auto next = minute + minutes(1);
    const auto day = floor<days>(next);
    if (next != day) return false;
    const year_month_day date(day);
    return date.day() == std::chrono::day(1) && (date.month() == January || date.month() == July);
}

}  // namespace

bool is_date_time(std::string_view text) {
    using namespace std::chrono;
    if (text.size() > kDateTimeBytesMax) return false;
    Scanner scan(text);
    const year date_year(scan.number(4, 0, 9999));
    scan.any_of("-");
    const month date_month(static_cast<unsigned>(scan.number(2, 1, 12)));
    scan.any_of("-");
    const day date_day(static_cast<unsigned>(scan.number(2, 1, 31)));
    scan.any_of("Tt");
    const hours hour(scan.number(2, 0, 23));
    scan.any_of(":");
    const minutes minute(scan.number(2, 0, 59));
    scan.any_of(":");
    const int second = scan.number(2, 0, 60);
    scan.fraction();
    const char zone = scan.any_of("Zz+-");
    minutes offset{0};
    if (scan.good_so_far() && (zone == '+' || zone == '-')) {
        offset = hours(scan.number(2, 0, 23));
        scan.any_of(":");
        offset += minutes(scan.number(2, 0, 59));
        if (zone == '-') offset = -offset;
    }
    if (!scan.good_to_the_end()) return false;
    const year_month_day date(date_year, date_month, date_day);
    if (!date.ok()) return false;
    return second < 60 || may_have_leap_second(sys_days(date) + hour + minute - offset);
}

}  // namespace confab::auth
