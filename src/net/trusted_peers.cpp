#include "net/trusted_peers.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/list.hpp"

namespace confab::net {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kUnix = "unix";

bool is_port(std::string_view text) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// One entry of X-Forwarded-For: an address, which some proxies write with its port.
std::optional<ip::address> parse_hop(std::string_view entry) {
    std::string_view address = entry;
    std::string_view port;
    if (entry.starts_with('[')) {
        const std::size_t end = entry.find(']');
        if (end == std::string_view::npos) return {};
        address = entry.substr(1, end - 1);
        port = entry.substr(end + 1);
        if (address.find(':') == std::string_view::npos) return {};
    } else if (const std::size_t colon = entry.find(':');
               colon != std::string_view::npos && colon == entry.rfind(':')) {
        address = entry.substr(0, colon);
        port = entry.substr(colon);
    }
    if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1)))) return {};
    const auto parsed = parse_ip_address(address);
    if (!parsed) return {};
    return plain_address(*parsed);
}

Error bad_entry(std::string_view entry, std::string_view reason) {
    return {ErrorKind::invalid, "bad_trusted_peers",
            "\"" + std::string(entry) + "\": " + std::string(reason)};
}

// Takes the last entry off a list of fields; nothing when none is left.
class HopsFromTheRight {
  public:
    explicit HopsFromTheRight(std::span<const std::string_view> fields) : fields_(fields) {}

    std::optional<std::string_view> next() {
        if (!open_) {
            if (fields_.empty()) return {};
            field_ = fields_.back();
            fields_ = fields_.first(fields_.size() - 1);
        }
        const std::size_t comma = field_.rfind(',');
        open_ = comma != std::string_view::npos;
        const std::string_view entry = field_.substr(open_ ? comma + 1 : 0);
        field_ = field_.substr(0, open_ ? comma : 0);
        return trimmed(entry);
    }

  private:
    std::span<const std::string_view> fields_;
    std::string_view field_;
    bool open_ = false;  // something is left of field_, be it empty
};

}  // namespace

Result<TrustedPeers> TrustedPeers::parse(std::string_view text) {
    TrustedPeers peers;
    for (const std::string_view entry : split_list(text)) {
        if (entry.empty()) return bad_entry(entry, "an entry is empty");
        if (entry == kUnix) {
            peers.unix_ = true;
            continue;
        }
        auto range = IpNetwork::parse(entry);
        if (!range) return range.error();
        if (peers.ranges_.size() == kTrustedProxiesMax) {
            return bad_entry(entry, "more than " + std::to_string(kTrustedProxiesMax) + " ranges");
        }
        peers.ranges_.push_back(std::move(*range));
    }
    return peers;
}

std::string to_string(const PeerAddress& peer) {
    return peer ? peer->to_string() : std::string(kUnix);
}

bool TrustedPeers::contains(const PeerAddress& peer) const {
    if (!peer) return unix_;
    const ip::address address = plain_address(*peer);
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const IpNetwork& range) { return range.contains(address); });
}

PeerAddress TrustedPeers::client_address(const PeerAddress& peer,
                                         std::span<const std::string_view> forwarded_for) const {
    PeerAddress client = peer;
    if (client) client = plain_address(*client);
    HopsFromTheRight hops(forwarded_for);
    for (std::size_t i = 0; i < kForwardedHopsMax && contains(client); ++i) {
        const auto entry = hops.next();
        if (!entry) break;
        const auto hop = parse_hop(*entry);
        if (!hop) break;
        client = *hop;
    }
    return client;
}

}  // namespace confab::net
