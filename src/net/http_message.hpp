// HttpRequest::Message: Beast's request, kept out of the headers that everybody includes.
// Thread: a value.
// Owns:   the fields and the body.
// Limits: checked by HttpReader.
// Invariant: only `net` includes this file.
#pragma once

#include <boost/beast/core/string_type.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/http.hpp"

namespace confab::net {

struct HttpRequest::Message {
    boost::beast::http::request<boost::beast::http::string_body> request;
};

[[nodiscard]] inline std::string_view to_std(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

// The response as it goes over the wire. `head_only`: the answer to HEAD, whose body stays away but
// whose length is told.
[[nodiscard]] std::string serialize(const HttpResponse& response, unsigned http_version,
                                    bool keep_alive, bool head_only);

}  // namespace confab::net
