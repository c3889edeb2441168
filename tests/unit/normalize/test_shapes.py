"""Every shape that SDKs send becomes the one shape."""

import json
import re

import pytest

from seiche.errors import InvalidInput
from seiche.grouping import group
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise, search_text

NOW_US = 1_764_000_000_000_000
FRAME = {"function": "f", "filename": "a.py", "lineno": 3}
THROWN = {"type": "ValueError", "value": "bad", "stacktrace": {"frames": [FRAME]}}


def event(tree=None, *, config=None, **fields):
    record = {"kind": RecordKind.EVENT, "received_at_us": NOW_US, "project_id": 1, "event_id": "a" * 32, "client_ip": "192.0.2.9"} | fields
    return normalise(json.dumps(tree or {}).encode(), LogRecord(**record), config or ProjectConfig())


@pytest.mark.parametrize(
    "tree",
    [
        {"exception": {"values": [THROWN]}},
        {"exception": [THROWN]},
        {"exception": THROWN},
        {"exception": {"values": [None, THROWN]}},
        {"sentry.interfaces.Exception": {"values": [THROWN]}},
        {"exception": [THROWN, "nonsense", 7]},
        {"exception": {"type": "ValueError", "value": "bad"}, "stacktrace": {"frames": [FRAME]}},
        {"exception": {"type": "ValueError", "value": "bad"}, "sentry.interfaces.Stacktrace": {"frames": [FRAME]}},
        {"exception": {"value": "ValueError: bad", "stacktrace": {"frames": [FRAME, None]}}},
        {"exception": {"type": "ValueError", "value": "bad", "raw_stacktrace": {"frames": [FRAME]}}},
        {"exception": {"type": "ValueError", "value": "bad", "stacktrace": [FRAME]}},
    ],
)
def test_exceptions(tree) -> None:
    found = event(tree)
    (exception,) = found.exceptions
    assert (exception.type, exception.value, [frame.function for frame in exception.frames]) == ("ValueError", "bad", ["f"])
    assert found.thread_frames == ()
    assert bool(found.remarks) == ("nonsense" in str(tree))


def test_what_is_dropped_is_remarked() -> None:
    found = event({"exception": "boom", "threads": 7, "breadcrumbs": [1, {"message": "x"}], "stacktrace": {"frames": 3}})
    assert found.exceptions == ()
    assert len(found.remarks) == 4
    assert [crumb.message for crumb in found.breadcrumbs] == ["x"]


def test_the_mechanism_says_whether_it_was_handled() -> None:
    (exception,) = event(
        {"exception": [THROWN | {"mechanism": {"type": "signal", "handled": False, "synthetic": True}, "thread_id": 7}]}
    ).exceptions
    assert (exception.handled, exception.mechanism, exception.synthetic, exception.thread_id) == (False, "signal", True, "7")


def threads(*given):
    return [{"id": number, "stacktrace": {"frames": [{"function": f"t{number}"}]}} | more for number, more in enumerate(given)]


@pytest.mark.parametrize(
    ("tree", "function"),
    [
        ({"threads": {"values": threads({}, {"current": True}, {"crashed": True})}}, "t2"),
        ({"threads": threads({}, {"current": True})}, "t1"),
        ({"threads": threads({})}, "t0"),
        ({"threads": threads({})[0]}, "t0"),
        ({"stacktrace": {"frames": [FRAME]}}, "f"),
        ({"threads": threads({}, {})}, None),
        ({"threads": threads({}), "exception": [THROWN]}, None),
    ],
)
def test_a_threads_stack_where_no_exception_carries_one(tree, function) -> None:
    assert [frame.function for frame in event(tree).thread_frames] == ([function] if function else [])


