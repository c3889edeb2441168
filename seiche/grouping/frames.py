"""Which frame decides, and its name without what compilers, bundlers and releases add."""

import re
from collections.abc import Sequence
from functools import lru_cache

from seiche.model.event import Frame

NAMELESS = frozenset({"", "?", "<anonymous>", "<unknown>", "<redacted>", "anonymous", "eval", "[native code]", "(anonymous function)"})
GENERATED = re.compile(
    r"GeneratedMethodAccessor|GeneratedConstructorAccessor|\$\$Lambda|\$Proxy\d|CGLIB\$\$|^(?:jdk|sun)\.(?:internal\.)?reflect\.|^java\.lang\.reflect\."
)
FUNCTION_NOISE = (
    (re.compile(r"^(?:async |bound |new |get |set )+"), ""),
    (re.compile(r"^(?:Object|Function|Module|exports|window|self|global|Timeout|process)\.(?=[\w<])"), ""),
    (re.compile(r" \[as \w+\]$"), ""),
    (re.compile(r"^block (?:\(\d+ levels\) )?in "), ""),
    (re.compile(r"lambda\$(\w+)\$\d+"), r"\1"),
    (re.compile(r"\$(?:\$)?(?:anonfun|anon|fn)?\$?\d+(?=$|[.$])|__\d{3,}"), ""),
    (re.compile(r"\.func\d+(?:\.\d+)*"), ".func"),
    (re.compile(r"\{closure[^}]*\}"), "{closure}"),
    (re.compile(r"class@anonymous.*$", re.DOTALL), "class@anonymous"),
    (re.compile(r"::h[0-9a-f]{16}$"), ""),
)
MODULE_NOISE = (
    (re.compile(r"\$\$(?:Lambda|EnhancerBy\w+|FastClassBy\w+|SpringCGLIB).*$|\$HibernateProxy.*$|_\$\$_jvst.*$"), ""),
    (re.compile(r"\$\d+(?=$|\$)"), ""),
    (re.compile(r"GeneratedMethodAccessor\d+"), "GeneratedMethodAccessor"),
)
FILE_NOISE = (
    (re.compile(r"[?#].*$"), ""),
    (re.compile(r"(?<=[.\-_])(?=[0-9a-f]*\d)[0-9a-f]{6,64}(?=\.)[.]?"), ""),
    (re.compile(r"[-@_.]?v?\d+(?:\.\d+){1,3}(?=\.|$)"), ""),
)


def culprit(frames: Sequence[Frame]) -> Frame | None:
    """The top frame of the program's own code that has a name; without any, the top frame that has one, else the top frame."""
    named = [frame for frame in frames if function_name(frame.function) or frame.module or frame.filename]
    for wanted in (True, False):
        for frame in reversed(named):
            if frame.in_app is wanted and function_name(frame.function) and not GENERATED.search(frame.module):
                return frame
        for frame in reversed(named):
            if frame.in_app is wanted and wanted:
                return frame
    return named[-1] if named else None


def place(frame: Frame) -> str:
    """Where a frame is: its module, else its file's bare name."""
    return module_name(frame.module) if frame.module else file_name(frame.filename or frame.package)


@lru_cache(maxsize=16384)
def function_name(function: str) -> str:
    """`Object.foo`, `async foo`, `lambda$foo$3` -> `foo`; "" where the name says nothing."""
    if function in NAMELESS:
        return ""
    name = function
    for pattern, replacement in FUNCTION_NOISE:
        name = pattern.sub(replacement, name)
    return "" if name in NAMELESS else name


@lru_cache(maxsize=16384)
def module_name(module: str) -> str:
    """Without the numbers of generated and anonymous classes."""
    for pattern, replacement in MODULE_NOISE:
        module = pattern.sub(replacement, module)
    return module


@lru_cache(maxsize=16384)
def file_name(filename: str) -> str:
    """The bare lowercase name, without directories, query, bundle hash and version."""
    name = re.split(r"[/\\]", filename.split("?", 1)[0].rstrip("/\\"))[-1].lower()
    for pattern, replacement in FILE_NOISE:
        name = pattern.sub(replacement, name)
    return name
