#!/usr/bin/env python3
"""Checks what no compiler does: ranks, sizes, preambles, tests, banned calls, documents.

  tools/check_structure.py             every rule that needs no compiler
  tools/check_structure.py --headers   also compiles every header alone
  tools/check_structure.py --root DIR  another checkout

Prints file:line: rule: text for each violation and ends with 1 when there is one. Exceptions stand
in tools/structure_exceptions.txt: path | rule | date | reason. One that is not needed is a
violation itself.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cpp_text import blank_comments_and_strings, functions  # noqa: E402
from document_files import missing_files  # noqa: E402

RANKS = {"base": 0, "log": 1, "metrics": 1, "config": 1, "feed": 2, "ws": 3, "auth": 3, "chat": 3,
         "store": 4, "bus": 4, "net": 4, "api": 5, "app": 6}
SOURCE_LINES_MAX = 300
TEST_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100
EXCEPTIONS = "tools/structure_exceptions.txt"
SKIPPED_DIRECTORIES = {"build", ".git", "node_modules", "__pycache__", "data", ".cache"}

MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')
UMBRELLAS = {"boost/asio.hpp", "boost/beast.hpp", "boost/json.hpp", "gmock/gmock-all.h"}
BANNED = [  # what must not be called, what to do instead, and in which files it is allowed
    (r"\bsleep_(for|until)\b|\bu?sleep\s*\(", "a timer, or a condition with a deadline", None),
    (r"\bstd::(cout|cerr|clog)\b|#\s*include\s*<iostream>", "log::Logger",
     r"^src/app/|^tests/|^bench/"),
    (r"(?<![\w:])(std::)?f?printf\s*\(", "log::Logger",
     r"^src/app/|^src/base/assert\.hpp$|^tests/|^bench/"),
    (r"\bv?sprintf\s*\(|\bstr(n?cpy|n?cat)\s*\(", "std::string or std::to_chars", None),
    (r"(?<![\w:.>])(std::)?s?rand\s*\(", "base/crypto.hpp", None),
    (r"(?<![\w.>])(std::|::)?(system|popen)\s*\(", "nothing: no shell is ever started", None),
    (r"\bsqlite3_exec\s*\(", "a prepared statement with bound parameters", None),
]
TEST_SLEEP = re.compile(r"\btime\.sleep\s*\(|\basyncio\.sleep\s*\(")


class Violation(NamedTuple):
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def files_below(root, *directories, suffixes):
    for directory in directories:
        for path in sorted((root / directory).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix in suffixes and not SKIPPED_DIRECTORIES.intersection(parts):
                yield path, path.relative_to(root).as_posix()


def module_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def check_size(name, lines):
    limit = TEST_LINES_MAX if name.startswith("tests/") else SOURCE_LINES_MAX
    if len(lines) > limit:
        yield Violation(name, len(lines), "file-length", f"{len(lines)} lines, at most {limit}")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield Violation(name, number, "line-length", f"{len(line)} columns")


def check_markers(name, lines):
    for number, line in enumerate(lines, 1):
        if found := MARKER.search(line):
            yield Violation(name, number, "marker", f"{found.group(1)}: do it, or write an issue")


def check_includes(name, lines):
    """Ranks and siblings; full paths; a source's own header first; no header that includes all."""
    module = module_of(name)
    includes = [(number, match.group(1), match.group(2)) for number, line in enumerate(lines, 1)
                if (match := INCLUDE.match(line))]
    for number, kind, target in includes:
        if target in UMBRELLAS and not name.startswith("cmake/"):
            yield Violation(name, number, "include", f"<{target}> includes everything")
        if kind != '"' or module is None:
            continue
        if "/" not in target or target.startswith("."):
            yield Violation(name, number, "include", f'"{target}" is not a full path from src/')
            continue
        other = target.split("/")[0]
        if other == module or other not in RANKS:
            continue
        if RANKS[other] > RANKS.get(module, -1):
            yield Violation(name, number, "rank", f"{module} includes {target}, which is above it")
        elif RANKS[other] == RANKS[module]:
            yield Violation(name, number, "sibling", f"{module} includes its sibling {target}")
    if module is not None and module not in RANKS:
        yield Violation(name, 1, "rank", f"the module {module} has no rank")


def check_own_header(root, name, lines):
    if module_of(name) is None or not name.endswith(".cpp"):
        return
    own = name[len("src/"):-len(".cpp")] + ".hpp"
    if not (root / "src" / own).exists():
        return
    first = next((m.group(2) for line in lines if (m := INCLUDE.match(line))), None)
    if first != own:
        yield Violation(name, 1, "include", f'the first include must be "{own}"')


def check_functions(name, code):
    for start, length, title in functions(code):
        if length > FUNCTION_LINES_MAX:
            yield Violation(name, start, "function-length", f"{title}: {length} lines, at most "
                            f"{FUNCTION_LINES_MAX}")


def check_preamble(name, lines):
    """Purpose, Thread, Owns, Limits, Invariant(s), then #pragma once."""
    if not name.endswith(".hpp") or not name.startswith("src/"):
        return
    block = []
    for line in lines:
        if not line.startswith("//"):
            break
        block.append(line)
    text = "\n".join(block)
    for word in ("Thread", "Owns", "Limits", "Invariants?"):
        if not re.search(rf"^// {word}:", text, re.MULTILINE):
            yield Violation(name, 1, "preamble", f"the opening block has no '{word.rstrip('?')}:'")
    if len(block) >= len(lines) or lines[len(block)].strip() != "#pragma once":
        yield Violation(name, len(block) + 1, "preamble", "#pragma once must follow the block")


