// Secret: bytes that must not reach a log, a metric or an error message.
// Thread: a value; not synchronised.
// Owns:   its bytes; wiped when it ends.
// Limits: none.
// Invariant: there is no operator<<, no conversion to string and no comparison but the
//            constant-time one; the content leaves only through reveal().
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace confab {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }
    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe();
            bytes_ = other.bytes_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            bytes_ = std::move(other.bytes_);
            other.wipe();
        }
        return *this;
    }
    ~Secret() { wipe(); }

    // The bytes themselves; valid while this object lives. Every call is a place to review.
    [[nodiscard]] std::string_view reveal() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

    // True when both hold the same bytes; takes the same time wherever they differ.
    [[nodiscard]] bool same_as(std::string_view other) const;

  private:
    void wipe() noexcept;

    std::string bytes_;
};

}  // namespace confab