@pytest.mark.parametrize(
    ("tree", "message", "template"),
    [
        ({"message": "hello"}, "hello", ""),
        ({"logentry": {"formatted": "hello 7", "message": "hello %s"}}, "hello 7", "hello %s"),
        ({"logentry": {"message": "hello %s, %d%%", "params": ["you", 7]}}, "hello you, 7%", "hello %s, %d%%"),
        ({"logentry": {"message": "hello {} and {name}", "params": {"name": "you"}}}, "hello {} and you", "hello {} and {name}"),
        ({"logentry": {"message": "%999999999d %s %s", "params": [7]}}, "7 %s %s", "%999999999d %s %s"),
        ({"message": {"message": "plain"}}, "plain", ""),
        ({"sentry.interfaces.Message": {"message": "plain", "params": []}}, "plain", ""),
        ({"message": None, "logentry": None}, "", ""),
        ({"message": ["a", 1]}, '["a",1]', ""),
    ],
)
def test_messages(tree, message, template) -> None:
    found = event(tree)
    assert (found.message, found.message_template) == (message, template)


def test_tags_of_a_dict_or_pairs() -> None:
    expected = (("a", "1"), ("b", "True"), ("c", "x"))
    assert event({"tags": {"a": 1, "b": True, "c": "x", "d": None, "": "y"}}).tags == expected
    assert event({"tags": [["a", 1], ["b", True], ["c", "x"], ["a", 2], ["bad"], None, 7]}).tags == expected
    assert event({"tags": [{"key": "a", "value": 1}]}).tags == (("a", "1"),)
    assert event({"tags": 7}).tags == ()


@pytest.mark.parametrize("headers", [{"Accept": "x", "Host": "h"}, [["Accept", "x"], ["Host", "h"]]])
def test_request_headers_of_a_dict_or_pairs(headers) -> None:
    request = event(
        {"request": {"headers": headers, "query_string": [["a", "1"], ["b", "ü"]], "url": "http://x/", "data": {"deep": [1]}}}
    ).request
    assert request == {"headers": {"Accept": "x", "Host": "h"}, "query_string": "a=1&b=%C3%BC", "url": "http://x/", "data": {"deep": [1]}}
    assert event({"request": {"headers": [["A", "1"], ["A", "2"]]}}).request == {"headers": {"A": "1, 2"}}


@pytest.mark.parametrize(
    ("tree", "key"),
    [
        ({"user": {"id": 7, "email": "e"}}, "id:7"),
        ({"user": {"email": "e"}}, "email:e"),
        ({"user": {"ip_address": "{{auto}}"}}, "ip_address:192.0.2.9"),
        ({"request": {"env": {"REMOTE_ADDR": "198.51.100.1"}}}, "ip_address:198.51.100.1"),
        ({"platform": "javascript"}, "ip_address:192.0.2.9"),
        ({"platform": "python"}, ""),
        ({"user": "nobody", "request": "x"}, ""),
    ],
)
def test_users(tree, key) -> None:
    assert event(tree).user.key == key


def test_no_address_of_the_connection_where_addresses_are_scrubbed() -> None:
    assert event({"user": {"ip_address": "{{auto}}"}}, config=ProjectConfig(scrub_ip_addresses=True)).user.key == ""


@pytest.mark.parametrize(
    ("timestamp", "sent_at_us", "seconds"),
    [
        (1_763_999_990, None, -10),
        (1_763_999_990.25, None, -9.75),
        ("1763999990", None, -10),
        ("2025-11-24T15:59:50Z", None, -10),
        ("2025-11-24T15:59:50", None, -10),
        ("2025-11-24T15:59:50.123456789Z", None, -9.876544),
        ("2025-11-24T17:59:50+02:00", None, -10),
        (None, None, 0),
        ("yesterday", None, 0),
        (True, None, 0),
        (1_763_999_990, NOW_US - 3_000_000, -10),
        (1_763_996_390, NOW_US - 3_600_000_000, -10),
        (1_764_003_590, NOW_US + 3_600_000_000, -10),
        (1_764_000_100, None, 0),
        (1_700_000_000, None, 0),
        (0, None, 0),
        (10**40, None, 0),
    ],
)
def test_times(timestamp, sent_at_us, seconds) -> None:
    assert event({"timestamp": timestamp}, sent_at_us=sent_at_us).occurred_at_us == NOW_US + round(seconds * 1_000_000)


