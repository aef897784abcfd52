#include "api/auth_answers.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "api/problem.hpp"

namespace confab::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view value) {
    return json::string(value.data(), value.size());
}

net::HttpResponse answer(unsigned status, const json::object& body) {
    return json_answer(status, json::serialize(body));
}

}  // namespace

net::HttpResponse registered_answer(const auth::Account& account) {
    return answer(201, {{"success", true},
                        {"message", "User registered successfully"},
                        {"user",
                         {{"id", text(account.id.text())},
                          {"name", text(account.full_name)},
                          {"email", text(account.email)}}}});
}

net::HttpResponse tokens_answer(std::string_view message,
                                const auth::AccountService::Tokens& tokens) {
    return answer(200, {{"success", true},
                        {"message", text(message)},
                        {"token", text(tokens.access.reveal())},
                        {"refresh_token", text(tokens.refresh.reveal())},
                        {"expires_in", tokens.expires_in.count()}});
}

net::HttpResponse profile_answer(const auth::AccountService::Profile& profile) {
    json::object user{{"id", text(profile.id.text())}, {"name", text(profile.name)}};
    if (profile.account) {
        user["email"] = text(profile.account->email);
        user["full_name"] = text(profile.account->full_name);
        user["age"] = profile.account->age;
        user["date_of_birth"] = text(profile.account->date_of_birth);
        user["gender"] = text(profile.account->gender);
        user["phone_number"] = text(profile.account->phone_number);
        user["created_at"] = unix_seconds(profile.account->created_at);
    }
    return answer(200, {{"success", true}, {"user", std::move(user)}});
}

net::HttpResponse done_answer(std::string_view message) {
    return answer(200, {{"success", true}, {"message", text(message)}});
}

}  // namespace confab::api
