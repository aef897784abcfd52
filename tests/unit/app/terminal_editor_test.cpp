#include "app/terminal_editor.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace confab::app {
namespace {

using Lines = std::vector<std::string>;

// What is in the editor after these keys.
std::string typed(std::string_view keys) {
    LineEditor editor;
    EXPECT_TRUE(editor.feed(keys).empty());
    return editor.text();
}

TEST(LineEditor, GivesOutALineForEachEnter) {
    LineEditor editor;
    EXPECT_EQ(editor.feed("one\ntwo\r\nthr"), (Lines{"one", "two", ""}));
    EXPECT_EQ(editor.text(), "thr");
    EXPECT_EQ(editor.feed("ee\n"), Lines{"three"});
    EXPECT_EQ(editor.text(), "");
}

TEST(LineEditor, DeletesAWholeCharacter) {
    EXPECT_EQ(typed("abc\x7f\x7f"), "a");
    EXPECT_EQ(typed("a\xC3\xA4\b"), "a");
    EXPECT_EQ(typed("a\xF0\x9F\x91\x8D\x7f"), "a");
    EXPECT_EQ(typed("\x7f\x7f"), "");
}

TEST(LineEditor, DeletesWordsAndTheLine) {
    EXPECT_EQ(typed("one two  \x17"), "one ");
    EXPECT_EQ(typed("one\x17\x17"), "");
    EXPECT_EQ(typed("one two\x15x"), "x");
}

TEST(LineEditor, EndsAtCtrlDOnAnEmptyLineOnly) {
    LineEditor editor;
    (void)editor.feed("a\x04");
    EXPECT_FALSE(editor.ended());
    EXPECT_TRUE(editor.feed("\x7f\x04late\n").empty());
    EXPECT_TRUE(editor.ended());
}

TEST(LineEditor, SkipsEscapeSequencesHoweverTheyAreCut) {
    EXPECT_EQ(typed("a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1b[200~e"), "abcde");
    LineEditor editor;
    for (const char c : std::string_view("a\x1b[15~b"))
        (void)editor.feed({&c, 1});
    EXPECT_EQ(editor.text(), "ab");
    EXPECT_EQ(typed("a\x1bxb"), "ab");
}

TEST(LineEditor, EnterEndsALineEvenAfterALoneEscape) {
    LineEditor editor;
    EXPECT_EQ(editor.feed("a\x1b\n"), Lines{"a"});
}

TEST(LineEditor, HoldsNoControlCharacter) {
    EXPECT_EQ(typed("a\x01\x02\tb\x0c"), "a b");
}

TEST(LineEditor, StopsGrowingAtTheLimitOfAMessage) {
    EXPECT_EQ(typed(std::string(kWsMessageBytesMax + 10, 'x')).size(), kWsMessageBytesMax);
}

}  // namespace
}  // namespace confab::app
