"""Messages without what varies between occurrences; words that tell problems apart stay. Version 2; frozen with it."""

import re
from functools import lru_cache

LIMIT_CHARACTERS = 300
"""Longer messages are told apart by their beginning."""
_TECHNICAL = r"\b(?!(?:(?:sha|md|utf|base|u?int|float|ipv|http|tls|aes|rsa|es|oauth|ec|h|mp|u|i|f|s)[-_]?\d{1,4}|x(?:86|64|32))\b(?!-\d))"
"""Before a word that holds digits and is no id: `sha256`, `utf8`."""
_MASKS = (
    ("email", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    ("url", r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>)\]]+"),
    ("uuid", r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"),
    ("status", r"(?i:\b(?:status(?: code)?|http(?:/[\d.]+)?|code|errno|error code|exit code|signal)[ :=]{1,2})-?\d{1,5}\b(?!\.\d)"),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}\b"),
    ("date", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"),
    ("hex", r"\b0x[0-9a-fA-F]+\b|@[0-9a-f]{5,16}\b|\b(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{7,}\b"),
    ("path", r"(?<![\w.])(?:/[\w.@+%-]+){2,}/?|\b[A-Za-z]:\\[^\s'\"]+"),
    ("named", (
     r"(?i:\b(?:column|table|relation|constraint|index|attribute|module|property|method|function|operator|package|reading|setting"
     r"|invoke|class|named|view|schema|import name|unknown field|argument|parameter|keyword argument|option|command)) "
     r"(?:'[\w.$()<>:\[\]/-]{1,80}'|\"[\w.$()<>:\[\]/-]{1,80}\"|`[\w.$()<>:\[\]/-]{1,80}`)"
    )),
    ("quoted", r"'[^'\n]{0,200}'(?!\w)|\"[^\"\n]{0,200}\"|`[^`\n]{0,200}`|“[^”\n]{0,200}”|«[^»\n]{0,200}»"),
    ("bracketed", r"\{[^{}\n]{0,200}\}|\[(?=[^\]\n]*\d)[^\[\]\n]{0,200}\]"),
    ("number", r"(?<![A-Za-z_\d])[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?(?:[kKMGT]?i?B|ms|s|us|ns|%)?(?![A-Za-z])|(?<=[a-z])-?\d{4,}\b"),
    ("id", _TECHNICAL + r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*\d{2,}[\w-]*\b|\b\d+[A-Za-z]\w*\b"),
)  # fmt: skip
_MASK = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _MASKS))
_GATE = re.compile(r"[\d'\"`@/\\{“«]")
_SPACES = re.compile(r"\s+")
_URL = re.compile(r"^([a-z][a-z0-9+.-]*://)(?:[^/@\s]*@)?([^/?#\s]*)([^?#\s]*)")
_SEGMENT = re.compile(r"^[A-Za-z][A-Za-z_.-]{0,40}$|^v\d{1,2}$")
_WORD = re.compile(r"<[a-z]+>|[^\W\d]+")
_ALIKE = (
    (re.compile(r"^.*(?:not valid JSON|in JSON at|JSON input|of the JSON data|JSON Parse error|after JSON|in JSON\b).*$"), "invalid JSON"),
    (re.compile(r"^[A-Z][^:]{4,60}: line \d+ column \d+ \(char \d+\).*$"), "invalid JSON"),
    (re.compile(r"^Invalid regular expression: .*$"), "Invalid regular expression"),
    (re.compile(r"^(Cannot (?:read|set) properties of )(?:undefined|null)(?= \()"), r"\1nothing"),
    (re.compile(r"^can't access property \"(\w+)\", .* is (?:undefined|null)$"), r"Cannot read properties of nothing (reading '\1')"),
    (re.compile(r"^(?:undefined|null) is not an object \(evaluating '.*[.](\w+)'\)$"), r"Cannot read properties of nothing (reading '\1')"),
    (re.compile(r"^(?:unterminated|nothing to repeat|multiple repeat|unbalanced|bad escape).* at position \d+.*$"), "invalid pattern"),
    (re.compile(r"^(Cannot convert )(?!object|undefined|null|a ).+( to a BigInt)$"), r"\1<word>\2"),
    (re.compile(r"^(Invalid (?:time zone specified|currency code|language tag) ?: ).+$"), r"\1<word>"),
    (re.compile(r"^(Cannot use 'in' operator to search for '[^']*' in ).*$"), r"\1<word>"),
    (re.compile(r"^(No enum constant [\w.$]+\.)[^.]+$"), r"\1<word>"),
    (re.compile(r"^(?:too many|not enough) values to unpack.*$"), "wrong number of values to unpack"),
)  # fmt: skip
"""What one mistake says in other words by the data it met, or by the browser."""
_ALIKE_GATE = re.compile(
    r"JSON|\(char \d|is not an object|values to unpack| at position \d|BigInt|'in' op"
    r"|^(?:Invalid (?:re|ti|cu|la)|Cannot (?:read|set) p|can't acc|No enum)"
)
_MISSING = re.compile(r"(?:no attribute|undefined method|(?:private|protected) method|undefined local variable or method) ['`](\w+[?!=]?)'")
_BY_NAME = re.compile(r"\b(?:getattr|attrgetter|methodcaller|send|__send__|public_send|method|instance_method)\b")
"""What looks a name up that is data."""
_CONSTRAINT = re.compile(
    r"(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: ([\w., ]+))?|violates (unique|check|not-null|foreign key)[\w -]* constraint"
    r"(?: [\"'](\w+)[\"'])?|(?i:null) value in column [\"'](\w+)[\"']|(?i:null) not allowed for column [\"'](\w+)[\"']"
    r"|Column '(\w+)' (cannot be null)"
)
_INVALID = "Validation failed: "
"""ActiveRecord's; what failed follows, with commas between."""
_REMOTE = re.compile(
    r"\b(?i:answered|responded|responds|returned|replied|status|status code|http|code|failed with|got)"
    r"(?: with| code| status| an?)*[ :=]{1,2}(?:HTTP )?(?:<number>|[45]\d\d)(?!\w)|<number> (?:Server|Client) Error"
    r"|(?i:bad gateway|service unavailable|gateway time-?out)"
)
_UNREACHABLE = re.compile(
    r"(?i:connection (?:attempts failed|refused|reset|aborted|timed out)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|max retries exceeded"
    r"|fetch failed|failed to (?:fetch|establish)|socket hang up|connect timed? ?out)"
)
_PROPERTY = re.compile(r"(?:reading|setting|property) '([\w$]+)'|[.]([\w$]+) is not a function")
_MEMBER = re.compile(r"\b([A-Za-z_$][\w$]{0,2})\.(?=[A-Za-z_$])")


