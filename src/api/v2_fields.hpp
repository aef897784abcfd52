// V2Fields: what one frame of a client says, in one pass and without a tree of values.
// Thread: a value; not synchronised, and it stays where it was made.
// Owns:   the texts that are written with escapes; all others are views of the frame.
// Limits: those of base/json.hpp, but an object that is an argument may have any number of members:
//         kRoomsPerConnectionMax are kept and all are counted. Of one frame kCommandValuesMax
//         values are kept; what is ignored takes no memory when it has ended.
// Invariants: (1) only strict JSON objects are valid(), with all that is in them; but members of an
//             argument that are too many are not compared by their names. (2) kept are the id and
//             the first method, in it the members of the arguments and of their members. Lists, and
//             numbers that are not whole or have more than 64 bits, are only known to be there.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.hpp"

namespace confab::api {

// A member of an object. The values that are in it follow it in memory, see V2Object.
struct V2Value {
    enum class Kind : std::uint8_t { null, text, integer, boolean, object, list, other };
    Kind kind = Kind::other;
    std::string_view name{};
    std::string_view text{};
    std::int64_t integer = 0;
    bool boolean = false;
    std::size_t members = 0;  // of an object or a list; more than are kept when there are too many
    std::size_t extent = 1;   // values that are kept: this one and all that are in it
};

// The members of an object, or the items of a list, in their order. A view.
class V2Object {
  public:
    class Iterator {
      public:
        explicit Iterator(const V2Value* at) : at_(at) {}
        const V2Value& operator*() const { return *at_; }
        Iterator& operator++() { return at_ += at_->extent, *this; }
        bool operator==(const Iterator&) const = default;

      private:
        const V2Value* at_;
    };

    // Of a value whose kind is object or list; it must stay where V2Fields has it.
    explicit V2Object(const V2Value& value) : value_(&value) {}

    // The member, or nullptr when there is none; null is none.
    [[nodiscard]] const V2Value* find(std::string_view name) const;
    [[nodiscard]] Iterator begin() const { return Iterator(value_ + 1); }
    [[nodiscard]] Iterator end() const { return Iterator(value_ + value_->extent); }

  private:
    const V2Value* value_;
};

class V2Fields {
  public:
    using IsMethod = bool (*)(std::string_view name);

    // The frame must outlive the fields.
    V2Fields(std::string_view frame, IsMethod is_method);
    V2Fields(const V2Fields&) = delete;  // its views would be those of the other
    V2Fields& operator=(const V2Fields&) = delete;

    // False: not a strict JSON object; then there is nothing else.
    [[nodiscard]] bool valid() const { return valid_; }
    // False: there are values that could not be kept.
    [[nodiscard]] bool complete() const { return complete_; }
    // Nothing when it is missing or not a whole number from 1 to kJsonIntegerMax.
    [[nodiscard]] std::optional<std::int64_t> id() const { return id_; }
    // How many members are called like a method, and the first of them; nullptr when there is none.
    [[nodiscard]] std::size_t methods() const { return methods_; }
    [[nodiscard]] const V2Value* method() const {
        return values_.empty() ? nullptr : values_.data();
    }

  private:
    class Reader;
    static constexpr std::size_t kUsualValues = 12;

    bool valid_ = false;
    bool complete_ = true;
    std::optional<std::int64_t> id_;
    std::size_t methods_ = 0;
    boost::container::small_vector<V2Value, kUsualValues> values_;
    std::forward_list<std::string> copies_;
};

}  // namespace confab::api
