"""An event's JSON as SDKs send it: typed where that is fast, mended where a part has a shape nobody expects.

`gc=False`: a decoded tree has no cycles, and half of the decoding time went into tracking it.
"""

import json
import math
from typing import Any, Generic, TypeVar

import msgspec

from seiche.errors import InvalidInput
from seiche.normalize.values import mapping


class Frame(msgspec.Struct, gc=False):
    """What identity needs of a frame."""

    function: Any = None
    module: Any = None
    filename: Any = None
    abs_path: Any = None
    lineno: Any = None
    colno: Any = None
    in_app: Any = None
    context_line: Any = None
    package: Any = None
    platform: Any = None
    instruction_addr: Any = None


class DetailedFrame(Frame, gc=False):
    """And what people read."""

    pre_context: Any = None
    post_context: Any = None
    vars: Any = None


F = TypeVar("F", bound=Frame)


class Stack(msgspec.Struct, Generic[F], gc=False):
    frames: list[F | None] | None = None


class Thrown(msgspec.Struct, Generic[F], gc=False):
    """One exception."""

    type: Any = None
    value: Any = None
    module: Any = None
    thread_id: Any = None
    mechanism: Any = None
    stacktrace: Stack[F] | None = None
    raw_stacktrace: Stack[F] | None = None


class Exceptions(Thrown[F], Generic[F], gc=False):
    """`{"values": [...]}`, or a bare exception."""

    values: list[Thrown[F] | None] | None = None


class Thread(msgspec.Struct, Generic[F], gc=False):
    id: Any = None
    crashed: Any = None
    current: Any = None
    stacktrace: Stack[F] | None = None


class Threads(Thread[F], Generic[F], gc=False):
    """`{"values": [...]}`, or a bare thread."""

    values: list[Thread[F] | None] | None = None


class Crumb(msgspec.Struct, gc=False):
    timestamp: Any = None
    type: Any = None
    category: Any = None
    level: Any = None
    message: Any = None
    data: Any = None


class Crumbs(msgspec.Struct, gc=False):
    values: list[Crumb | None] | None = None


class Image(msgspec.Struct, gc=False):
    """A source map's or a ProGuard mapping's; of others, which may be hundreds, nothing is kept."""

    type: Any = None
    debug_id: Any = None
    uuid: Any = None
    code_file: Any = None


class DebugMeta(msgspec.Struct, gc=False):
    images: list[Image | None] | None = None


class Spoken(msgspec.Struct, gc=False):
    """The contexts that tags are made of."""

    browser: Any = None
    os: Any = None
    client_os: Any = None
    device: Any = None


class Identity(msgspec.Struct, Generic[F], kw_only=True, gc=False):
    """What grouping, alerts and search need; what is not declared is skipped, which is four times as fast as decoding it."""

    timestamp: Any = None
    platform: Any = None
    level: Any = None
    logger: Any = None
    transaction: Any = None
    culprit: Any = None
    server_name: Any = None
    release: Any = None
    dist: Any = None
    environment: Any = None
    message: Any = None
    logentry: Any = None
    tags: Any = None
    user: Any = None
    fingerprint: Any = None
    sdk: Any = None
    exception: list[Thrown[F] | None] | Exceptions[F] | None = None
    threads: list[Thread[F] | None] | Threads[F] | None = None
    stacktrace: Stack[F] | None = None
    breadcrumbs: list[Crumb | None] | Crumbs | None = None
    request: Any = None
    debug_meta: DebugMeta | None = None
    contexts: Spoken | None = None


class Details(Identity[F], Generic[F], kw_only=True, gc=False):
    """And what people read."""

    contexts: Any = None
    extra: Any = None
    modules: Any = None


LEGACY = {
    "sentry.interfaces.Exception": "exception",
    "sentry.interfaces.Stacktrace": "stacktrace",
    "sentry.interfaces.Http": "request",
    "sentry.interfaces.User": "user",
    "sentry.interfaces.Contexts": "contexts",
    "sentry.interfaces.Breadcrumbs": "breadcrumbs",
    "sentry.interfaces.Message": "logentry",
    "sentry.interfaces.Threads": "threads",
}
_DETAILS = msgspec.json.Decoder(Details[DetailedFrame])
_IDENTITY = msgspec.json.Decoder(Identity[Frame])