@pytest.mark.parametrize(
    ("sent", "level"),
    [("fatal", "fatal"), ("WARN", "warning"), ("critical", "fatal"), (40, "error"), (None, "error"), ("loud", "error"), ({}, "error")],
)
def test_levels(sent, level) -> None:
    assert event({"level": sent}).level == level


@pytest.mark.parametrize(
    ("release", "environment", "expected"),
    [
        ("shop@1.2.3+7", "production", ("shop@1.2.3+7", "production")),
        ("a/b", "a/b", ("", "")),
        ("latest", "None", ("", "")),
        ("..", "x" * 65, ("", "")),
        ("a\nb", "a\tb", ("", "")),
        (12, 34, ("12", "34")),
        ("x" * 201, None, ("", "")),
    ],
)
def test_unusable_releases_and_environments_are_removed_not_refused(release, environment, expected) -> None:
    found = event({"release": release, "environment": environment})
    assert (found.release, found.environment) == expected
    assert ("release" in str(found.remarks)) == (expected[0] == "")


def test_the_environment_may_be_a_tag() -> None:
    assert event({"tags": {"environment": "qa"}}).environment == "qa"


@pytest.mark.parametrize(
    ("sent", "expected"), [(["a", 1, None], ("a", "1")), ("a", ("a",)), ([], ()), (None, ()), ([""], ()), ([["x"]], ('["x"]',))]
)
def test_fingerprints(sent, expected) -> None:
    assert event({"fingerprint": sent}).fingerprint == expected


def frame_of(config=None, **fields):
    return event({"exception": {"type": "E", "stacktrace": {"frames": [fields]}}}, config=config).exceptions[0].frames[0]


@pytest.mark.parametrize(
    ("fields", "in_app"),
    [
        ({"module": "shop.cart", "filename": "shop/cart.py"}, True),
        ({"abs_path": "/venv/lib/python3.11/site-packages/flask/app.py"}, False),
        ({"abs_path": "/usr/lib/python3.11/json/decoder.py"}, False),
        ({"filename": "/srv/node_modules/express/router.js"}, False),
        ({"filename": "node:internal/timers"}, False),
        ({"module": "java.util.ArrayList"}, False),
        ({"module": "javascript.main"}, True),
        ({"module": "shop", "in_app": False}, False),
        ({"abs_path": "/x/site-packages/y.py", "in_app": True}, True),
        ({}, False),
    ],
)
def test_frames_are_told_apart_where_the_sdk_does_not(fields, in_app) -> None:
    assert frame_of(**fields).in_app is in_app


def test_the_project_has_the_last_word_on_its_frames() -> None:
    config = ProjectConfig(in_app_include=("vendored",), in_app_exclude=("shop.generated",))
    assert frame_of(config, module="vendored.lib", in_app=False).in_app
    assert not frame_of(config, module="shop.generated.api", in_app=True).in_app
    assert frame_of(config, module="shop.generatedx", in_app=True).in_app


@pytest.mark.parametrize(
    ("fields", "filename", "abs_path"),
    [
        ({"filename": "a.py"}, "a.py", "a.py"),
        ({"abs_path": "https://x.test/static/app.js?v=1"}, "/static/app.js", "https://x.test/static/app.js?v=1"),
        ({"abs_path": "/srv/a.py"}, "/srv/a.py", "/srv/a.py"),
        ({"abs_path": "http://[bad"}, "http://[bad", "http://[bad"),
    ],
)
def test_file_names_are_filled_in(fields, filename, abs_path) -> None:
    frame = frame_of(**fields)
    assert (frame.filename, frame.abs_path) == (filename, abs_path)


