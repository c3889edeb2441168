"""What symbolication asks of whoever keeps uploaded artifacts, and the answers."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Missing(msgspec.Struct, frozen=True):
    """Why there is no map: a short stable code, and the sentence for people."""

    code: str
    text: str


class Position(msgspec.Struct, frozen=True):
    """Where a minified position is in the program's own source."""

    source: str
    """As the map names it: `../src/cart.js`, `webpack:///./src/cart.js`."""
    line: int
    column: int
    function: str = ""
    context_line: str = ""
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()


class SourceMap(Protocol):
    """One parsed map."""

    @property
    def name(self) -> str:
        """Its file's name, for people."""
        ...

    def lookup(self, line: int, column: int) -> Position | None:
        """Both count from 1. None where the map has no token there."""
        ...


class ClassFrame(msgspec.Struct, frozen=True):
    """One frame of the JVM by its own names; an inlined method makes several of one."""

    module: str
    function: str
    line: int
    file: str = ""


class ClassMapping(Protocol):
    """One ProGuard or R8 mapping."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def frames(self, module: str, function: str, line: int) -> Sequence[ClassFrame]:
        """Innermost first; empty where the mapping does not know the method."""
        ...

    def class_name(self, module: str) -> str:
        """The class's own name; "" where the mapping does not know it."""
        ...


class Artifacts(Protocol):
    """What one project had uploaded when an event was decided. Raises `Transient` where the store does not answer."""

    @property
    def empty(self) -> bool:
        """Whether nothing was uploaded at all."""
        ...

    def source_map_by_debug_id(self, debug_id: str) -> SourceMap | Missing:
        """The map whose file carries this id."""
        ...

    def source_map_by_url(self, release: str, dist: str, urls: Sequence[str]) -> SourceMap | Missing:
        """The map of a minified file of a release; `urls` are its possible names, best first."""
        ...

    def class_mapping(self, debug_id: str) -> ClassMapping | Missing:
        """The ProGuard mapping of this id."""
        ...


class _None:
    empty = True

    def source_map_by_debug_id(self, debug_id: str) -> Missing:
        return Missing("no_artifact_for_debug_id", f"no source map was uploaded for debug id {debug_id}: the project has no artifacts")

    def source_map_by_url(self, release: str, dist: str, urls: Sequence[str]) -> Missing:  # noqa: ARG002 - the protocol's
        return Missing("release_without_artifacts", f"nothing was uploaded for release {release}: the project has no artifacts")

    def class_mapping(self, debug_id: str) -> Missing:
        return Missing("no_mapping_for_uuid", f"no ProGuard mapping was uploaded for {debug_id}: the project has no artifacts")


NO_ARTIFACTS: Artifacts = _None()
"""Of a project to which nothing was uploaded."""
