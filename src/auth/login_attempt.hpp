// LoginAttempt: one try of a password, from the throttle's consent to its outcome.
// Thread: one thread each; the throttle behind it takes any.
// Owns:   its texts; the throttle must outlive it.
// Limits: none.
// Invariant: what begin() reserved is settled exactly once: by failed(), by succeeded(), or given
//            back when the attempt ends without a verdict.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "auth/login_throttle.hpp"

namespace confab::auth {

class LoginAttempt {
  public:
    LoginAttempt(LoginThrottle& throttle, std::string_view email, std::string_view address)
        : throttle_(throttle), email_(email), address_(address) {}
    LoginAttempt(const LoginAttempt&) = delete;
    LoginAttempt& operator=(const LoginAttempt&) = delete;
    ~LoginAttempt() {
        if (open_) throttle_.login_abandoned(email_, address_);
    }

    // How long to wait; nothing: go.
    [[nodiscard]] std::optional<std::chrono::milliseconds> begin() {
        auto wait = throttle_.login_wait(email_, address_);
        open_ = !wait.has_value();
        return wait;
    }
    void failed() {
        throttle_.login_failed(email_, address_);
        open_ = false;
    }
    void succeeded() {
        throttle_.login_succeeded(email_, address_);
        open_ = false;
    }

  private:
    LoginThrottle& throttle_;
    const std::string email_;
    const std::string address_;
    bool open_ = false;
};

}  // namespace confab::auth