def check_bans(name, code):
    for pattern, instead, allowed in BANNED:
        if allowed and re.search(allowed, name):
            continue
        for match in re.finditer(pattern, code):
            line = code.count("\n", 0, match.start()) + 1
            called = match.group(0).strip("( ")
            yield Violation(name, line, "banned-call", f"{called}: use {instead}")


def check_test_exists(root, name):
    module = module_of(name)
    if module is None or not name.endswith(".cpp"):
        return
    unit = name.split("/", 2)[2][:-len(".cpp")]
    test = f"tests/unit/{module}/{unit}_test.cpp"
    if not (root / test).exists():
        yield Violation(name, 1, "missing-test", f"{test} does not exist")


def check_unit_exists(root, name):
    """A unit test stands beside a unit that shares at least the first word of its name."""
    match = re.fullmatch(r"tests/unit/([^/]+)/(.+)_test\.cpp", name)
    if not match:
        return
    module, unit = match.groups()
    if not any((root / "src" / module).glob(unit.split("_")[0] + "*")):
        yield Violation(name, 1, "orphan-test", f"src/{module}/ has no unit {unit}")


def check_python(name, lines):
    for number, line in enumerate(lines, 1):
        if name.startswith("tests/") and TEST_SLEEP.search(line):
            yield Violation(name, number, "banned-call", "sleep: wait for a condition")


def compile_flags(root):
    """{module: flags} from the newest compile_commands.json below build/."""
    found = sorted(root.glob("build/*/compile_commands.json"), key=lambda p: p.stat().st_mtime)
    if not found:
        sys.exit("check_structure.py --headers needs a configured build (cmake --preset release)")
    flags = {}
    for entry in json.loads(found[-1].read_text()):
        module = module_of(os.path.relpath(entry["file"], root))
        words = shlex.split(entry["command"])
        kept = [word for word in words if re.match(r"-(I|D|std=)", word)]
        for index, word in enumerate(words):
            if word == "-isystem":
                kept += [word, words[index + 1]]
        if module and len(kept) > len(flags.get(module, [])):
            flags[module] = kept
    return flags


def check_headers(root):
    flags = compile_flags(root)
    compiler = os.environ.get("CXX", "g++")

    def compile_alone(item):
        path, name = item
        known = flags.get(module_of(name)) or flags.get("app") or [f"-I{root}/src", "-std=c++20"]
        done = subprocess.run([compiler, *known, "-w", "-fsyntax-only", "-x", "c++", str(path)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            first = next((l for l in done.stderr.splitlines() if "error" in l), "does not compile")
            return Violation(name, 1, "self-contained", first)
        return None
    headers = list(files_below(root, "src", suffixes={".hpp"}))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [violation for violation in pool.map(compile_alone, headers) if violation]


def check_all(root):
    for path, name in files_below(root, "src", "tests", "bench", "cmake",
                                  suffixes={".hpp", ".cpp"}):
        text = path.read_text()
        lines = text.splitlines()
        code = blank_comments_and_strings(text)
        yield from check_size(name, lines)
        yield from check_markers(name, lines)
        yield from check_includes(name, lines)
        yield from check_own_header(root, name, lines)
        yield from check_functions(name, code)
        yield from check_preamble(name, lines)
        yield from check_bans(name, code)
        yield from check_test_exists(root, name)
        yield from check_unit_exists(root, name)
    for path, name in files_below(root, "tests", "tools", "scripts", "bench",
                                  suffixes={".py", ".sh"}):
        lines = path.read_text().splitlines()
        yield from check_size(name, lines)
        yield from check_markers(name, lines)
        yield from check_python(name, lines)
    for path, name in files_below(root, ".", suffixes={".md"}):
        for number, missing in missing_files(root, name, path.read_text().splitlines()):
            yield Violation(name, number, "document-file", f"{missing} does not exist")


def without_exceptions(root, violations):
    """Takes away what the exceptions file allows; adds what is wrong with the file itself."""
    path = root / EXCEPTIONS
    left, kept, used = [], [], set()
    if path.exists():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                left.append((number, [part.strip() for part in line.split("|")]))
    allowed = {(parts[0], parts[1]): number for number, parts in left if len(parts) == 4}
    for violation in violations:
        if (violation.path, violation.rule) in allowed:
            used.add((violation.path, violation.rule))
        else:
            kept.append(violation)
    for number, parts in left:
        if len(parts) != 4 or not re.fullmatch(r"\d{4}-\d\d-\d\d", parts[2]) or not parts[3]:
            kept.append(Violation(EXCEPTIONS, number, "exception", "path | rule | date | reason"))
        elif (parts[0], parts[1]) not in used:
            kept.append(Violation(EXCEPTIONS, number, "exception", "not needed (any more)"))
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[1])
    parser.add_argument("--headers", action="store_true", help="compile every header alone")
    options = parser.parse_args()
    root = options.root.resolve()
    violations = list(check_all(root))
    if options.headers:
        violations += check_headers(root)
    violations = without_exceptions(root, violations)
    for violation in violations:
        print(violation)
    if violations:
        print(f"{len(violations)} violations", file=sys.stderr)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
