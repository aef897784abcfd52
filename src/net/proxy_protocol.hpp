// PROXY protocol, version 2: a proxy tells whom it forwards, before the first byte of the client.
// Thread: the connection's loop.
// Owns:   the part of the header that has come so far; nothing once it is complete.
// Limits: kProxyHeaderBytesMax for the whole header.
// Invariants: (1) the outcome does not depend on how the bytes are cut. (2) no byte behind the
//             header is taken. (3) "section" below is one of haproxy's doc/proxy-protocol.txt.
//             Whether a header is expected and from whom is configuration, never a guess
//             (section 5); that is the caller's part.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace confab::net {

class ProxyHeaderReader {
  public:
    enum class Phase {
        need_more,
        done,    // source() tells whom the header names
        failed,  // failure() tells why; the connection has to end
    };

    struct Source {
        boost::asio::ip::address address;  // an IPv4 address mapped into IPv6 is the IPv4 address
        std::uint16_t port = 0;
    };

    // Takes what belongs to the header and returns how many bytes that was.
    std::size_t feed(std::string_view bytes);

    [[nodiscard]] Phase phase() const { return phase_; }
    // Nothing when the header names nobody that we could tell apart (LOCAL, UNSPEC, UNIX, UDP):
    // then the peer of the connection itself counts.
    [[nodiscard]] const std::optional<Source>& source() const { return source_; }
    // A literal, for the log.
    [[nodiscard]] std::string_view failure() const { return failure_; }

  private:
    [[nodiscard]] std::size_t wanted() const;
    void check_fixed_part();
    void finish();
    void fail(std::string_view literal);

    std::string header_;
    std::optional<Source> source_;
    std::string_view failure_;
    Phase phase_ = Phase::need_more;
};

}  // namespace confab::net
