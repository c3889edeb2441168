"""Java frames: renamed, inlined ones apart, the exception as well; and what is said without the mapping."""

import json

from seiche.artifacts.mapping import ProguardMapping
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.symbolicate import NO_ARTIFACTS, symbolicate

UUID = "582797e6-bd7f-5367-8191-734625039892"
MAPPING = b"""org.shop.Cart -> a.b:
    1:1:int discount():40:40 -> a
    1:1:void checkout(int):12 -> a
    2:5:void checkout(int):13:16 -> a
org.shop.UnknownCodeException -> a.c:
"""


class Uploaded:
    empty = False

    def class_mapping(self, debug_id):
        assert debug_id == UUID
        return ProguardMapping(MAPPING, "mapping.txt")


def event_of(artifacts, *frames):
    sent = {
        "platform": "java",
        "debug_meta": {"images": [{"type": "proguard", "uuid": UUID.upper()}]},
        "exception": {"values": [{"type": "c", "module": "a", "value": "SUMMER", "stacktrace": {"frames": list(frames)}}]},
    }
    record = LogRecord(
        kind=RecordKind.EVENT, received_at_us=1, project_id=1, public_key="k", event_id="1" * 32, config_version=1, received=1
    )
    config = ProjectConfig()
    return symbolicate(normalise(json.dumps(sent).encode(), record, config), config, artifacts)


def test_renamed_and_inlined():
    found = event_of(
        Uploaded(),
        {"module": "android.os.Handler", "function": "dispatchMessage", "lineno": 106},
        {"module": "a.b", "function": "a", "lineno": 4},
        {"module": "a.b", "function": "a", "lineno": 1},
        {"module": "a.b", "function": "zz", "lineno": 1},
    )
    assert (found.exceptions[0].module, found.exceptions[0].type) == ("org.shop", "UnknownCodeException")
    assert [(frame.module, frame.function, frame.lineno) for frame in found.frames] == [
        ("android.os.Handler", "dispatchMessage", 106),
        ("org.shop.Cart", "checkout", 15),
        ("org.shop.Cart", "checkout", 12),
        ("org.shop.Cart", "discount", 40),
        ("org.shop.Cart", "zz", 1),
    ]
    plain, renamed, *_, unknown = found.frames
    assert plain.symbolication is None
    assert (renamed.symbolication.module, renamed.symbolication.function, renamed.filename) == ("a.b", "a", "Cart.java")
    assert "does not know the method zz" in unknown.symbolication.text
    assert [frame.in_app for frame in found.frames] == [False, True, True, True, True]


def test_without_the_mapping():
    found = event_of(NO_ARTIFACTS, {"module": "a.b", "function": "a", "lineno": 4})
    assert (found.frames[0].function, found.frames[0].symbolication.code) == ("a", "no_mapping_for_uuid")
    assert found.exceptions[0].type == "c"
