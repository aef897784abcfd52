#include "auth/jwt_object.hpp"

#include <utility>

#include "base/json_reader.hpp"

namespace confab::auth {
namespace {

constexpr std::size_t kUsualMembers = 12;

}  // namespace

// Takes the members of the outermost object, and of their lists the items that are texts.
class JwtObject::Reader : public StrictJsonHandler {
  public:
    using Kind = Value::Kind;

    Reader(std::string_view input, JwtObject& target) : StrictJsonHandler(input), target_(target) {}

    bool on_object_begin(Code& error) {
        if (level_ == 0) return ++level_, StrictJsonHandler::on_object_begin(error);
        add({});
        ++level_;
        return StrictJsonHandler::on_object_begin(error);
    }
    bool on_object_end(std::size_t count, Code& error) {
        --level_;
        return StrictJsonHandler::on_object_end(count, error);
    }
    bool on_array_begin(Code& error) {
        add({.kind = Kind::list, .first_item = target_.items_.size()});
        ++level_;
        return must_be_inside(error);
    }
    bool on_array_end(std::size_t, Code&) {
        if (--level_ == 1 && objects() == 1) {
            Value& list = target_.members_.back().value;
            list.items = target_.items_.size() - list.first_item;
        }
        return true;
    }
    bool on_string_part(Text part, std::size_t, Code&) { return keep(part); }
    bool on_string(Text part, std::size_t, Code& error) {
        add({.kind = Kind::text, .text = whole(part)});
        return must_be_inside(error);
    }
    bool on_int64(std::int64_t number, Text, Code& error) {
        add({.kind = Kind::integer, .integer = number});
        return must_be_inside(error);
    }
    bool on_uint64(std::uint64_t, Text, Code& error) { return other(error); }
    bool on_double(double number, Text digits, Code& error) {
        return StrictJsonHandler::on_double(number, digits, error) && other(error);
    }
    bool on_bool(bool, Code& error) { return other(error); }
    bool on_null(Code& error) { return other(error); }

  private:
    bool other(Code& error) {
        add({});
        return must_be_inside(error);
    }
    bool must_be_inside(Code& error) {
        if (objects() == 0) error = boost::json::error::not_object;
        return !error;
    }
    void add(const Value& value) {
        if (objects() != 1) return;
        if (level_ == 1) {
            target_.members_.push_back({name(), value});
        } else if (level_ == 2) {
            target_.items_.push_back(value.is_text() ? std::optional(value.text) : std::nullopt);
        }
    }

    JwtObject& target_;
    std::size_t level_ = 0;  // of objects and lists that are open
};

std::optional<JwtObject> JwtObject::read(std::string_view json) {
    std::optional<JwtObject> object(JwtObject{});
    object->members_.reserve(kUsualMembers);
    boost::json::basic_parser<Reader> parser(strict_json_options(), json, *object);
    if (!read_json(json, parser)) return std::nullopt;
    object->copies_ = std::move(parser.handler().copies());
    return object;
}

const JwtObject::Value* JwtObject::find(std::string_view name) const {
    // Most names of claims have three letters: the first one tells more than their number.
    const std::string_view first = name.substr(0, 1);
    for (const Member& member : members_) {
        if (member.name.starts_with(first) && member.name == name) return &member.value;
    }
    return nullptr;
}

std::optional<std::string_view> JwtObject::text(std::string_view name) const {
    const Value* value = find(name);
    if (value == nullptr || !value->is_text()) return std::nullopt;
    return value->text;
}

std::optional<std::string_view> JwtObject::item(const Value& list, std::size_t index) const {
    return items_[list.first_item + index];
}

}  // namespace confab::auth
