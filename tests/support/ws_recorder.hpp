// WsRecorder: what a MessageReader said, as lines of text that can be compared.
// Thread: one.
// Owns:   the lines.
// Limits: none.
// Invariant: two runs are the same exactly when their lines are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ws/message_reader.hpp"

namespace confab::test {

class WsRecorder final : public ws::MessageReader::Handler {
  public:
    bool on_message(ws::Opcode opcode, std::string_view payload) override {
        return record(opcode == ws::Opcode::text ? "text " : "binary ", payload);
    }
    bool on_ping(std::string_view payload) override { return record("ping ", payload); }
    bool on_pong(std::string_view payload) override { return record("pong ", payload); }
    bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
        return record("close " + (code ? std::to_string(*code) : std::string("-")) + " ", reason);
    }

    // Feeds a copy of the bytes, which end up in memory of exactly their size: reading past the
    // end is then seen by the address sanitizer.
    void feed(ws::MessageReader& reader, std::string_view bytes) {
        std::vector<char> copy(bytes.begin(), bytes.end());
        if (const auto failure = reader.feed(copy, *this)) {
            lines.push_back("failure " + std::to_string(static_cast<unsigned>(failure->code)) +
                            " " + std::string(failure->reason));
        }
    }

    std::vector<std::string> lines;
    // The handler says false with the event that makes this many lines.
    std::size_t stop_at = static_cast<std::size_t>(-1);

  private:
    bool record(std::string what, std::string_view payload) {
        lines.push_back(what.append(payload));
        return lines.size() < stop_at;
    }
};

}  // namespace confab::test
