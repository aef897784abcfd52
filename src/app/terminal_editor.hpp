// LineEditor: the line somebody is typing, when the terminal hands over every key.
// Thread: one user; not synchronised.
// Owns:   the text typed so far.
// Limits: kWsMessageBytesMax bytes; further characters are ignored until some are deleted.
// Invariant: text() holds no control character; keys it does not know change nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace confab::app {

class LineEditor {
  public:
    // Takes the next typed bytes, cut anywhere. Returns the lines that Enter has finished.
    [[nodiscard]] std::vector<std::string> feed(std::string_view bytes);

    // True once Ctrl-D was typed on an empty line; what comes after it is ignored.
    [[nodiscard]] bool ended() const { return ended_; }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    // Where in an escape sequence (ECMA-48 section 5.4) the input stands; sequences are skipped.
    enum class Escape : std::uint8_t { none, begun, control, single };

    void key(char c, std::vector<std::string>& lines);
    [[nodiscard]] bool in_escape(char c);
    void erase_character();
    void erase_word();

    std::string text_;
    Escape escape_ = Escape::none;
    bool ended_ = false;
};

}  // namespace confab::app
