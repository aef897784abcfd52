// The PROXY protocol reader: every cut of the bytes gives the same outcome, and no byte behind the
// header is taken.
// Input: one byte that seeds the cuts, then the bytes of a connection.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "net/proxy_protocol.hpp"
#include "support/fuzz_check.hpp"

namespace {

using confab::net::ProxyHeaderReader;
using Phase = ProxyHeaderReader::Phase;

struct Outcome {
    ProxyHeaderReader reader;
    std::size_t taken = 0;
};

// `seed` 0: all at once.
Outcome read(std::string_view bytes, unsigned seed) {
    Outcome outcome;
    while (outcome.taken < bytes.size() && outcome.reader.phase() == Phase::need_more) {
        const std::string_view rest = bytes.substr(outcome.taken);
        seed = seed * 1103515245U;
        const std::size_t step = seed == 0 ? rest.size() : 1 + (seed >> 16) % 40;
        const std::size_t taken = outcome.reader.feed(rest.substr(0, step));
        FUZZ_CHECK(taken <= std::min(step, rest.size()));
        outcome.taken += taken;
        FUZZ_CHECK(outcome.reader.phase() != Phase::need_more ||
                   taken == std::min(step, rest.size()));
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome whole = read(bytes, 0);
    const Outcome cut = read(bytes, data[0] * 2U + 1U);
    FUZZ_CHECK(whole.reader.phase() == cut.reader.phase());
    FUZZ_CHECK(whole.reader.failure() == cut.reader.failure());
    FUZZ_CHECK(whole.reader.failure().empty() == (whole.reader.phase() != Phase::failed));
    FUZZ_CHECK(whole.reader.source().has_value() == cut.reader.source().has_value());
    if (whole.reader.phase() == Phase::failed) return 0;
    FUZZ_CHECK(whole.taken == cut.taken);
    FUZZ_CHECK(whole.taken <= confab::kProxyHeaderBytesMax);
    if (const auto& source = whole.reader.source()) {
        FUZZ_CHECK(whole.reader.phase() == Phase::done);
        FUZZ_CHECK(source->address == cut.reader.source()->address);
        FUZZ_CHECK(source->port == cut.reader.source()->port);
        FUZZ_CHECK(!source->address.is_v6() || !source->address.to_v6().is_v4_mapped());
    }
    return 0;
}
