"""Names of functions, modules, files and types without what compilers, runtimes, bundlers and releases add. Version 2; frozen with it."""

import re
from functools import lru_cache

CACHE = 32768
NAMELESS = frozenset({
    "", "?", "??", "<anonymous>", "<unknown>", "<redacted>", "anonymous", "eval", "[native code]", "(anonymous function)", "(anonymous)",
    "<unknown module>", "unknown", "global code", "module code", "<lambda>", "lambda", "{closure}", "{{closure}}", "{ lambda }", "func",
})  # fmt: skip
"""Names that say nothing, whoever gives them."""
_FUNCTION = (
    # JavaScript: V8 puts the receiver's type and keywords before the name.
    (re.compile(r"^(?:(?:async|bound|new|get|set|static)\s+)+(?=\S)"), ""),
    (re.compile(r"\s\[as [^\]]+\]$"), ""),
    (re.compile(r"^(?:Object|Function|Module|exports|module\.exports|window|self|global|globalThis|Timeout|process)\.(?=[\w<$])"), ""),
    # Swift and Objective-C closures, thunks and blocks.
    (re.compile(r"^(?:(?:implicit |@objc |specialized |partial apply for )*closure #\d+[^ ]* (?:.* )?in )+"), ""),
    (re.compile(r"^(?:@objc |specialized |thunk for |partial apply for |merged |static |protocol witness for )+"), ""),
    (re.compile(r"^__\d+(?=[-+]\[)|_block_invoke(?:[_.]\d+)*$"), ""),
    # Ruby.
    (re.compile(r"^(?:(?:block|rescue|ensure|else)(?: \(\d+ levels\))? in )+"), ""),
    # JVM lambdas, accessors, coroutines.
    (re.compile(r"^(?:lambda\$|\$anonfun\$)(\w+?)\$\d+(?:\$adapted)?$"), r"\1"),
    (re.compile(r"\$(?:\$)?(?:anonfun|anon|fn)?\$?\d+(?=$|[.$])|__\d{3,}"), ""),
    (re.compile(r"\$(?:suspendImpl|default)$|-[\w]{7}$"), ""),
    # .NET: state machines and lambdas keep the name of their method between angle brackets.
    (re.compile(r"^.*?<(\w+)>[bdg]__[\w|]*(?:\.MoveNext)?.*$"), r"\1"),
    (re.compile(r"`\d+"), ""),
    # PHP.
    (re.compile(r"\{closure[^}]*\}"), "{closure}"),
    (re.compile(r"class@anonymous.*?(?=::|$)", re.DOTALL), "class@anonymous"),
    # Rust and native code.
    (re.compile(r"::h[0-9a-f]{16}$|::\{\{?closure(?:#\d+)?\}?\}|::\{shim[^}]*\}"), ""),
    (re.compile(r"\s*\[clone [^\]]*\]|\.(?:cold|constprop|isra|part|llvm)(?:\.\d+)*$"), ""),
    (re.compile(r"\(anonymous namespace\)::"), ""),
    # Go: closures are numbered, receivers are bracketed, type parameters are spelled out.
    (re.compile(r"(?:\.func\d+(?:\.\d+)*|\.gowrap\d+|-fm)+$"), ""),
    (re.compile(r"\(\*?([\w.]+)(?:\[[^\]]*\])?\)\.(?=\w)"), r"\1."),
    (re.compile(r"\[\.\.\.\]"), ""),
)  # fmt: skip
_PLAIN = re.compile(r"[\w.]+")
_MARKED = re.compile(
    r"_block_invoke|__\d{3}|\.(?:cold|constprop|isra|part|llvm|func\d|gowrap\d)"
    r"|^(?:Object|Function|Module|exports|module|window|self|global|Timeout|process)"
)
"""What `_FUNCTION` can find in a plain name. In most it finds nothing, and to ask each of them is a tenth of a first sight."""
_SIGNATURE = re.compile(r"^(?!<|operator)(?:[\w:*&<>,~\[\] ]+\s)?([\w$.:~<>,*& ]+)\(.*$", re.DOTALL)
_TEMPLATE = re.compile(r"(?<=\w)(?:::)?<[^<>]*>")
_TRAIT = re.compile(r"^<(.+?) as [^>]+>(?=::)")
_MODULE = (
    (re.compile(r"\$\$(?:Lambda|EnhancerBy\w+|FastClassBy\w+|SpringCGLIB).*$|\$HibernateProxy.*$|_\$\$_jvst.*$|__\$\$_\w+$"), ""),
    (re.compile(r"^(?:jdk\.internal|sun)\.reflect\.Generated\w+Accessor\d+"), "GeneratedAccessor"),
    (re.compile(r"(?:\+|\.)<>c(?:__DisplayClass[\w]*)?(?=$|[.+])|(?:\+|\.)<\w+>d__\d+"), ""),
    (re.compile(r"\$\d+(?=$|\$)"), ""),
    (re.compile(r"`\d+"), ""),
    (re.compile(r"@v?\d+(?:\.\d+)*[\w.+-]*"), ""),
)
_ENCLOSING = re.compile(r"\$(\w+)\$\d+$")
_DOTNET_METHOD = re.compile(r"<(\w+)>d__\d+")
_GENERIC_METHODS = frozenset({"invoke", "invokeSuspend", "apply", "accept", "run", "call", "get", "MoveNext"})
_FILE = (
    (re.compile(r"[?#].*$", re.DOTALL), ""),
    (re.compile(r"\.min(?=\.\w{1,4}$)"), ""),
    # Hashes of bundlers: webpack's and esbuild's of hex or capitals, Vite's of eight letters and digits in mixed case.
    (re.compile(r"[.\-_](?=[A-Za-z]{0,19}\d)[0-9A-Za-z]{8,20}(?=\.\w{1,4}$)"), ""),
    (re.compile(r"[.\-](?=[\w-]{0,7}[a-z])(?=[\w-]{0,6}[a-z][\w-]{0,6}[A-Z]|[\w-]{0,7}\d)[\w-]{8}(?=\.\w{1,4}$)"), ""),
    (re.compile(r"[.\-_][A-Z2-7]{8}(?=\.\w{1,4}$)"), ""),
    (re.compile(r"[.\-_](?=[a-f]{0,63}\d)[0-9a-f]{6,64}(?=\.)"), ""),
    (re.compile(r"[-@_.]?v?\d+(?:\.\d+){1,3}(?=\.|$)"), ""),
    (re.compile(r"[-_.]+(?=\.\w{1,4}$)"), ""),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=CACHE)
