"""ProGuard and R8 mappings: parsed by `symbolic`, which opens them by path."""

import re
import tempfile
from collections.abc import Sequence
from typing import Any

from seiche.errors import InvalidInput
from seiche.symbolicate.artifacts import ClassFrame

CLASS_LINE = re.compile(rb"^\S+ -> \S+:\s*$", re.MULTILINE)


class ProguardMapping:
    """One mapping; made of bytes that `mapping_id` has accepted."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._mapper = _opened(data)

    def frames(self, module: str, function: str, line: int) -> Sequence[ClassFrame]:
        """Innermost first."""
        found = self._mapper.remap_frame(module, function, line)
        return [ClassFrame(one.class_name, one.method, one.line, one.file or "") for one in found]

    def class_name(self, module: str) -> str:
        """Of the class by its obfuscated name."""
        return self._mapper.remap_class(module) or ""


def mapping_id(data: bytes) -> str:
    """The id that builds and sentry-cli give a mapping: a UUID made of its bytes. Raises `InvalidInput` where it is none."""
    if not CLASS_LINE.search(data):
        raise InvalidInput("the file is no ProGuard mapping: it has no line `own.Name -> a.b:`", reason="invalid_mapping")
    return str(_opened(data).uuid)


def _opened(data: bytes) -> Any:
    from symbolic.exceptions import SymbolicError
    from symbolic.proguard import ProguardMapper

    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(data)
        file.flush()
        try:
            # The mapping stays readable after its file is unlinked: it is mapped into memory.
            return ProguardMapper.open(file.name)
        except SymbolicError as error:
            raise InvalidInput(f"the ProGuard mapping cannot be read: {error}", reason="invalid_mapping") from error
