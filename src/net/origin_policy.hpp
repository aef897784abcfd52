// OriginPolicy: whose pages may open a WebSocket here. A browser says by Origin which page asks.
// Thread: any; does not change.
// Owns:   the list.
// Limits: the operator's list has at most kOriginsMax entries.
// Invariants: (1) origins are compared as whole texts in the spelling of RFC 6454 section 6.2: a
//             part of one never is enough. (2) two Origin fields are refused whatever they say.
//             (3) without the field the answer is yes: no browser asks, and the token, which is
//             never in a cookie, decides alone.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace confab::net {

class OriginPolicy {
  public:
    // Pages of the host and port that the request was sent to, by http or https. Behind a proxy
    // that changes Host the operator has to name the origin.
    OriginPolicy() = default;

    // These and no others. "null" stands for pages without an origin (files, sandboxes); "*"
    // among them for everybody. An empty list is the default above.
    explicit OriginPolicy(std::vector<std::string> allowed);

    // `origins`: the value of every Origin field; `host`: that of Host.
    [[nodiscard]] bool allows(std::span<const std::string_view> origins,
                              std::string_view host) const;

  private:
    std::vector<std::string> allowed_;  // sorted
    bool allows_any_ = false;
};

}  // namespace confab::net
