"""C++ as text: enough of its shape to find functions and calls without a compiler."""
import re

_PIECES = re.compile(
    r'R"(?P<mark>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=mark)"'  # raw string
    r"|//[^\n]*|/\*(?:.|\n)*?\*/"                           # comments
    r'|"(?:[^"\\\n]|\\.)*"'                                 # string
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'")                # character, not a digit separator

_SCOPE = re.compile(r"(^|[\s;}>])(namespace|class|struct|union)\b")
_NOT_A_FUNCTION = re.compile(r"^\s*(if|for|while|switch|do|else|try|catch|return)\b")


def blank_comments_and_strings(text):
    """The text with the inside of comments and literals replaced by blanks; lines stay in place."""
    return _PIECES.sub(lambda piece: re.sub(r"[^\n]", " ", piece.group(0)), text)


def _kind(header, glued):
    """What an opening brace begins, by the text before it."""
    if header.count("(") > header.count(")") or (glued and ")" in header):
        return "initialiser"  # a default argument {}, or member_{value} in a constructor's list
    plain = re.sub(r"alignas\s*\([^)]*\)|operator\s*[^\s\w(]+", "", header)
    if "(" not in plain:
        return "scope" if _SCOPE.search(header) or re.match(r"\s*extern\b", header) else "other"
    if "=" in plain[:plain.index("(")] or header.rstrip().endswith(("=", ",", "return")):
        return "other"  # a variable and its value
    return "other" if _NOT_A_FUNCTION.match(header) else "function"


def _title(header):
    match = re.search(r"([~\w:]+|operator\s*\S+?)\s*\(", header)
    return match.group(1) if match else header.split("(")[0].strip()[-40:]


def functions(code):
    """(first line, lines, name) of every function body in code without comments and strings.

    Lambdas and blocks inside count to the function around them. The lines run from the one where
    the declaration begins to the closing brace.
    """
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*",  # macros and includes
                  lambda found: re.sub(r"[^\n]", " ", found.group(0)), code, flags=re.MULTILINE)
    found, stack = [], []  # the stack holds (kind, header, first line)
    header, header_line, line = "", None, 1
    for index, char in enumerate(code):
        if char == "\n":
            line += 1
        inside = any(kind == "function" for kind, _, _ in stack)
        if char == "{":
            kind = "other" if inside else _kind(header, index and not code[index - 1].isspace())
            stack.append((kind, header, header_line or line))
            if kind != "initialiser":
                header, header_line = "", None
        elif char == "}" and stack:
            kind, opened, first = stack.pop()
            if kind == "function":
                found.append((first, line - first + 1, _title(opened)))
            if kind == "initialiser":
                header, header_line = opened + "{}", first
            elif not inside or kind == "function":
                header, header_line = "", None
        elif inside:
            continue
        elif char == ";":
            header, header_line = "", None
        else:
            if not char.isspace() and header_line is None:
                header_line = line
            header += char
    return found