def test_limits_leave_remarks() -> None:
    tree = {
        "logger": "l" * 100,
        "message": "m" * 9000,
        "tags": {"k": "v" * 300},
        "exception": {"type": "T" * 300, "value": "v" * 9000, "stacktrace": {"frames": [FRAME | {"lineno": n} for n in range(300)]}},
        "extra": {"big": "x" * 20_000, "deep": [[[[[[[[[[1]]]]]]]]]]},
        "breadcrumbs": [{"message": str(n)} for n in range(120)],
        "contexts": {"c": {"x": ["y" * 100] * 200}},
    }
    found = event(tree)
    (exception,) = found.exceptions
    assert (len(found.logger), len(found.message), len(found.tags[0][1]), len(exception.type), len(exception.value)) == (
        64,
        8192,
        200,
        256,
        8192,
    )
    assert [frame.lineno for frame in exception.frames] == [*range(125), *range(175, 300)]
    assert (found.breadcrumbs[0].message, len(found.breadcrumbs)) == ("20", 100)
    assert len(json.dumps(found.contexts)) < 9000
    for name in (
        "logger",
        "message",
        "tags.k",
        "exception.value",
        "exception.stacktrace",
        "extra.big",
        "extra.deep",
        "breadcrumbs",
        "contexts.c",
    ):
        assert re.search(rf"^{name}: ", "\n".join(found.remarks), re.MULTILINE), name


def test_what_cannot_be_stored_as_text_is_replaced() -> None:
    found = event({"message": "a\0b", "tags": {"x": "\ud800"}, "extra": {"n": float("inf"), "i": 10**30}})
    assert (found.message, found.tags, found.extra) == ("a\ufffdb", (("x", "\ufffd"),), {"n": "inf", "i": str(10**30)})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "invalid_json"),
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"a":"\xff"}', "invalid_utf8"),
        (b"[" * 99_999, "too_deep"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(body, reason) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise(body, LogRecord(kind=RecordKind.EVENT, received_at_us=NOW_US), ProjectConfig())
    assert caught.value.reason == reason


def test_what_cython_compiled_is_no_own_code_whatever_the_sdk_says() -> None:
    compiled = {"module": "lib._cy", "filename": "lib/lib/_cy.py", "function": "lib._cy.Row.one", "in_app": True}
    own = {"module": "shop.cart", "filename": "shop/cart.py", "function": "Cart.total", "in_app": True}
    found = event({"exception": [THROWN | {"stacktrace": {"frames": [own, compiled, compiled | {"context_line": "x"}]}}]})
    assert [frame.in_app for frame in found.exceptions[0].frames] == [True, False, True]


def test_what_cpython_froze_is_no_own_code_whatever_the_sdk_says() -> None:
    frozen = {
        "module": "codecs",
        "filename": "<frozen codecs>",
        "abs_path": "/srv/shop/<frozen codecs>",
        "function": "decode",
        "in_app": True,
    }
    own = {"module": "shop.stock", "filename": "shop/stock.py", "function": "import_stock", "in_app": True, "context_line": "read()"}
    found = event({"exception": [THROWN | {"stacktrace": {"frames": [own, frozen]}}]})
    assert [frame.in_app for frame in found.exceptions[0].frames] == [True, False]
    assert group(found, ProjectConfig()).culprit == "shop.stock in import_stock"


def test_search_text_holds_the_most_telling_first_and_nothing_twice() -> None:
    frames = [FRAME | {"function": f"lib{n}", "in_app": False} for n in range(200)] + [
        FRAME | {"function": "own", "context_line": "  x = 1"}
    ]
    tree = {"exception": [THROWN | {"stacktrace": {"frames": frames}}], "breadcrumbs": [{"message": "click"}, {"message": "click"}]}
    found = event(tree | {"message": "it broke"})
    lines = search_text(found, group(found, ProjectConfig())).splitlines()
    assert lines[:8] == ["ValueError: bad", "it broke", "ValueError", "bad", "own", "a.py", "x = 1", "click"]
    assert len(lines) == len(set(lines))
    big = event({"message": "w " * 4000, "breadcrumbs": [{"message": f"{n} " * 90} for n in range(90)]})
    assert 4000 < len(search_text(big, group(big, ProjectConfig()))) <= 4096
