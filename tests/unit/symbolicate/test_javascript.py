"""JavaScript frames: which are asked about, by what name, and what each says that stays as it is."""

import json

import pytest

from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.symbolicate import NO_ARTIFACTS, symbolicate
from seiche.symbolicate.artifacts import Missing, Position
from seiche.symbolicate.javascript import MAPS_LIMIT, names, own_path
from seiche.testing.bundles import EXAMPLE_DEBUG_ID, example_event


class Map:
    name = "~/static/app.js.map"

    def __init__(self, source="webpack://shop/./src/cart.ts", function="applyDiscount"):
        self.source, self.function, self.asked = source, function, []

    def lookup(self, line, column):
        self.asked.append((line, column))
        return Position(self.source, 9, 3, self.function, "return cart.total", ("const discount",), ("}",)) if column < 1000 else None


class Artifacts:
    """Answers what it is told, and remembers what it was asked."""

    empty = False

    def __init__(self, by_id=None, by_url=None):
        self.by_id, self.by_url, self.asked = by_id or Missing("no_id", ""), by_url or Missing("no_url", ""), []

    def source_map_by_debug_id(self, debug_id):
        self.asked.append(debug_id)
        return self.by_id

    def source_map_by_url(self, release, dist, urls):
        self.asked.append((release, dist, urls))
        return self.by_url

    def class_mapping(self, debug_id):
        raise AssertionError(debug_id)


def frames(event, artifacts, config=None):
    config = config or ProjectConfig()
    record = LogRecord(
        kind=RecordKind.EVENT, received_at_us=1, project_id=1, public_key="k", event_id="1" * 32, config_version=1, received=1
    )
    resolved = symbolicate(normalise(json.dumps(event).encode(), record, config), config, artifacts)
    return resolved.frames


def test_by_debug_id():
    found = Map()
    artifacts = Artifacts(by_id=found)
    outer, _, guilty = frames(example_event(release="shop@1"), artifacts)
    assert artifacts.asked == [EXAMPLE_DEBUG_ID], "one question for the three frames of a file"
    assert found.asked == [(3, 122), (3, 89), (3, 61)]
    assert (guilty.function, guilty.module, guilty.filename, guilty.lineno, guilty.colno) == (
        "applyDiscount",
        "src/cart",
        "src/cart.ts",
        9,
        3,
    )
    assert (guilty.pre_context, guilty.context_line, guilty.post_context) == (("const discount",), "return cart.total", ("}",))
    assert guilty.in_app
    kept = guilty.symbolication
    assert (kept.resolved, kept.code, kept.text) == (True, "debug_id", "from ~/static/app.js.map")
    assert (kept.function, kept.abs_path, kept.lineno, kept.colno) == ("n", "https://shop.example.org/static/app.js", 3, 61)
    assert outer.symbolication.function == "globalThis.buy"


def test_by_release_where_the_id_has_nothing():
    artifacts = Artifacts(by_url=Map())
    assert frames(example_event(release="shop@1", dist="7"), artifacts)[-1].symbolication.resolved
    assert artifacts.asked[1] == ("shop@1", "7", ("https://shop.example.org/static/app.js", "~/static/app.js"))


def test_the_missing_id_is_the_reason_where_neither_has():
    found = frames(example_event(release="shop@1"), Artifacts())[-1]
    assert (found.function, found.symbolication.resolved, found.symbolication.code) == ("n", False, "no_id")


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (example_event(), "no_artifact_for_debug_id"),
        (example_event(debug_ids=False), "no_debug_id_no_release"),
        (example_event(debug_ids=False, release="shop@1"), "release_without_artifacts"),
    ],
)
def test_reasons_of_a_project_without_uploads(event, code):
    found = frames(event, NO_ARTIFACTS)
    assert [frame.symbolication.code for frame in found] == [code] * 3
    assert all(frame.symbolication.text for frame in found)


def test_no_column_and_no_token():
    event = example_event()
    sent = event["exception"]["values"][0]["stacktrace"]["frames"]
    del sent[0]["colno"]
    sent[1]["colno"] = 4000
    first, second, third = frames(event, Artifacts(by_id=Map()))
    assert first.symbolication.code == "no_position"
    assert second.symbolication.code == "no_token"
    assert "line 3, column 4000" in second.symbolication.text
    assert third.symbolication.resolved


@pytest.mark.parametrize("path", ["<anonymous>", "[native code]", "chrome-extension://abc/x.js", "node:internal/timers", "native"])
def test_what_is_no_file_is_left_alone(path):
    artifacts = Artifacts()
    found = frames(example_event(url=path, debug_ids=False, release="shop@1"), artifacts)
    assert [frame.symbolication for frame in found] == [None] * 3
    assert artifacts.asked == []


def test_a_server_is_not_told_that_its_plain_files_lack_maps():
    event = example_event(url="/srv/shop/app.js", debug_ids=False, release="shop@1", platform="node")
    assert {frame.symbolication for frame in frames(event, Artifacts())} == {None}
    assert frames(event, Artifacts(by_url=Map()))[-1].symbolication.resolved


def test_other_platforms_ask_nothing():
    artifacts = Artifacts(by_id=Map(), by_url=Map())
    assert frames(example_event(platform="python", debug_ids=False, release="shop@1"), artifacts)[-1].symbolication is None
    assert artifacts.asked == []


def test_libraries_and_bundlers_are_not_in_app():
    for source in (
        "webpack://shop/./node_modules/react/index.js",
        "webpack://shop/webpack/bootstrap",
        "webpack:///(webpack)/buildin/module.js",
    ):
        assert not frames(example_event(), Artifacts(by_id=Map(source)))[-1].in_app, source
    config = ProjectConfig(in_app_include=("node_modules/own",))
    assert frames(example_event(), Artifacts(by_id=Map("./node_modules/own/x.js")), config)[-1].in_app


def test_files_of_one_event_are_bounded():
    event = example_event(release="shop@1", debug_ids=False)
    one = event["exception"]["values"][0]["stacktrace"]["frames"][0]
    sent = [{**one, "abs_path": f"https://x/{number}.js"} for number in range(MAPS_LIMIT + 20)]
    event["exception"]["values"][0]["stacktrace"]["frames"] = sent
    artifacts = Artifacts()
    found = frames(event, artifacts)
    assert len(artifacts.asked) == MAPS_LIMIT
    assert [frame.symbolication.code for frame in found].count("too_many_files") == 20


@pytest.mark.parametrize(
    "meta", ["x", [], {"images": "x"}, {"images": [None, 1, {"type": "sourcemap"}]}, {"images": [{"type": [], "debug_id": {}}]}]
)
def test_odd_debug_meta_harms_nothing(meta):
    assert len(frames(example_event(debug_meta=meta, debug_ids=False), NO_ARTIFACTS)) == 3


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("webpack://shop/./src/cart.js?1a2b", "src/cart.js"),
        ("webpack:///./src/cart.js", "src/cart.js"),
        ("../../src/cart.js", "src/cart.js"),
        ("https://cdn.example.org/src/cart.js", "src/cart.js"),
        ("/", "/"),
    ],
)
def test_own_path(source, path):
    assert own_path(source) == path


def test_names_of_a_file():
    assert names("https://x:8/a/b.js?v=1#top") == ("https://x:8/a/b.js", "~/a/b.js")
    assert names("app:///dist/x.js") == ("app:///dist/x.js", "~/dist/x.js")
    assert names("http://[bad") == ("http://[bad",)
