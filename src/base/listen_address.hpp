// ListenAddress: where a listener is, as the operator writes it.
// Thread: a value.
// Owns:   its texts.
// Limits: a Unix path has to fit into sockaddr_un (107 bytes).
// Invariants: (1) to_string() gives what parse() reads. (2) an IPv6 address has no scope.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace confab {

struct ListenAddress {
    enum class Kind { tcp, unix_socket };

    Kind kind = Kind::tcp;
    boost::asio::ip::address ip;  // tcp
    std::uint16_t port = 0;       // tcp; 0: any free one
    std::string path;             // unix_socket

    // "127.0.0.1:8080", "[::1]:8443" or "unix:/run/confab.sock". A host name is an error: what it
    // means may change between two starts. The text of an error is for the operator.
    [[nodiscard]] static Result<ListenAddress> parse(std::string_view text);
    // Of an IP address without brackets.
    [[nodiscard]] static Result<ListenAddress> parse_ip(std::string_view ip, std::uint16_t port);
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool is_unix() const { return kind == Kind::unix_socket; }
    // Nobody from another machine can connect.
    [[nodiscard]] bool is_local() const;

    bool operator==(const ListenAddress&) const = default;
};

}  // namespace confab
