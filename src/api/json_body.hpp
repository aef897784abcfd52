// JsonBody: reads the members of a request's JSON object and remembers the first fault.
// Thread: a value.
// Owns:   the parsed object.
// Limits: those of base/json.hpp; the body's size was checked when it was read.
// Invariant: finish() reports every member that nobody asked for: unknown fields are refused.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/http.hpp"

namespace confab::api {

class JsonBody {
  public:
    // What is wrong with the body as a whole (`unsupported_media_type`, `bad_json`) is the first
    // fault; the members then read as empty.
    explicit JsonBody(const net::HttpRequest& request);

    [[nodiscard]] bool has(std::string_view name) const;
    // Of members that must be there.
    [[nodiscard]] std::string string(std::string_view name);
    [[nodiscard]] std::int64_t integer(std::string_view name);
    [[nodiscard]] bool flag(std::string_view name);
    [[nodiscard]] std::vector<std::string> strings(std::string_view name);

    // The first thing that was wrong, if any; call it after every member was asked for.
    [[nodiscard]] std::optional<Error> finish();

  private:
    const boost::json::value* member(std::string_view name);
    void fault(Error error);

    boost::json::object object_;
    std::set<std::string, std::less<>> asked_;
    std::optional<Error> error_;
};

}  // namespace confab::api
