// Binding: from a key to the field of Options that it sets and shows.
// Thread: constants.
// Owns:   nothing.
// Limits: none; the range of a key is in its KeyInfo.
// Invariant: a field is named once, as a path of member pointers; put and get follow from its type.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/secret.hpp"
#include "config/keys.hpp"

namespace confab::config {

inline constexpr std::uint64_t kMiB = 1024ULL * 1024;

// The field that a path of member pointers leads to.
template <auto... Path, class Target>
constexpr auto& field(Target& target) {
    return (target.*....*Path);
}

template <class Field>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <class Target, auto... Path>
void put(Target& target, const Value& value) {
    auto& to = field<Path...>(target);
    using Field = std::remove_reference_t<decltype(to)>;
    if constexpr (std::is_same_v<Field, bool>) {
        to = std::get<bool>(value);
    } else if constexpr (IsDuration<Field>::value) {
        to = Field(static_cast<typename Field::rep>(std::get<std::uint64_t>(value)));
    } else if constexpr (std::is_integral_v<Field>) {
        to = static_cast<Field>(std::get<std::uint64_t>(value));
    } else {
        to = Field(std::string(std::get<std::string_view>(value)));
    }
}

template <class Target, auto... Path>
Value get(const Target& target) {
    const auto& from = field<Path...>(target);
    using Field = std::remove_cvref_t<decltype(from)>;
    if constexpr (std::is_same_v<Field, bool>) {
        return from;
    } else if constexpr (IsDuration<Field>::value) {
        return static_cast<std::uint64_t>(from.count());
    } else if constexpr (std::is_integral_v<Field>) {
        return std::uint64_t{from};
    } else if constexpr (std::is_same_v<Field, Secret>) {
        return from.reveal();
    } else {
        return std::string_view(from);
    }
}

// A row of the table: key<Options, &Options::server, &ServerOptions::port>({"server.port", …}).
template <class Target, auto... Path>
constexpr Key<Target> key(KeyInfo info) {
    return {info, put<Target, Path...>, get<Target, Path...>};
}

// The same for a key that a running server takes over at a reload.
template <class Target, auto... Path>
constexpr Key<Target> live_key(KeyInfo info) {
    info.reload = true;
    return {info, put<Target, Path...>, get<Target, Path...>};
}

}  // namespace confab::config
