// The HTTP reader: every cut of the bytes gives the same requests. Which refusal ends them is not
// compared: a broken chunk may be too large or malformed, by what of it is there.
// Input: one byte that seeds the cuts, then the bytes of a connection.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"
#include "net/http_reader.hpp"
#include "support/fuzz_check.hpp"

namespace {

using confab::net::HttpReader;
using Phase = HttpReader::Phase;

constexpr HttpReader::Limits kLimits{
    .header_bytes_max = 512, .header_fields_max = 8, .target_bytes_max = 64, .body_bytes_max = 128};

// What came out, up to the first refusal; what is incomplete at the end is not compared.
std::vector<std::string> read(std::string_view bytes, unsigned seed) {
    HttpReader reader(kLimits);
    std::vector<std::string> events;
    while (!bytes.empty() && reader.phase() != Phase::refused) {
        seed = seed * 1103515245U + 12345U;
        const std::size_t step = seed == 0 ? bytes.size() : 1 + (seed >> 16) % 40;
        reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        while (reader.phase() == Phase::complete) {
            auto taken = reader.take();
            const confab::net::HttpRequest request(std::move(taken.message));
            events.push_back(std::string(request.method()) + '\n' + std::string(request.path()) +
                             '\n' + std::string(request.query()) + '\n' +
                             std::string(request.body()) + (taken.keep_alive ? "\nkeep" : ""));
            FUZZ_CHECK(request.body().size() <= kLimits.body_bytes_max);
            reader.feed({});
        }
    }
    if (reader.phase() == Phase::refused) {
        events.push_back("refused " + std::to_string(static_cast<int>(reader.refusal())));
    }
    return events;
}

bool is_refused(const std::vector<std::string>& events) {
    return !events.empty() && events.back().starts_with("refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    auto one_way = read(bytes, data[0] * 2U + 1U);
    auto another = read(bytes, data[0] * 2U + 1001U);
    if (is_refused(another)) another.pop_back();
    if (is_refused(one_way)) one_way.pop_back();
    FUZZ_CHECK(one_way == another);
    return 0;
}
