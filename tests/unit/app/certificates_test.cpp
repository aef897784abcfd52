#include "app/certificates.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/manual_clock.hpp"
#include "support/temp_directory.hpp"
#include "support/tls_certificates.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;
using app::Certificates;

constexpr long kDay = 86400;

// Where the log goes.
class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_NONBLOCK), 0); }
    ~Pipe() {
        for (const int end : ends_)
            ::close(end);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int writer() const { return ends_[1]; }
    // What came since the last call.
    [[nodiscard]] std::string read() const {
        std::array<char, 16 * 1024> text{};
        const auto count = ::read(ends_[0], text.data(), text.size());
        return {text.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

class CertificatesTest : public ::testing::Test {
  protected:
    // A listener with TLS whose certificate is good for so long.
    void add(const std::string& name, long days) {
        const auto key = make_key();
        auto& section = options_.listeners[name];
        section.address = "127.0.0.1:0";
        section.tls = true;
        section.certificate_file = directory_.file(name + ".crt");
        section.key_file = directory_.file(name + ".key");
        write_key(section.key_file, key.get());
        write_certificate(section.certificate_file,
                          make_certificate(key.get(), -3600, days * kDay + 60).get());
    }
    void use() {
        auto loaded = Certificates::load(options_, clock_.wall_now());
        ASSERT_TRUE(loaded) << loaded.error().detail;
        certificates_.use(std::move(*loaded));
    }
    // Days until the metric's time, 0 for none.
    [[nodiscard]] std::int64_t expiry_in_days() const {
        const auto at = metrics_.get(metrics::Id::certificate_expiry);
        return at == 0 ? 0 : (at - unix_seconds(clock_.wall_now())) / kDay;
    }
    // What was logged since the last call.
    std::string log() {
        logger_.flush();
        return pipe_.read();
    }

    TempDirectory directory_;
    ManualClock clock_{std::chrono::system_clock::now()};
    Pipe pipe_;
    log::Logger logger_{{.format = log::Format::json, .descriptor = pipe_.writer()}};
    metrics::Shard metrics_;
    config::Options options_;
    Certificates certificates_{clock_, metrics_, logger_};
};

TEST_F(CertificatesTest, TheFirstToExpireIsTheMetricAndItFollowsARenewal) {
    EXPECT_EQ(expiry_in_days(), 0);
    add("one", 30);
    add("two", 20);
    use();
    EXPECT_EQ(expiry_in_days(), 20);
    add("two", 90);
    use();
    EXPECT_EQ(expiry_in_days(), 30);
    options_.listeners.clear();
    use();
    EXPECT_EQ(expiry_in_days(), 0);
}

TEST_F(CertificatesTest, EachThatIsTakenIsToldWithItsFileAndEnd) {
    add("one", 30);
    use();
    const auto text = log();
    EXPECT_NE(text.find("certificate_loaded"), std::string::npos) << text;
    EXPECT_NE(text.find(directory_.file("one.crt")), std::string::npos) << text;
    EXPECT_NE(text.find(R"("expires":"20)"), std::string::npos) << text;
}

TEST_F(CertificatesTest, WhatCannotBeReadIsAnErrorThatNamesListenerAndFile) {
    add("one", 30);
    add("two", 30);
    options_.listeners["two"].key_file = directory_.file("missing.key");
    const auto loaded = Certificates::load(options_, clock_.wall_now());
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(loaded.error().detail.starts_with("listeners.two: ")) << loaded.error().detail;
    EXPECT_NE(loaded.error().detail.find("missing.key"), std::string::npos);
}

TEST_F(CertificatesTest, TheEndIsWarnedOfOnceADay) {
    add("one", 20);
    use();
    (void)log();
    const auto warned = [this] {
        certificates_.warn_of_expiry();
        return log().find(R"("event":"certificate")") != std::string::npos;
    };
    EXPECT_FALSE(warned());
    clock_.advance(24h * 6 + 1h);
    EXPECT_TRUE(warned());
    clock_.advance(1h);
    EXPECT_FALSE(warned());
    clock_.advance(24h);
    EXPECT_TRUE(warned());
    clock_.advance(24h * 30);
    EXPECT_TRUE(warned()) << "that it has expired";
    EXPECT_FALSE(warned());
}

TEST_F(CertificatesTest, AListenerWithoutTlsHasNone) {
    add("one", 30);
    options_.listeners["plain"].address = "127.0.0.1:0";
    use();
    EXPECT_NE(certificates_.of("one"), nullptr);
    EXPECT_EQ(certificates_.of("plain"), nullptr);
}

}  // namespace
}  // namespace confab::test
