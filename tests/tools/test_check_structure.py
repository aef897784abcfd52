"""tools/check_structure.py finds what it is there for: each test plants one violation."""
import pathlib
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "check_structure.py"
sys.path.insert(0, str(TOOL.parent))

from cpp_text import blank_comments_and_strings, functions  # noqa: E402

HEADER = """\
// Thing: what it is for.
// Thread: any.
// Owns:   nothing.
// Limits: none.
// Invariant: none.
#pragma once
"""


@pytest.fixture
def tree(tmp_path):
    """A small checkout that breaks no rule."""
    write(tmp_path, "src/base/thing.hpp", HEADER)
    write(tmp_path, "src/base/thing.cpp", '#include "base/thing.hpp"\n')
    write(tmp_path, "src/net/wire.hpp", HEADER + '\n#include "base/thing.hpp"\n')
    write(tmp_path, "tests/unit/base/thing_test.cpp", '#include "base/thing.hpp"\n')
    write(tmp_path, "tools/structure_exceptions.txt", "# path | rule | date | reason\n")
    return tmp_path


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))


def check(root, *arguments):
    done = subprocess.run([sys.executable, TOOL, "--root", root, *arguments], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout


def finds(root, *parts):
    code, out = check(root)
    assert code == 1, out
    assert any(all(part in line for part in parts) for line in out.splitlines()), out


def test_a_clean_tree_passes(tree):
    assert check(tree) == (0, "")


def test_ranks(tree):
    write(tree, "src/base/up.hpp", HEADER + '#include "net/wire.hpp"\n')
    finds(tree, "src/base/up.hpp:7: rank:", "net/wire.hpp")


def test_siblings(tree):
    write(tree, "src/store/disk.hpp", HEADER + '#include "net/wire.hpp"\n')
    finds(tree, "src/store/disk.hpp:7: sibling:")


def test_an_unknown_module_has_no_rank(tree):
    write(tree, "src/extra/new.hpp", HEADER)
    finds(tree, "src/extra/new.hpp:1: rank:")


@pytest.mark.parametrize("include", ['"thing.hpp"', '"../base/thing.hpp"', "<boost/asio.hpp>"])
def test_includes_are_full_and_small(tree, include):
    write(tree, "src/base/thing.hpp", HEADER + f"#include {include}\n")
    finds(tree, "src/base/thing.hpp:7: include:")


def test_the_own_header_comes_first(tree):
    write(tree, "src/base/thing.cpp", '#include <string>\n#include "base/thing.hpp"\n')
    finds(tree, "src/base/thing.cpp:1: include:", "base/thing.hpp")


def test_file_length(tree):
    write(tree, "src/base/thing.cpp", '#include "base/thing.hpp"\n' + "int x;\n" * 300)
    finds(tree, "src/base/thing.cpp:301: file-length:")
    write(tree, "src/base/thing.cpp", '#include "base/thing.hpp"\n' + "int x;\n" * 299)
    assert check(tree)[0] == 0


def test_test_files_may_be_longer(tree):
    write(tree, "tests/unit/base/thing_test.cpp", "int x;\n" * 500)
    assert check(tree)[0] == 0
    write(tree, "tests/unit/base/thing_test.cpp", "int x;\n" * 501)
    finds(tree, "tests/unit/base/thing_test.cpp:501: file-length:")


def test_line_length(tree):
    write(tree, "src/base/thing.cpp", '#include "base/thing.hpp"\n// ' + "x" * 98 + "\n")
    finds(tree, "src/base/thing.cpp:2: line-length: 101 columns")


@pytest.mark.parametrize("opening", [
    "void f() {", "int Thing::method(int a,\n                  int b) const noexcept {",
    "Thing::Thing(int a) : a_{a}, b_(a) {", "auto f() -> std::vector<int> {",
    "template <typename T>\nvoid f(T t) {",
    "void f(int a = {}, int b = 1) {", "bool operator==(const Thing& other) const {",
])
def test_function_length(tree, opening):
    body = opening + "\n" + "    g({1});\n" * 59 + "}\n"
    before = '#include "base/thing.hpp"\nnamespace confab {\nclass A { int a = 1; };\n'
    write(tree, "src/base/thing.cpp", before + body + "}\n")
    finds(tree, "src/base/thing.cpp:4: function-length:")


def test_a_function_of_the_longest_length_passes(tree):
    body = "void f() {\n" + "    g();\n" * 58 + "}\n"
    write(tree, "src/base/thing.cpp", '#include "base/thing.hpp"\n' + body)
    assert check(tree)[0] == 0


def test_namespaces_classes_and_tables_are_no_functions():
    code = ("namespace a {\nclass B : public C<int> {\n  public:\n    int x = f(1);\n" +
            "int y;\n" * 80 + "};\nconstexpr int kTable[] = {\n" + "f(1),\n" * 80 + "};\n}\n")
    assert functions(code) == []


def test_functions_of_a_class_are_found_one_by_one():
    code = ("class A {\n    A() : b_{1}, c_{2} {}\n    int f() { return 1; }\n"
            "    void g() {\n    }\n};\n")
    assert [(start, length, name) for start, length, name in functions(code)] == [
        (2, 1, "A"), (3, 1, "f"), (4, 2, "g")]


def test_braces_in_texts_do_not_count():
    code = ('void f() {\n    g("{{{", \'{\', R"({{ " )");  // {{{\n'
            "    int n = 1'000'000; /* { */\n}\n")
    assert functions(blank_comments_and_strings(code)) == [(1, 4, "f")]


@pytest.mark.parametrize("line", [
    "// Thread: any.\n", "// Owns:   nothing.\n", "// Limits: none.\n", "// Invariant: none.\n",
    "#pragma once\n"])
def test_preamble(tree, line):
    write(tree, "src/base/thing.hpp", HEADER.replace(line, ""))
    finds(tree, "src/base/thing.hpp:", "preamble:")


def test_a_unit_needs_a_test(tree):
    (tree / "tests/unit/base/thing_test.cpp").unlink()
    finds(tree, "src/base/thing.cpp:1: missing-test: tests/unit/base/thing_test.cpp")


def test_a_test_needs_a_unit(tree):
    write(tree, "tests/unit/base/nothing_test.cpp", "")
    finds(tree, "tests/unit/base/nothing_test.cpp:1: orphan-test:")
    (tree / "tests/unit/base/nothing_test.cpp").rename(tree / "tests/unit/base/thing_more_test.cpp")
    assert check(tree)[0] == 0


@pytest.mark.parametrize("word", ["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"])
def test_markers(tree, word):
    write(tree, "src/base/thing.cpp", f'#include "base/thing.hpp"\n// {word}: later\n')
    finds(tree, "src/base/thing.cpp:2: marker:")


@pytest.mark.parametrize("call", [
    "std::this_thread::sleep_for(1s);", "usleep(5);", "std::cout << 1;", "std::cerr << 1;",
    "sprintf(b, f);", "vsprintf(b, f, v);", "strcpy(a, b);", "int r = rand();", "std::srand(1);",
    "system(c);", "std::system(c);", "popen(c, m);", 'printf("x");', "std::fprintf(stderr, f);",
    "sqlite3_exec(db, sql);", "#include <iostream>",
])
def test_banned_calls(tree, call):
    write(tree, "src/base/thing.cpp", f'#include "base/thing.hpp"\nvoid f() {{\n{call}\n}}\n')
    finds(tree, "src/base/thing.cpp:3: banned-call:", "use ")


@pytest.mark.parametrize("fine", [
    "// std::cout << 1;", 'log("printf(x)");', "brand(1);", "file_system(1);", "x.system(1);",
    "operand(2);", "snprintf(b, n, f);",
])
def test_what_only_looks_banned_passes(tree, fine):
    write(tree, "src/base/thing.cpp", f'#include "base/thing.hpp"\nvoid f() {{\n{fine}\n}}\n')
    assert check(tree) == (0, "")


def test_tests_do_not_sleep(tree):
    write(tree, "tests/unit/base/thing_test.cpp", "std::this_thread::sleep_for(1s);\n")
    finds(tree, "tests/unit/base/thing_test.cpp:1: banned-call:")
    write(tree, "tests/unit/base/thing_test.cpp", "\n")
    write(tree, "tests/blackbox/test_x.py", "import time\ntime.sleep" "(1)\n")
    finds(tree, "tests/blackbox/test_x.py:2: banned-call:")


def test_documents_name_existing_files(tree):
    write(tree, "README.md", "See `src/base/thing.{hpp,cpp}`, `base/thing.hpp`, `tests/unit/*/`.\n"
          "`/auth/me`, `a/b` and `src/<module>/x.cpp` are no files of ours.\n")
    assert check(tree) == (0, "")
    write(tree, "docs/GUIDE.md", "\nSee `src/base/gone.cpp`.\n")
    finds(tree, "docs/GUIDE.md:2: document-file: src/base/gone.cpp")


def test_an_exception_takes_a_violation_away(tree):
    (tree / "tests/unit/base/thing_test.cpp").unlink()
    write(tree, "tools/structure_exceptions.txt",
          "src/base/thing.cpp | missing-test | 2026-11-24 | proved by the contract suite\n")
    assert check(tree) == (0, "")


@pytest.mark.parametrize("line, text", [
    ("src/base/thing.cpp | missing-test | 2026-11-24 | it has one", "not needed"),
    ("src/base/thing.cpp | missing-test | yesterday | because", "path | rule | date | reason"),
    ("src/base/thing.cpp | missing-test | 2026-11-24 |", "path | rule | date | reason"),
    ("src/base/thing.cpp missing-test", "path | rule | date | reason"),
])
def test_exceptions_are_checked_themselves(tree, line, text):
    write(tree, "tools/structure_exceptions.txt", line + "\n")
    finds(tree, "tools/structure_exceptions.txt:1: exception:", text)


def test_every_header_compiles_alone(tree):
    entry = ('[{"file": "%s/src/base/thing.cpp", "directory": "%s", "command": '
             '"g++ -std=c++20 -I%s/src -c src/base/thing.cpp"}]')
    write(tree, "build/dev/compile_commands.json", entry % (tree, tree, tree))
    assert check(tree, "--headers") == (0, "")
    write(tree, "src/base/thing.hpp", HEADER + "inline std::string f() { return {}; }\n")
    code, out = check(tree, "--headers")
    assert code == 1
    assert "src/base/thing.hpp:1: self-contained:" in out
