// kAsTuple: how the coroutines of the terminal client wait: they get an error code as a value.
// Thread: any.
// Owns:   nothing.
// Limits: none.
// Invariant: nothing that is awaited with it throws because of its error.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace confab::app {

inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace confab::app
