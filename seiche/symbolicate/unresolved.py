"""What an event's unresolved frames lack, one entry a file and reason: what the project's page of missing source maps adds up. Pure."""

from collections.abc import Mapping

import msgspec

from seiche.model.event import Event
from seiche.symbolicate.javascript import names

FILE_CHARACTERS = 512


class Lacking(msgspec.Struct, frozen=True):
    """One thing that was not there for one build."""

    release: str
    dist: str
    file: str
    """The frame's URL or path, without query and fragment; "" for a mapping, which is a whole build's."""
    debug_id: str
    """Of the file, or of the mapping; "" where the event names none."""
    reason: str
    """`Symbolication.code`."""


def lacking(event: Event) -> Mapping[Lacking, tuple[int, str]]:
    """-> (number of frames, the sentence of the last one). Empty for almost every event that is not minified."""
    found: dict[Lacking, tuple[int, str]] = {}
    stacks = [value.frames for value in event.exceptions] + [event.thread_frames]
    for frame in (frame for stack in stacks for frame in stack):
        if frame.symbolication is None or frame.symbolication.resolved:
            continue
        code, text = frame.symbolication.code, frame.symbolication.text
        if code == "no_mapping_for_uuid":
            file, debug_id = "", next((image.debug_id for image in event.debug_images if image.type == "proguard"), "")
        else:
            file = names(frame.abs_path or frame.filename)[0][:FILE_CHARACTERS]
            own = (frame.abs_path, frame.filename)
            debug_id = next((image.debug_id for image in event.debug_images if image.type == "sourcemap" and image.code_file in own), "")
        what = Lacking(event.release, event.dist, file, debug_id, code)
        found[what] = (found.get(what, (0, ""))[0] + 1, text)
    return found
