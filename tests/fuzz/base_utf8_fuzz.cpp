// The validator against decoding and encoding again, whole, cut in two and byte by byte.
// Input: one byte that chooses the cut, then the text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/utf8.hpp"
#include "support/fuzz_check.hpp"
#include "support/utf8_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool expected = confab::test::is_utf8_by_decoding(text);
    FUZZ_CHECK(confab::is_valid_utf8(text) == expected);

    const std::size_t cut = data[0] % (text.size() + 1);
    confab::Utf8Validator halves;
    const bool fed = halves.feed(text.substr(0, cut)) && halves.feed(text.substr(cut));
    FUZZ_CHECK((fed && halves.complete()) == expected);

    // Fail-fast: what was let through can still be completed, so the byte after it is the first
    // wrong one. Whole characters before it are valid by the other reading as well.
    confab::Utf8Validator bytes;
    std::size_t complete_up_to = 0;
    for (std::size_t i = 0; i < text.size() && bytes.feed(text.substr(i, 1)); ++i) {
        if (bytes.complete()) complete_up_to = i + 1;
    }
    FUZZ_CHECK(bytes.complete() == expected);
    FUZZ_CHECK(confab::test::is_utf8_by_decoding(text.substr(0, complete_up_to)));
    FUZZ_CHECK(!expected || complete_up_to == text.size());
    if (expected) FUZZ_CHECK(confab::count_code_points(text) <= text.size());
    return 0;
}