def function_name(function: str, module: str = "") -> str:
    """`Object.foo`, `async foo`, `lambda$foo$3`, `(*T).foo.func1`, `Foo+<foo>d__3.MoveNext` -> `foo`; "" where it says nothing."""
    name = function.strip()
    if name in NAMELESS:
        return _enclosing(module)
    if name in _GENERIC_METHODS and (found := _enclosing(module)):
        return found
    if _PLAIN.fullmatch(name) is None or _MARKED.search(name) is not None:
        for pattern, replacement in _FUNCTION:
            name = pattern.sub(replacement, name)
    name = _TRAIT.sub(r"\1", name)
    while "<" in name[1:] and (shorter := _TEMPLATE.sub("", name)) != name:
        name = shorter
    if "(" in name and not name.startswith(("-[", "+[", "(")) and (found_signature := _SIGNATURE.match(name)):
        name = found_signature[1].strip()
    if name.endswith((".<anonymous>", ".?", ".eval")):
        return ""
    name = name.rsplit("#", 1)[-1] if "#" in name[1:-1] else name
    owner, _, method = name.rpartition(".")
    if owner and module.endswith("." + owner):
        name = method  # .NET repeats the class
    return "" if name in NAMELESS else name


def _enclosing(module: str) -> str:
    """The method that a class of a lambda, coroutine or state machine was made of."""
    found = _ENCLOSING.search(module) or _DOTNET_METHOD.search(module)
    return found[1] if found is not None else ""


@lru_cache(maxsize=CACHE)
def module_name(module: str) -> str:
    """Without generated classes, their numbers and versions; the class of a lambda or coroutine is the one around it."""
    if module.startswith(("http:", "https:", "file:", "app:", "webpack")):
        return ""
    if (found := _ENCLOSING.search(module)) is not None:
        module = module[: found.start()]
    for pattern, replacement in _MODULE:
        module = pattern.sub(replacement, module)
    return module


@lru_cache(maxsize=CACHE)
def file_name(path: str) -> str:
    """The bare lowercase name, without directories, query, bundle hash and version."""
    name = re.split(r"[/\\]", path.split("?", 1)[0].rstrip("/\\"))[-1][-200:]
    for pattern, replacement in _FILE:
        name = pattern.sub(replacement, name)
    return name.lower()


@lru_cache(maxsize=CACHE)
def type_name(kind: str) -> str:
    """Without generic arguments and the numbers of anonymous classes; "" of a name that a minifier made."""
    name = re.sub(r"<[^<>]*>|`\d+|\$\d+$", "", kind.strip())
    return "" if len(name) <= 2 else name


@lru_cache(maxsize=CACHE)
def words(name: str) -> tuple[str, ...]:
    """The lowercase words of a name: `mustHaveID2` -> must, have, id, 2."""
    return tuple([word.lower() for word in _WORD.findall(name)])
