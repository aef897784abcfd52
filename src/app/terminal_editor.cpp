#include "app/terminal_editor.hpp"

#include "base/limits.hpp"

namespace confab::app {
namespace {

constexpr char ctrl(char letter) {
    return static_cast<char>(letter & 0x1f);
}

constexpr char kEscape = 0x1b;
constexpr char kDelete = 0x7f;

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

std::vector<std::string> LineEditor::feed(std::string_view bytes) {
    std::vector<std::string> lines;
    for (const char c : bytes) {
        if (ended_) break;
        if (!in_escape(c)) key(c, lines);
    }
    return lines;
}

// Arrow and function keys come as escape sequences; nothing of them may end up in the text.
bool LineEditor::in_escape(char c) {
    switch (escape_) {
        case Escape::none:
            if (c == kEscape) escape_ = Escape::begun;
            return c == kEscape;
        case Escape::begun:
            escape_ = c == '[' ? Escape::control : c == 'O' ? Escape::single : Escape::none;
            return c == '[' || c == 'O' || !is_control(c);  // Alt and a key: both are skipped
        case Escape::control:
            if (c >= 0x40 && c <= 0x7e) escape_ = Escape::none;
            return true;
        case Escape::single:
            escape_ = Escape::none;
            return true;
    }
    return false;
}

void LineEditor::key(char c, std::vector<std::string>& lines) {
    if (c == '\n' || c == '\r') {
        lines.push_back(std::move(text_));
        text_.clear();
    } else if (c == kDelete || c == '\b') {
        erase_character();
    } else if (c == ctrl('U')) {
        text_.clear();
    } else if (c == ctrl('W')) {
        erase_word();
    } else if (c == ctrl('D')) {
        ended_ = text_.empty();
    } else if (text_.size() < kWsMessageBytesMax) {
        if (c == '\t') text_ += ' ';
        if (!is_control(c)) text_ += c;
    }
}

void LineEditor::erase_character() {
    while (!text_.empty() && is_continuation(text_.back()))
        text_.pop_back();
    if (!text_.empty()) text_.pop_back();
}

void LineEditor::erase_word() {
    while (text_.ends_with(' '))
        text_.pop_back();
    while (!text_.empty() && !text_.ends_with(' '))
        text_.pop_back();
}

}  // namespace confab::app
