#include "api/json_body.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "base/json.hpp"

namespace confab::api {
namespace {

bool is_json(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    return equal_ignoring_case(type, "application/json");
}

// Long names are not repeated: cutting them could end inside of a character.
bool is_short(std::string_view name) {
    return name.size() <= 64;
}

}  // namespace

JsonBody::JsonBody(const net::HttpRequest& request) {
    if (!is_json(request.header("Content-Type"))) {
        fault(Error(ErrorKind::unsupported, "unsupported_media_type",
                    "the body must be application/json"));
    } else if (auto parsed = parse_json(request.body()); !parsed) {
        fault(parsed.error());
    } else if (!parsed->is_object()) {
        fault(Error(ErrorKind::malformed, "bad_json", "the body must be a JSON object"));
    } else {
        object_ = std::move(parsed->as_object());
    }
}

void JsonBody::fault(Error error) {
    if (!error_) error_ = std::move(error);
}

const boost::json::value* JsonBody::member(std::string_view name) {
    asked_.emplace(name);
    const auto found = object_.find({name.data(), name.size()});
    if (found != object_.end()) return &found->value();
    fault(Error(ErrorKind::invalid, "missing_field", "this field is required", std::string(name)));
    return nullptr;
}

bool JsonBody::has(std::string_view name) const {
    return object_.contains({name.data(), name.size()});
}

std::string JsonBody::string(std::string_view name) {
    const auto* value = member(name);
    if (value == nullptr) return {};
    if (const auto* text = value->if_string()) return std::string(text->data(), text->size());
    fault(Error(ErrorKind::invalid, "invalid_field", "must be a string", std::string(name)));
    return {};
}

std::int64_t JsonBody::integer(std::string_view name) {
    const auto* value = member(name);
    if (value == nullptr) return 0;
    if (const auto* number = value->if_int64()) return *number;
    fault(Error(ErrorKind::invalid, "invalid_field", "must be a whole number", std::string(name)));
    return 0;
}

bool JsonBody::flag(std::string_view name) {
    const auto* value = member(name);
    if (value == nullptr) return false;
    if (const auto* flag = value->if_bool()) return *flag;
    fault(Error(ErrorKind::invalid, "invalid_field", "must be true or false", std::string(name)));
    return false;
}

std::vector<std::string> JsonBody::strings(std::string_view name) {
    std::vector<std::string> texts;
    const auto* value = member(name);
    if (value == nullptr) return texts;
    const auto* array = value->if_array();
    bool is_right = array != nullptr;
    for (std::size_t i = 0; is_right && i < array->size(); ++i) {
        const auto* text = (*array)[i].if_string();
        is_right = text != nullptr;
        if (is_right) texts.emplace_back(text->data(), text->size());
    }
    if (is_right) return texts;
    fault(Error(ErrorKind::invalid, "invalid_field", "must be strings", std::string(name)));
    return {};
}

std::optional<Error> JsonBody::finish() {
    for (const auto& member : object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (asked_.contains(name)) continue;
        fault(Error(ErrorKind::invalid, "unknown_field", "this field is not known here",
                    is_short(name) ? std::string(name) : std::string()));
    }
    return error_;
}

}  // namespace confab::api