def decode(body: bytes, *, details: bool, remarks: list[str]) -> Identity[Any]:
    """The event in `body`. Raises `InvalidInput` where it is no JSON object; every other oddity is mended and remarked."""
    try:
        body.decode()
        # NUL cannot be stored as text everywhere, legacy names need renaming, and both are rare: such events go the slow way.
        if b"\\u0000" not in body and b"sentry.interfaces." not in body:
            return (_DETAILS if details else _IDENTITY).decode(body)
    except (msgspec.DecodeError, RecursionError):
        pass
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the event is not UTF-8: {error.reason} at byte {error.start}", reason="invalid_utf8") from error
    try:
        return _mended(body, details=details, remarks=remarks)
    except RecursionError as error:
        raise InvalidInput("the event is nested too deep", reason="too_deep") from error


def _mended(body: bytes, *, details: bool, remarks: list[str]) -> Identity[Any]:
    try:
        tree = json.loads(body)
    except ValueError as error:
        raise InvalidInput(f"the event is not JSON: {error}", reason="invalid_json") from error
    if not isinstance(tree, dict):
        raise InvalidInput(f"the event is not a JSON object but {type(tree).__name__}", reason="invalid_json")
    tree = clean(tree)
    for legacy, name in LEGACY.items():
        if legacy in tree and tree.get(name) is None:
            tree[name] = tree.pop(legacy)
    for name in ("exception", "threads", "breadcrumbs"):
        if name in tree:
            tree[name] = _listed(tree[name], name, remarks)
    if not isinstance(tree.get("contexts"), dict):
        tree["contexts"] = mapping(tree.get("contexts"))
    if "stacktrace" in tree:
        tree["stacktrace"] = _stack(tree["stacktrace"], "stacktrace", remarks)
    if "debug_meta" in tree:
        tree["debug_meta"] = _debug_meta(tree["debug_meta"], remarks)
    found: Identity[Any] = msgspec.convert(tree, Details[DetailedFrame] if details else Identity[Frame])
    return found


def clean(value: Any) -> Any:
    """Without NUL, without halves of surrogate pairs and without infinities: none of them can be stored as UTF-8 JSON."""
    if isinstance(value, str):
        if "\0" in value:
            value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {clean(name): clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _listed(value: Any, name: str, remarks: list[str]) -> list[dict[str, Any]] | None:
    """A list of objects, whatever came."""
    if isinstance(value, dict):
        value = value["values"] if value.get("values") is not None else ([value] if name != "breadcrumbs" else [])
    if value is None:
        return None
    if not isinstance(value, list):
        remarks.append(f"{name}: dropped, it is neither a list nor an object")
        return None
    kept = [item for item in value if isinstance(item, dict)]
    if len(kept) < len(value):
        remarks.append(f"{name}: {len(value) - len(kept)} entries dropped, they are no objects")
    for item in kept:
        for stack in ("stacktrace", "raw_stacktrace"):
            if stack in item:
                item[stack] = _stack(item[stack], f"{name}.{stack}", remarks)
        if item.get("values") is not None:
            # A list inside the list: no SDK sends it.
            item.pop("values")
    return kept


def _stack(value: Any, name: str, remarks: list[str]) -> dict[str, Any] | None:
    frames = value.get("frames") if isinstance(value, dict) else value
    if frames is None:
        return None
    if not isinstance(frames, list):
        remarks.append(f"{name}: dropped, it holds no list of frames")
        return None
    kept = [frame for frame in frames if isinstance(frame, dict)]
    if len(kept) < len(frames):
        remarks.append(f"{name}: {len(frames) - len(kept)} frames dropped, they are no objects")
    return {"frames": kept}


def _debug_meta(value: Any, remarks: list[str]) -> dict[str, Any] | None:
    images = value.get("images") if isinstance(value, dict) else None
    if value is not None and not isinstance(images, list | None):
        remarks.append("debug_meta: dropped, it holds no list of images")
        return None
    return {"images": [image for image in images or () if isinstance(image, dict)]}