@lru_cache(maxsize=16384)
def template(message: str, *, minified: bool = False) -> str:
    """The first line that says something, masked. `minified`: one- to three-letter names before a dot are a minifier's, and go too."""
    line = next((line for line in message[:4096].splitlines() if len(line.strip()) > 1), "")
    text = _SPACES.sub(" ", line[:LIMIT_CHARACTERS]).strip()
    if _ALIKE_GATE.search(text):
        for pattern, instead in _ALIKE:
            text = pattern.sub(instead, text, count=1)
    if minified:
        text = re.sub(r"^[A-Za-z_$][\w$]{0,2} (?=is not|is un|is null)", "_ ", _MEMBER.sub("_.", text))
    return _MASK.sub(_masked, text) if _GATE.search(text) else text


def tokens(masked: str) -> tuple[str, ...]:
    """The lowercase words of a template, masks included, at most thirty."""
    return tuple(_WORD.findall(masked.lower())[:30])


def is_name(masked: str, place: int) -> bool:
    """Whether a word inside of a template is written like a name: `Anna`, neither `anna` nor `GET`."""
    words = _WORD.findall(masked)
    return 0 < place < len(words) and words[place][0].isupper() and words[place][1:].islower()


def lacking(kind: str, message: str, line: str) -> str:
    """The attribute, key, constraint or validation that an error is about: of two on one line it says which. "": none is named.

    A key counts where the `line` spells it out: then it is the program's, not its data's. So does an attribute where the line looks one up.
    """
    if kind in {"AttributeError", "NoMethodError"}:
        found = _MISSING.search(message[:LIMIT_CHARACTERS])
        return "" if found is None or (found[1] not in line and _BY_NAME.search(line)) else found[1]
    if kind == "KeyError":
        key = message.strip().removeprefix("key not found: ")
        if key[:1] == ":":
            return key if f"{key})" in line or f"{key}," in line else ""
        return key[1:-1] if len(key) > 2 and (key in line or f'"{key[1:-1]}"' in line) and key[0] in "'\"" else ""
    if message.startswith(_INVALID):
        return template(message[len(_INVALID) :].split(",", 1)[0])
    found = _CONSTRAINT.search(message[:LIMIT_CHARACTERS]) if "onstraint" in message or "NULL" in message or "null" in message else None
    return " ".join([part for part in found.groups() if part]) if found is not None else ""


@lru_cache(maxsize=16384)
def property_of(masked: str) -> str:
    """The property that a script's error names: it survives a minifier."""
    found = _PROPERTY.search(masked)
    return (found[1] or found[2]) if found is not None else ""


@lru_cache(maxsize=16384)
def remote(masked: str) -> bool:
    """Whether a message reports what another service answered: then whoever asked it says what failed."""
    return _REMOTE.search(masked) is not None


@lru_cache(maxsize=16384)
def unreachable(masked: str) -> bool:
    """Whether a message says that another service could not be reached: one problem, whatever it was to be asked."""
    return _UNREACHABLE.search(masked) is not None


def telling(masked: str) -> int:
    """How many words of a template are no masks."""
    return sum(1 for token in tokens(masked) if token[0] != "<")


def _masked(found: re.Match[str]) -> str:
    name = found.lastgroup
    if name in {"status", "named"}:
        return found[0]
    if name == "url":
        return _url(found[0])
    return f"<{name}>"


def _url(text: str) -> str:
    """Host and the words of the path stay: they tell outages apart. Ports, ids and queries go."""
    found = _URL.match(text)
    if found is None:
        return "<url>"
    host = re.sub(r":\d+$", "", found[2])
    host = "<ip>" if re.fullmatch(r"[\d.]+|\[[0-9a-fA-F:]+\]", host) else host
    path = "/".join(part if _SEGMENT.match(part) or not part else "<id>" for part in found[3].rstrip(".,;:").split("/")[:8])
    return f"{found[1]}{host}{path}".rstrip("/")
