"""Stack frames: bounded, with file names filled in, and told apart into the program's own and its libraries'."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from seiche.model.event import Frame
from seiche.model.project import ProjectConfig
from seiche.normalize import wire
from seiche.normalize.values import integer, mapping, text, tree

FRAME_LIMIT = 250
"""More are cut from the middle: both ends of a recursion tell something."""
LINE_LIMIT = 1024
CONTEXT_LINES = 10
VARS_BYTES = 8192
URL_SCHEMES = ("http:", "https:", "file:", "applewebdata:", "app:")
LIBRARY_PATH = re.compile(
    r"(?:^|[/\\])(?:site-packages|dist-packages|node_modules|bower_components|vendor[/\\](?:bundle|cache|gems)|gems|jre|jdk[^/\\]*)[/\\]"
    r"|[/\\]lib[/\\](?:python|ruby)\d|^<frozen |^node:|^internal/|\.cargo/registry/|/rustc/|/pkg/mod/|/usr/(?:local/)?go/src/"
)
LIBRARY_MODULE = re.compile(
    r"(?:java|javax|jakarta|sun|com\.sun|jdk|kotlin|kotlinx|scala|clojure|groovy|android|androidx|com\.android|dalvik"
    r"|System|Microsoft|core|std|alloc|runtime|testing|net/http"
    r"|org\.(?:springframework|apache\.(?:catalina|coyote|tomcat|kafka|http|hc|spark|flink)|hibernate|eclipse|jboss|junit|slf4j|h2"
    r"|postgresql|quartz|aspectj)|com\.(?:fasterxml|zaxxer|mysql|google\.(?:common|gson|inject))|io\.(?:netty|undertow|vertx|micrometer"
    r"|sentry|grpc|micronaut|quarkus)|reactor|akka|okhttp3|retrofit2|ch\.qos|net\.bytebuddy|feign)[./:]"
)


def frames(stack: "wire.Stack[Any] | None", name: str, config: ProjectConfig, remarks: list[str]) -> tuple[Frame, ...]:
    """The frames of a stack, oldest first."""
    found = [frame for frame in (stack.frames or ()) if frame is not None] if stack is not None else []
    if not found:
        return ()
    if len(found) > FRAME_LIMIT:
        half = FRAME_LIMIT // 2
        remarks.append(f"{name}: {len(found) - FRAME_LIMIT} of {len(found)} frames cut from the middle")
        found = found[:half] + found[-half:]
    detailed = isinstance(found[0], wire.DetailedFrame)
    told = any(frame.in_app is True for frame in found)
    return tuple([_frame(frame, name, config, remarks, detailed=detailed, told=told) for frame in found])


def _frame(sent: "wire.Frame", name: str, config: ProjectConfig, remarks: list[str], *, detailed: bool, told: bool) -> Frame:
    """`told`: whether the SDK knows which frames are the program's own, and said so of some; the rest is not."""
    filename, abs_path, module = (
        text(sent.filename, 256, "frame.filename", remarks),
        text(sent.abs_path, 1024, "frame.abs_path", remarks),
        text(sent.module, 256, "frame.module", remarks),
    )
    if not abs_path:
        abs_path = filename
    elif not filename:
        filename = _path_of(abs_path)[-256:]
    in_app = sent.in_app
    if config.in_app_include or config.in_app_exclude:
        in_app = _configured(module, filename, in_app, config)
    if in_app.__class__ is not bool:
        in_app = not told and looks_in_app(module, filename, abs_path)
    if in_app and not sent.context_line and _compiled(text(sent.function, 512), module, filename):
        in_app = False
    pre: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    variables: dict[str, Any] = {}
    if detailed and isinstance(sent, wire.DetailedFrame):
        pre, post = _lines(sent.pre_context)[-CONTEXT_LINES:], _lines(sent.post_context)[:CONTEXT_LINES]
        if sent.vars:
            given = sent.vars if isinstance(sent.vars, dict) else mapping(sent.vars)
            variables = tree(given, VARS_BYTES, f"{name}.vars", remarks)
    # Called some thirty times an event: what most SDKs leave out is passed over without a call.
    return Frame(
        text(sent.function, 512, "frame.function", remarks),
        module,
        filename,
        abs_path,
        None if sent.lineno is None else integer(sent.lineno),
        None if sent.colno is None else integer(sent.colno),
        in_app,
        text(sent.context_line, LINE_LIMIT, "frame.context_line", remarks),
        pre,
        post,
        variables,
        "" if sent.package is None else text(sent.package, 256),
        "" if sent.platform is None else text(sent.platform, 64),
        "" if sent.instruction_addr is None else text(sent.instruction_addr, 64),
    )


def _lines(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple([line if line.__class__ is str and len(line) <= LINE_LIMIT else text(line, LINE_LIMIT) for line in value])


def _compiled(function: str, module: str, filename: str) -> bool:
    """Whether a frame was compiled by somebody else: sentry-sdk takes both for own code, as their paths look relative to the program's.

    Cython qualifies names, and leaves the paths of whoever compiled; CPython freezes modules of its library as `<frozen codecs>`.
    """
    return "<frozen " in filename or (bool(module) and filename.endswith((".py", ".pyx")) and function.startswith(f"{module}."))


@lru_cache(maxsize=4096)
def _path_of(abs_path: str) -> str:
    """A URL's path; anything else as it is."""
    if not abs_path.startswith(URL_SCHEMES):
        return abs_path
    try:
        return urlsplit(abs_path).path or abs_path
    except ValueError:
        return abs_path


@lru_cache(maxsize=16384)
def looks_in_app(module: str, filename: str, abs_path: str) -> bool:
    """Whether a frame is the program's own, where the SDK does not say: not in a known place of libraries."""
    if LIBRARY_PATH.search(abs_path) or LIBRARY_PATH.search(filename) or LIBRARY_MODULE.match(module):
        return False
    return bool(module or filename)


def is_in_app(module: str, filename: str, abs_path: str, config: ProjectConfig) -> bool:
    """The same for a frame whose SDK could not know: the project's own word, else by the place."""
    said = _configured(module, filename, None, config)
    return looks_in_app(module, filename, abs_path) if said is None else said


@lru_cache(maxsize=16384)
def _configured(module: str, filename: str, said: bool | None, config: ProjectConfig) -> bool | None:
    """The project's own word, by module or path prefix; the include list wins."""
    for prefixes, answer in ((config.in_app_include, True), (config.in_app_exclude, False)):
        for prefix in prefixes:
            if module == prefix or module.startswith((f"{prefix}.", f"{prefix}/", f"{prefix}::")) or filename.startswith(prefix):
                return answer
    return said
