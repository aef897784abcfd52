#include "api/v2_fields.hpp"

#include <utility>

#include "base/json_reader.hpp"

namespace confab::api {
namespace {

// How many objects and lists are open when a member of them is read.
constexpr std::size_t kInFrame = 1;
constexpr std::size_t kInArgument = 3;  // { method: { argument: {
constexpr std::size_t kInnermostKept = 4;

}  // namespace

class V2Fields::Reader : public StrictJsonHandler {
  public:
    using Kind = V2Value::Kind;

    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);  // see on_key

    Reader(std::string_view input, V2Fields& target, IsMethod is_method)
        : StrictJsonHandler(input), target_(target), is_method_(is_method) {}

    bool on_object_begin(Code& error) {
        const bool in_object = !in_list();
        const V2Value value{.kind = in_object ? Kind::object : Kind::other};
        const bool kept = level_ == 0 || (add(value) && in_object && level_ < kInnermostKept);
        if (level_ > 0 && kept) open_.push_back(target_.values_.size() - 1);
        enter(kept);
        outside_.push_back(copies().begin());
        return StrictJsonHandler::on_object_begin(error);
    }
    bool on_object_end(std::size_t count, Code& error) {
        const bool ended = StrictJsonHandler::on_object_end(count, error);
        if (skipping()) {
            while (copies().begin() != outside_.back())
                copies().pop_front();
        } else if (level_ > kInFrame) {
            close();
        }
        outside_.pop_back();
        leave();
        return ended;
    }
    bool on_array_begin(Code& error) {
        const bool is_argument = level_ + 1 == kInArgument && is_wanted();
        if (!is_argument) {
            const bool inside = scalar({}, error);
            enter(false);
            return inside;
        }
        const bool kept = add({.kind = Kind::list});
        if (kept) open_.push_back(target_.values_.size() - 1);
        enter(kept);
        return true;
    }
    bool on_array_end(std::size_t, Code&) {
        if (in_list()) close();
        return leave(), true;
    }

    bool on_key_part(Text part, std::size_t size, Code& error) {
        return beyond() || StrictJsonHandler::on_key_part(part, size, error);
    }
    bool on_key(Text part, std::size_t size, Code& error) {
        if (beyond()) {
            ++target_.values_[open_.back()].members;
            wanted_ = false;
            return true;
        }
        if (!StrictJsonHandler::on_key(part, size, error)) return false;
        const bool is_argument = level_ == kInArgument && !skipping();
        if (!is_argument && members() > kJsonKeysMax) {
            error = boost::json::error::object_too_large;
        } else if (level_ == kInFrame) {
            wanted_ = name() == "id" || (is_method_(name()) && ++target_.methods_ == 1);
        } else if (!skipping()) {
            ++target_.values_[open_.back()].members;
            wanted_ = true;
        }
        return !error;
    }

    bool on_string_part(Text part, std::size_t, Code&) { return !is_wanted() || keep(part); }
    bool on_string(Text part, std::size_t, Code& error) {
        if (!is_wanted()) return scalar({}, error);
        return scalar({.kind = Kind::text, .text = whole(part)}, error);
    }
    bool on_int64(std::int64_t number, Text, Code& error) {
        return scalar({.kind = Kind::integer, .integer = number}, error);
    }
    bool on_uint64(std::uint64_t, Text, Code& error) { return scalar({}, error); }
    bool on_double(double number, Text digits, Code& error) {
        return StrictJsonHandler::on_double(number, digits, error) && scalar({}, error);
    }
    bool on_bool(bool value, Code& error) {
        return scalar({.kind = Kind::boolean, .boolean = value}, error);
    }
    bool on_null(Code& error) { return scalar({.kind = Kind::null}, error); }

  private:
    [[nodiscard]] bool skipping() const { return skipped_from_ > 0; }
    // Whether the value that comes next will be looked at.
    [[nodiscard]] bool is_wanted() const {
        const bool is_full = in_list() && innermost().members >= kRoomsPerConnectionMax;
        return wanted_ && !skipping() && !is_full;
    }
    // Whether the value that comes next is an item of an argument that is a list.
    [[nodiscard]] bool in_list() const {
        return !skipping() && !open_.empty() && innermost().kind == Kind::list;
    }
    [[nodiscard]] V2Value& innermost() const { return target_.values_[open_.back()]; }
    void close() {
        innermost().extent = target_.values_.size() - open_.back();
        open_.pop_back();
    }
    // Whether a further member of this argument is only counted.
    [[nodiscard]] bool beyond() const {
        return level_ == kInArgument && !skipping() && members() >= kRoomsPerConnectionMax;
    }

    void enter(bool kept) {
        ++level_;
        if (!kept && !skipping()) skipped_from_ = level_;
    }
    void leave() {
        if (skipped_from_ == level_) skipped_from_ = 0;
        --level_;
    }
    bool scalar(V2Value value, Code& error) {
        if (level_ == 0) error = boost::json::error::not_object;
        add(value);
        return !error;
    }
    // False: it is not kept.
    bool add(V2Value value) {
        const bool wanted = is_wanted();
        if (in_list()) ++innermost().members;
        if (!wanted) return false;
        if (level_ == kInFrame && name() == "id") {
            const bool good = value.integer >= 1 && value.integer <= kJsonIntegerMax;
            if (good) target_.id_ = value.integer;
            return false;
        }
        if (target_.values_.size() == kCommandValuesMax) return target_.complete_ = false;
        if (!in_list()) value.name = name();
        target_.values_.push_back(value);
        return true;
    }

    V2Fields& target_;
    IsMethod is_method_;
    std::size_t level_ = 0;         // of objects and lists that are open
    std::size_t skipped_from_ = 0;  // the level of the outermost one that is not kept; 0: none
    bool wanted_ = false;           // by its name
    boost::container::small_vector<std::size_t, kInnermostKept> open_;  // objects that are kept
    // What was copied before each open object began.
    boost::container::small_vector<std::forward_list<std::string>::iterator, kJsonDepthMax>
        outside_;
};

V2Fields::V2Fields(std::string_view frame, IsMethod is_method) {
    boost::json::basic_parser<Reader> parser(strict_json_options(), frame, *this, is_method);
    valid_ = read_json(frame, parser);
    copies_ = std::move(parser.handler().copies());
    if (valid_) return;
    id_.reset();
    methods_ = 0;
    values_.clear();
}

const V2Value* V2Object::find(std::string_view name) const {
    for (const V2Value& member : *this) {
        if (member.name == name) return member.kind == V2Value::Kind::null ? nullptr : &member;
    }
    return nullptr;
}

}  // namespace confab::api
