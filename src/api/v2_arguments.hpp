// V2Arguments: the arguments of one command, each checked when it is asked for.
// Thread: a value; not synchronised.
// Owns:   nothing; it and the views that it gives live as long as the fields that it reads.
// Limits: see api/v2_command.hpp, which names the errors as well.
// Invariants: (1) an argument that is null is one that is missing. (2) the field of an error is the
//             argument that was asked for, or a member of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/v2_command.hpp"
#include "api/v2_fields.hpp"

namespace confab::api {

// Both ends belong to it.
struct V2Range {
    std::int64_t first;
    std::int64_t last;
};

inline constexpr V2Range kV2Seqs{0, kJsonIntegerMax};

class V2Arguments {
  public:
    V2Arguments(V2Object in, const V2CommandOptions& options) : in_(in), options_(options) {}

    // Arguments of any name. A number is required where there is nothing to take otherwise.
    [[nodiscard]] bool has(std::string_view name) const { return in_.find(name) != nullptr; }
    [[nodiscard]] Result<std::string_view> text(std::string_view name) const;
    [[nodiscard]] Result<std::int64_t> number(
        std::string_view name, V2Range range,
        std::optional<std::int64_t> otherwise = std::nullopt) const;
    // False when it is missing.
    [[nodiscard]] Result<bool> flag(std::string_view name) const;

    // Those that have one name wherever they stand; only `position` may be missing, and
    // optional_cid(), which is nil then.
    [[nodiscard]] Result<RoomName> room() const;
    [[nodiscard]] Result<std::vector<V2Join>> rooms() const;
    [[nodiscard]] Result<std::optional<V2Position>> position() const;
    [[nodiscard]] Result<Secret> token() const;
    [[nodiscard]] Result<Uuid> cid() const;
    [[nodiscard]] Result<Uuid> optional_cid() const;
    [[nodiscard]] Result<std::string> reaction() const;
    [[nodiscard]] Result<std::string> body() const;
    // Ids of users, each once; none when it is missing.
    [[nodiscard]] Result<std::vector<UserId>> users(std::string_view name, std::size_t max) const;

  private:
    V2Object in_;
    const V2CommandOptions& options_;
};

}  // namespace confab::api
