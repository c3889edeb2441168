"""The line that failed, without what a refactoring changes: local names go; literals, attributes, called names and operators stay.

Such a skeleton survives renamed variables, moved lines and `return f(x)` becoming `y = f(x)`, and tells two faulty lines of one
function apart. Of minified code only what survives a minifier stays: attributes and literals around the column. Version 2; frozen with it.
"""

import re
from functools import lru_cache

from seiche.grouping.names import CACHE

LIMIT_CHARACTERS = 400
KEYWORDS = frozenset({
    "if", "elif", "else", "for", "while", "in", "not", "and", "or", "is", "throw", "raise", "assert", "with", "match", "case", "switch",
    "new", "del", "delete", "yield", "typeof", "instanceof", "unless", "until", "panic", "super", "lambda", "None", "null", "nil",
    "undefined", "True", "False", "true", "false", "try", "catch", "except", "rescue", "foreach", "defer", "unwrap", "as", "from",
})  # fmt: skip
DECLARING = frozenset({"const", "let", "var", "final", "auto", "mut", "of", "my", "val"})
_TOKEN = re.compile(
    r"(?P<string>(?:[rbfuRBFU]{1,2}|\$)?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`))"
    r"|(?P<attribute>(?:\?\.|->|::|\.)\s*#?[A-Za-z_$][\w$]*[!?]?)"
    r"|(?P<key>[A-Za-z_$][\w$]*(?=\s*:(?!:)\s*[^\s:]))"
    r"|(?P<called>[A-Za-z_$][\w$]*[!?]?(?=\())"
    r"|(?P<name>[@$]?[A-Za-z_$][\w$]*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<operator>[-+*/%<>=!&|^~?:\[\]]+|=>)"
)
_TARGET = re.compile(
    r"^(?:(?:const|let|var|val|final|auto|my|local|mut|readonly|static|public|private|protected|export)\s+)*"
    r"(?:[@$]?[A-Za-z_$][\w$]*(?:\s*:\s*[\w.<>\[\]| ?]+)?|[\[({][\w$,:\s*.]*[\])}]|[A-Za-z_$][\w$]*(?:\s*,\s*[A-Za-z_$][\w$]*)+)"
    r"\s*(?::=|=(?![=>~]))\s*"
)
_TYPED_TARGET = re.compile(r"^(?:final\s+)?[A-Z][\w.<>\[\], ?]*\s+[a-z]\w*\s*=(?!=)\s*")
_LEADING = re.compile(r"^(?:return|await|yield|co_return|co_await|async|go|defer|try|\}|;)\b\s*|^[};)]\s*")
_HOLE = re.compile(r"\$\{[^}]*\}|\{[^}]*\}|#\{[^}]*\}")
_COMMENT = re.compile(r"\s(?://|#(?!\{)).*$")
_SNIP = "{snip}"
_BOUNDARY = ";{}"
SHORT = 2
AROUND = 60
"""Where Sentry's SDKs put the failing column in a line that they shorten to a snippet."""


@lru_cache(maxsize=CACHE)
def skeleton(line: str) -> str:
    """Tokens of a source line, joined by spaces; "" where nothing is left that tells it from others."""
    text = _COMMENT.sub("", line[:LIMIT_CHARACTERS].strip()).rstrip(";, ")
    for _ in range(4):
        shorter = _TYPED_TARGET.sub("", _TARGET.sub("", _LEADING.sub("", text, count=1), count=1), count=1)
        if shorter == text:
            break
        text = shorter
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        token = _token(match, minified=False)
        if token and not (token == "_" and found and found[-1] == "_"):
            found.append(token)
    return " ".join(found) if any(token[0].isalnum() or token[0] in "._\"'`$" for token in found if token not in {"_", "#"}) else ""


@lru_cache(maxsize=CACHE)
def minified_skeleton(snippet: str, colno: int) -> str:
    """The attributes and literals of the statement at a column (1-based) of minified code, however the SDK shortened the line."""
    text = snippet
    if _SNIP in text:
        cut_before = text.lstrip("' ").startswith(_SNIP)
        text = text.strip("' ").removeprefix(_SNIP).removesuffix(_SNIP).strip()
        position = AROUND if cut_before else colno - 1
    else:
        position = colno - 1
    if not 0 <= position < len(text):
        position = min(AROUND, max(len(text) - 1, 0))
    start = max(text.rfind(mark, 0, position) for mark in _BOUNDARY) + 1
    ends = [found for mark in _BOUNDARY if (found := text.find(mark, position)) >= 0]
    statement = text[start : min(ends) if ends else len(text)][:LIMIT_CHARACTERS]
    return " ".join([token for match in _TOKEN.finditer(statement) if (token := _token(match, minified=True))])


def informative(line: str) -> int:
    """How many tokens of a skeleton name something: attributes, calls, keys, strings."""
    return sum(1 for token in line.split(" ") if len(token) > 1 and (token[0] in "._\"'`" or token[0].isalpha()) and token not in KEYWORDS)


def _token(match: re.Match[str], *, minified: bool) -> str:
    kind, text = match.lastgroup or "", match[0]
    return (_surviving if minified else _kept)(kind, text)


def _kept(kind: str, text: str) -> str:
    """What a token of written code becomes; "" leaves it out."""
    if kind == "string":
        return _literal(text)
    if kind == "name":
        return text if text in KEYWORDS else "" if text in DECLARING else "_"
    return {"attribute": "." + _bare(text), "key": text + ":", "called": text + "(", "number": "#"}.get(kind, text)


def _surviving(kind: str, text: str) -> str:
    """The same of minified code: what has no more than two letters is a minifier's, and operators are its choice."""
    if kind == "string":
        return _literal(text)
    if kind == "attribute":
        return "." + _bare(text) if len(_bare(text)) > SHORT else ""
    if kind == "key":
        return text + ":" if len(text) > SHORT else ""
    return text if kind == "name" and text in KEYWORDS and text != "new" else ""


def _bare(attribute: str) -> str:
    return re.sub(r"^(?:\?\.|->|::|\.)\s*", "", attribute)


def _literal(text: str) -> str:
    body = _HOLE.sub("{}", text.lstrip("rbfuRBFU$")[1:-1])
    return '"' + re.sub(r"\s+", "_", re.sub(r"\d+", "#", body)) + '"'
