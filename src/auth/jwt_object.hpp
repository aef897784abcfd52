// JwtObject: the header or the claims of a token, in one pass and without a tree of values.
// Thread: a value; not synchronised.
// Owns:   the texts that are written with escapes; all others are views of the JSON text.
// Limits: those of base/json.hpp.
// Invariants: (1) there is one only of a strict JSON object, with all its inner objects as strict.
//             (2) what a token may say with a number is a whole number of 64 bits; every other
//             number, and every value of a kind that no claim has, is only known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace confab::auth {

class JwtObject {
  public:
    struct Value {
        enum class Kind : std::uint8_t { text, integer, list, other };
        Kind kind = Kind::other;
        std::string_view text{};
        std::int64_t integer = 0;
        std::size_t first_item = 0;  // of a list
        std::size_t items = 0;

        [[nodiscard]] bool is_text() const { return kind == Kind::text; }
    };

    JwtObject() = default;  // without members
    JwtObject(JwtObject&&) = default;
    JwtObject& operator=(JwtObject&&) = default;
    JwtObject(const JwtObject&) = delete;  // its views would be those of the other
    JwtObject& operator=(const JwtObject&) = delete;
    ~JwtObject() = default;

    // Nothing for what is not a strict JSON object. `json` must outlive the result.
    [[nodiscard]] static std::optional<JwtObject> read(std::string_view json);

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    // The member, or nullptr when there is none.
    [[nodiscard]] const Value* find(std::string_view name) const;
    // The member as text; nothing when it is missing or something else.
    [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
    // Item `index` of a list: as text, or nothing when it is something else.
    [[nodiscard]] std::optional<std::string_view> item(const Value& list, std::size_t index) const;

  private:
    class Reader;
    struct Member {
        std::string_view name;
        Value value;
    };

    std::vector<Member> members_;
    std::vector<std::optional<std::string_view>> items_;  // of all lists
    std::forward_list<std::string> copies_;
};

}  // namespace confab::auth
