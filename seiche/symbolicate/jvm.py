"""Java and Android frames through a ProGuard or R8 mapping, by the uuid in the event's debug images."""

import msgspec

from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig
from seiche.normalize.stacktrace import is_in_app
from seiche.symbolicate.artifacts import Artifacts, ClassMapping, Missing
from seiche.symbolicate.javascript import sent, unresolved

IMAGES_LIMIT = 5
"""Mappings of one event; builds have one."""


class Jvm:
    """The frames of one event."""

    def __init__(self, event: Event, config: ProjectConfig, artifacts: Artifacts) -> None:
        self._config = config
        uuids = [image.debug_id for image in event.debug_images if image.type == "proguard"][:IMAGES_LIMIT]
        self._answers = [artifacts.class_mapping(uuid) for uuid in uuids]
        self._mappings: list[ClassMapping] = [answer for answer in self._answers if not isinstance(answer, Missing)]
        self.applies = bool(uuids)

    def frames(self, frame: Frame) -> tuple[Frame, ...]:
        """The frame, or the several that were inlined into it, oldest first."""
        if not frame.module:
            return (frame,)
        for mapping in self._mappings:
            found = mapping.frames(frame.module, frame.function, frame.lineno or 0)
            if found:
                text = f"from {mapping.name}"
                return tuple([self._renamed(frame, one.module, one.function, one.line, one.file, text) for one in reversed(found)])
            if name := mapping.class_name(frame.module):
                text = f"the class is from {mapping.name}, which does not know the method {frame.function}"
                return (self._renamed(frame, name, frame.function, frame.lineno or 0, "", text),)
        missing = [answer for answer in self._answers if isinstance(answer, Missing)]
        # A mapping knows what was renamed: a class that it does not name has its own name already.
        return (unresolved(frame, missing[0]),) if missing and not self._mappings else (frame,)

    def exception(self, value: ExceptionValue) -> ExceptionValue:
        """With the name of its own class."""
        obfuscated = f"{value.module}.{value.type}" if value.module else value.type
        for mapping in self._mappings:
            if name := mapping.class_name(obfuscated):
                module, _, kind = name.rpartition(".")
                return msgspec.structs.replace(value, type=kind[:256], module=module[:256])
        return value

    def _renamed(self, frame: Frame, module: str, function: str, line: int, file: str, text: str) -> Frame:  # noqa: PLR0917 - a frame's parts
        simple = module.rsplit(".", 1)[-1].split("$", 1)[0]
        filename = file or f"{simple}.java"
        return msgspec.structs.replace(
            frame,
            module=module[:256],
            function=function[:512],
            filename=filename[:256],
            abs_path=filename[:256],
            lineno=line or None,
            in_app=is_in_app(module, filename, filename, self._config),
            symbolication=sent(frame, resolved=True, code="proguard", text=text),
        )
