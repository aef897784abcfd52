// `confab chat`: a chat client for the terminal, and for scripts at the end of a pipe.
// Thread: the main thread; it makes one more for reading standard input.
// Owns:   its connection and the terminal's mode while it runs.
// Limits: those of the client in base/limits.hpp.
// Invariant: a password or token is taken from the options, the environment or standard input,
//            never from the command line, and is never printed.
#pragma once

#include <string>

#include "base/secret.hpp"

namespace confab::app {

struct ChatOptions {
    std::string url = "http://127.0.0.1:8080";
    std::string email;  // empty: asked for
    Secret password;    // empty: asked for
    Secret token;       // instead of e-mail and password, or besides
    std::string room = "general";
    bool token_from_stdin = false;  // the first line of standard input is the token
};

// The defaults, and over them CONFAB_URL, CONFAB_EMAIL, CONFAB_PASSWORD and CONFAB_TOKEN. Flags go
// on top of it.
[[nodiscard]] ChatOptions chat_options_from_environment();

// Chats until the person leaves or the input ends. Returns the exit code: 0 left as asked, 1 cannot
// go on (credentials, certificate, nothing sent), 2 bad URL or room name, 128 + n after signal n.
[[nodiscard]] int run_chat(const ChatOptions& options);

}  // namespace confab::app
