#include "auth/key_set.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;

Error invalid(std::string detail) {
    return {ErrorKind::invalid, "jwks_invalid", std::move(detail)};
}

}  // namespace

Result<KeySet> KeySet::from_secret(const Secret& secret) {
    auto key = JoseKey::from_secret(secret);
    if (!key) return key.error();
    KeySet set;
    set.names_matter_ = false;
    set.entries_.push_back({std::nullopt, std::move(*key)});
    return set;
}

Result<KeySet> KeySet::from_jwks(std::string_view text, Algorithm algorithm) {
    if (text.size() > kJwksBytesMax) return invalid("the key set is too large");
    const auto value = parse_json(text);
    if (!value) return invalid("the key set is not JSON: " + value.error().detail);
    const auto* object = value->if_object();
    const auto* keys = object == nullptr ? nullptr : object->if_contains("keys");
    if (keys == nullptr || !keys->is_array()) return invalid("the key set has no list `keys`");

    KeySet set;
    std::string reason = "it is empty";
    for (const auto& item : keys->get_array()) {
        if (!item.is_object()) continue;
        const auto* key_id = item.get_object().if_contains("kid");
        if (key_id != nullptr && !key_id->is_string()) continue;
        auto key = JoseKey::from_jwk(item.get_object(), algorithm);
        if (!key) {
            reason = key.error().detail;
            continue;
        }
        if (set.entries_.size() == kJwksKeysMax) return invalid("the key set has too many keys");
        Entry entry{std::nullopt, std::move(*key)};
        if (key_id != nullptr) entry.key_id = std::string(key_id->get_string());
        set.entries_.push_back(std::move(entry));
    }
    if (set.entries_.empty()) {
        return invalid("the key set has no key for " + std::string(algorithm_name(algorithm)) +
                       ": " + reason);
    }
    return set;
}

KeySet::Verdict KeySet::verify(const CompactToken& token) const {
    const bool by_name = names_matter_ && token.key_id.has_value();
    std::size_t tried = 0;
    for (const auto& entry : entries_) {
        if (by_name && entry.key_id != token.key_id) continue;
        if (tried == kJwksKeysTriedMax) break;
        if (entry.key.verifies(token)) return Verdict::good;
        ++tried;
    }
    // Without a name nobody can tell a forged token from one by a key that came after ours.
    const bool named = by_name || !names_matter_;
    return tried > 0 && named ? Verdict::bad : Verdict::unknown_key;
}

}  // namespace confab::auth
