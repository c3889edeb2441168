"""JavaScript frames through source maps: by debug id, else by release and the file's name."""

import posixpath
import re
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from seiche.model.event import Event, Frame, Symbolication
from seiche.model.project import ProjectConfig
from seiche.normalize.stacktrace import is_in_app
from seiche.symbolicate.artifacts import Artifacts, Missing, Position, SourceMap

BROWSER = frozenset({"javascript"})
"""Where every frame of a URL is expected to be minified."""
PLATFORMS = BROWSER | {"node"}
SCHEMES = ("http://", "https://", "file://", "app://", "capacitor://", "ionic://")
NOT_A_FILE = re.compile(r"^(?:<|\[?native|node:|internal/|(?:chrome|moz|safari(?:-web)?)-extension:|data:|blob:|webpack-internal:|eval\b)")
MAPS_LIMIT = 50
"""Different maps of one event: what it costs is bounded."""
BUNDLER = re.compile(r"^\(?webpack\)?/|^webpack/(?:bootstrap|runtime|startup)")


class JavaScript:
    """The frames of one event."""

    def __init__(self, event: Event, config: ProjectConfig, artifacts: Artifacts) -> None:
        self._event, self._config, self._artifacts = event, config, artifacts
        self._debug_ids = {image.code_file: image.debug_id for image in event.debug_images if image.type == "sourcemap"}
        self._maps: dict[str, SourceMap | Missing] = {}
        self.applies = event.platform in PLATFORMS or bool(self._debug_ids)

    def frame(self, frame: Frame) -> Frame:
        """The frame, resolved or with the reason why not. One that nobody expects to be minified is left alone."""
        named = self._debug_ids.get(frame.abs_path) or self._debug_ids.get(frame.filename, "")
        if not named and not self._is_expected(frame):
            return frame
        if not frame.lineno or not frame.colno:
            return unresolved(frame, Missing("no_position", "the frame has no line and column: a source map cannot be applied to it"))
        found = self._map(frame, named)
        if isinstance(found, Missing):
            return unresolved(frame, found) if named or self._event.platform in BROWSER else frame
        position = found.lookup(frame.lineno, frame.colno)
        if position is None or not position.source:
            text = f"{found.name} has no token at line {frame.lineno}, column {frame.colno}: it may be the map of another build"
            return unresolved(frame, Missing("no_token", text))
        return self._resolved(frame, position, found, "debug_id" if named else "release")

    def _is_expected(self, frame: Frame) -> bool:
        if (frame.platform or self._event.platform) not in PLATFORMS or NOT_A_FILE.match(frame.abs_path):
            return False
        if self._event.platform in BROWSER:
            return frame.abs_path.startswith(SCHEMES)
        # A server's files are rarely minified: only where somebody uploaded something is it worth asking.
        return bool(self._event.release) and not self._artifacts.empty

    def _map(self, frame: Frame, debug_id: str) -> SourceMap | Missing:
        key = debug_id or frame.abs_path
        if key not in self._maps:
            if len(self._maps) >= MAPS_LIMIT:
                return Missing("too_many_files", f"the event names more than {MAPS_LIMIT} files: this one was not looked up")
            self._maps[key] = self._ask(frame, debug_id)
        return self._maps[key]

    def _ask(self, frame: Frame, debug_id: str) -> SourceMap | Missing:
        release = self._event.release
        by_id = self._artifacts.source_map_by_debug_id(debug_id) if debug_id else None
        if by_id is not None and (not isinstance(by_id, Missing) or not release):
            return by_id
        if not release:
            text = (
                "the frame has no debug id and the event no release: build with debug ids (`sentry-cli sourcemaps inject`), "
                "or set the release that the source maps were uploaded for"
            )
            return Missing("no_debug_id_no_release", text)
        by_url = self._artifacts.source_map_by_url(release, self._event.dist, names(frame.abs_path))
        # The id is the surer way: what it lacks is what to mend.
        return by_id if by_id is not None and isinstance(by_url, Missing) else by_url

    def _resolved(self, frame: Frame, position: Position, source: SourceMap, code: str) -> Frame:
        filename = own_path(position.source)
        module = filename.rsplit("/", 1)[0] + "/" if "/" in filename else ""
        module += posixpath.splitext(posixpath.basename(filename))[0]
        return msgspec.structs.replace(
            frame,
            function=(position.function or frame.function)[:512],
            module=module[:256],
            filename=filename[-256:],
            abs_path=position.source[:1024],
            lineno=position.line,
            colno=position.column,
            context_line=position.context_line,
            pre_context=position.pre_context,
            post_context=position.post_context,
            in_app=not BUNDLER.match(filename) and is_in_app(module, filename, position.source, self._config),
            symbolication=sent(frame, resolved=True, code=code, text=f"from {source.name}"),
        )


def unresolved(frame: Frame, why: Missing) -> Frame:
    """The frame as it is, and why."""
    return msgspec.structs.replace(frame, symbolication=Symbolication(resolved=False, code=why.code, text=why.text))


def sent(frame: Frame, *, resolved: bool, code: str, text: str) -> Symbolication:
    """What became of a frame, with the frame as it was."""
    return Symbolication(
        resolved, code, text, frame.function, frame.module, frame.filename, frame.abs_path, frame.lineno, frame.colno
    )  # fmt: skip


@lru_cache(maxsize=4096)
def names(abs_path: str) -> tuple[str, ...]:
    """How an upload may name a file, best first: `https://host/a/b.js`, `~/a/b.js`; never with query or fragment."""
    plain = re.split(r"[?#]", abs_path, maxsplit=1)[0]
    try:
        parts = urlsplit(plain)
    except ValueError:
        return (plain,)
    path = parts.path if parts.scheme and "://" in plain else plain
    return tuple(dict.fromkeys((plain, "~/" + path.lstrip("/"), "~" + path)))


@lru_cache(maxsize=16384)
def own_path(source: str) -> str:
    """`webpack://shop/./src/cart.js?1a2b`, `../src/cart.js`, `https://cdn/src/cart.js` -> `src/cart.js`."""
    plain = re.split(r"[?#]", source, maxsplit=1)[0]
    if "://" in plain:
        scheme, _, rest = plain.partition("://")
        # Bundlers put the package where the host would be; with three slashes there is none.
        plain = rest.partition("/")[2] if scheme == "webpack" or not rest.startswith("/") else rest
    while plain.startswith(("./", "../", "/", "~/")):
        plain = plain.split("/", 1)[1]
    return plain or source
