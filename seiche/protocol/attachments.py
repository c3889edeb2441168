"""What an attachment says of itself, made safe: names become file names, content types words."""

import re
import unicodedata

MINIDUMP, APPLE_CRASH_REPORT, PLAIN = "event.minidump", "event.applecrashreport", "event.attachment"
CRASHES = frozenset({MINIDUMP, APPLE_CRASH_REPORT})
"""Types that make an event where the envelope holds none."""
MINIDUMP_MAGIC = (b"MDMP", b"PMDM")
ANY_TYPE = "application/octet-stream"
NAME_CHARACTERS = 200
_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")
_TYPE = re.compile(r"[a-z0-9_.]{1,64}")


def file_name(sent: str) -> str:
    """The last part of whatever path was sent, without control, format or direction characters; never empty, never `..`."""
    last = re.split(r"[/\\]", sent)[-1]
    plain = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" and letter not in "\u2028\u2029").strip(" .")
    return plain[-NAME_CHARACTERS:] or "attachment"


def content_type(sent: str) -> str:
    """`type/subtype` in lower case without parameters; `application/octet-stream` of anything else."""
    plain = sent.partition(";")[0].strip().lower()
    return plain if _CONTENT_TYPE.fullmatch(plain) else ANY_TYPE


def attachment_type(sent: str) -> str:
    """Sentry's word for it; `event.attachment` of anything that is none."""
    return sent if _TYPE.fullmatch(sent) else PLAIN
