"""Which files a document names, and whether they exist."""
import re

DOCUMENT_ROOTS = ("src/", "tests/", "docs/", "tools/", "scripts/", "cmake/", "assets/", "bench/",
                  "migrations/", "protocol/", ".ci/", "web/")
DOCUMENT_SUFFIXES = (".md", ".hpp", ".cpp", ".py", ".sh", ".toml", ".sql", ".cmake", ".txt")


def expand_braces(text):
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    return [full for part in match.group(1).split(",")
            for full in expand_braces(text[:match.start()] + part + text[match.end():])]


def names_a_file(text):
    if re.search(r"[\s<>|=:$()…]", text) or text.startswith(("/", "-", "~", "http")):
        return False
    if text.startswith(DOCUMENT_ROOTS):
        return True
    return "/" in text and text.endswith(DOCUMENT_SUFFIXES) and not text.startswith(
        ("build/", "data/", "./data", "../"))


def missing_files(root, name, lines):
    """(line, path) of every file that the document names in backticks and that is not there."""
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        for quoted in re.findall(r"`([^`]+)`", line):
            if not names_a_file(quoted):
                continue
            for path in expand_braces(quoted):
                bases = (root, (root / name).parent, root / "src")
                if not any(any(base.glob(path.rstrip("/"))) for base in bases):
                    yield number, path
