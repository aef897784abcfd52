#include "net/proxy_protocol.hpp"

#include <algorithm>
#include <array>

#include "base/ip_network.hpp"
#include "base/limits.hpp"

namespace confab::net {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using namespace std::string_view_literals;

// Section 2.2: signature, version and command, family and protocol, length of what follows.
constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view kTextSignature = "PROXY";  // section 2.1
constexpr std::size_t kVersionAt = 12;
constexpr std::size_t kFamilyAt = 13;
constexpr std::size_t kLengthAt = 14;
constexpr std::size_t kFixedBytes = 16;

constexpr unsigned kVersion = 2;
constexpr unsigned kCommandLocal = 0;
constexpr unsigned kCommandProxy = 1;
constexpr unsigned kFamilyMax = 3;    // unspecified, IPv4, IPv6, Unix
constexpr unsigned kProtocolMax = 2;  // unspecified, stream, datagram
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;
constexpr unsigned kUnixStream = 0x31;
constexpr std::size_t kTcp4Bytes = 12;
constexpr std::size_t kTcp6Bytes = 36;
constexpr std::size_t kUnixBytes = 216;

constexpr unsigned kTypeCrc32c = 0x03;  // section 2.2.3
constexpr std::size_t kTlvHeadBytes = 3;
constexpr std::size_t kCrcBytes = 4;

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::uint16_t number16(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

template <std::size_t Count>
std::array<unsigned char, Count> bytes_at(std::string_view bytes, std::size_t at) {
    std::array<unsigned char, Count> out{};
    std::transform(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   bytes.begin() + static_cast<std::ptrdiff_t>(at + Count), out.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return out;
}

// Whether the two are the same as far as both go.
bool agrees(std::string_view bytes, std::string_view mark) {
    const std::size_t common = std::min(bytes.size(), mark.size());
    return bytes.substr(0, common) == mark.substr(0, common);
}

// CRC32c (RFC 3720 appendix B.4), a bit at a time: a header is short.
std::uint32_t crc32c(std::string_view bytes) {
    constexpr std::uint32_t kReversedPolynomial = 0x82F63B78U;
    std::uint32_t crc = ~0U;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kReversedPolynomial : 0U);
        }
    }
    return ~crc;
}

// The checksum is the one of the header with zeros in the place of the checksum.
bool checksum_holds(std::string header, std::size_t at) {
    const std::uint32_t given =
        std::uint32_t{number16(header, at)} << 16U | std::uint32_t{number16(header, at + 2)};
    header.replace(at, kCrcBytes, kCrcBytes, '\0');
    return crc32c(header) == given;
}

// What is wrong with the type-length-value vectors behind the addresses; empty for nothing.
std::string_view fault_of_vectors(const std::string& header, std::size_t at) {
    while (at < header.size()) {
        if (header.size() - at < kTlvHeadBytes) return "a vector without a length";
        const std::size_t length = number16(header, at + 1);
        const std::size_t value = at + kTlvHeadBytes;
        if (header.size() - value < length) return "a vector longer than the header";
        if (byte_at(header, at) == kTypeCrc32c) {
            if (length != kCrcBytes) return "a checksum of a wrong length";
            if (!checksum_holds(header, value)) return "the checksum is wrong";
        }
        at = value + length;
    }
    return {};
}

std::size_t address_bytes(unsigned family) {
    switch (family) {
        case kTcp4:
            return kTcp4Bytes;
        case kTcp6:
            return kTcp6Bytes;
        case kUnixStream:
            return kUnixBytes;
        default:
            return 0;
    }
}

// The first of the two addresses, and the first of the two ports behind them.
ProxyHeaderReader::Source source_of(std::string_view header, unsigned family) {
    if (family == kTcp4) {
        return {address_v4(bytes_at<4>(header, kFixedBytes)), number16(header, kFixedBytes + 8)};
    }
    return {plain_address(address_v6(bytes_at<16>(header, kFixedBytes))),
            number16(header, kFixedBytes + 32)};
}

}  // namespace

std::size_t ProxyHeaderReader::wanted() const {
    if (header_.size() < kFixedBytes) return kFixedBytes;
    return kFixedBytes + number16(header_, kLengthAt);
}

std::size_t ProxyHeaderReader::feed(std::string_view bytes) {
    std::size_t taken = 0;
    // Twice at most: the fixed part, then what it says will follow.
    while (phase_ == Phase::need_more && taken < bytes.size()) {
        const std::size_t count = std::min(wanted() - header_.size(), bytes.size() - taken);
        header_.append(bytes.substr(taken, count));
        taken += count;
        check_fixed_part();
        if (phase_ == Phase::need_more && header_.size() >= kFixedBytes &&
            header_.size() == wanted()) {
            finish();
        }
    }
    return taken;
}

// As early as the bytes allow: who is no proxy shall not be waited for.
void ProxyHeaderReader::check_fixed_part() {
    const std::string_view header = header_;
    if (agrees(header, kTextSignature)) {
        if (header.size() < kTextSignature.size()) return;
        return fail("version 1 (text) is not spoken here: let the proxy send version 2");
    }
    if (!agrees(header, kSignature)) return fail("no PROXY protocol header");
    if (header.size() > kVersionAt) {
        if (byte_at(header, kVersionAt) >> 4U != kVersion) return fail("an unknown version");
        if ((byte_at(header, kVersionAt) & 0xFU) > kCommandProxy) return fail("an unknown command");
    }
    if (header.size() > kFamilyAt) {
        const unsigned family = byte_at(header, kFamilyAt);
        if (family >> 4U > kFamilyMax) return fail("an unknown address family");
        if ((family & 0xFU) > kProtocolMax) return fail("an unknown transport protocol");
    }
    if (header.size() < kFixedBytes) return;
    if (wanted() > kProxyHeaderBytesMax) return fail("the header is too long");
    const bool local = (byte_at(header, kVersionAt) & 0xFU) == kCommandLocal;
    if (!local && wanted() - kFixedBytes < address_bytes(byte_at(header, kFamilyAt))) {
        return fail("the header is too short for its addresses");
    }
}

void ProxyHeaderReader::finish() {
    const unsigned family = byte_at(header_, kFamilyAt);
    const std::size_t addresses = address_bytes(family);
    const bool local = (byte_at(header_, kVersionAt) & 0xFU) == kCommandLocal;
    // A health check of the proxy itself, or a combination that we need not know (section 2.2): the
    // block is skipped, whatever is in it.
    if (!local && addresses > 0) {
        const std::string_view fault = fault_of_vectors(header_, kFixedBytes + addresses);
        if (!fault.empty()) return fail(fault);
        if (family != kUnixStream) source_ = source_of(header_, family);
    }
    phase_ = Phase::done;
    std::string().swap(header_);
}

void ProxyHeaderReader::fail(std::string_view literal) {
    phase_ = Phase::failed;
    failure_ = literal;
    std::string().swap(header_);
}

}  // namespace confab::net
