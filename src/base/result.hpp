// Result: a value or an Error, for failures that are expected; exceptions are for start-up only.
// Thread: a value.
// Owns:   its content.
// Limits: none.
// Invariant: exactly one of value and error is there; reading the wrong one is a bug (asserted).
#pragma once

#include <boost/system/result.hpp>

#include "base/error.hpp"

namespace confab {

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace confab

namespace confab {

// Found by boost::system::result when value() is asked of a result that holds an error.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& where) {
    boost::throw_exception(std::logic_error(std::string(error.code)), where);
}

}  // namespace confab
