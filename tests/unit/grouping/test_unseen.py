"""What programs that the algorithm had not seen taught version 2; each case is a mistake that it made."""

import json

import msgspec
import pytest

from seiche.grouping.helpers import is_helper
from seiche.grouping.names import file_name
from seiche.grouping.near import NearIndex
from seiche.grouping.shape import Shape, Step, shape
from seiche.grouping.templates import lacking, remote, template, unreachable
from seiche.grouping.v2 import group
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise

EMPTY = Event(event_id="a" * 32, project_id=1, received_at_us=0, occurred_at_us=0)


def event(kind, value, *frames, platform="python", **more):
    return msgspec.structs.replace(EMPTY, platform=platform, release="1", exceptions=(ExceptionValue(kind, value, frames=frames, **more),))


def own(function, line="", module="shop.cart", **more):
    return Frame(function, module, in_app=True, context_line=line, **more)


def same(one, other):
    """Whether two events are one issue, by fingerprints alone."""
    return not set(group(one).fingerprints).isdisjoint(group(other).fingerprints)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Unexpected token '<', \"<html>\" is not valid JSON", "Unexpected end of JSON input"),
        ("Unexpected token < in JSON at position 0", "JSON.parse: unexpected character at line 1 column 1 of the JSON data"),
        ("Expecting value: line 1 column 1 (char 0)", "Extra data: line 1 column 5 (char 4)"),
        ("Cannot read properties of undefined (reading 'trim')", "Cannot read properties of null (reading 'trim')"),
        ('can\'t access property "trim", e.name is undefined', "undefined is not an object (evaluating 'e.name.trim')"),
        ("Invalid regular expression: /(/gi: Unterminated group", "Invalid regular expression: /*/: Nothing to repeat"),
        ("too many values to unpack (expected 2)", "not enough values to unpack (expected 2, got 1)"),
    ],
)
def test_one_mistake_in_the_words_of_other_data_or_browsers(one, other) -> None:
    assert template(one) == template(other)


def test_what_an_error_lacks() -> None:
    assert lacking("KeyError", "'size'", 'job["format"]["size"]') == "size"
    assert lacking("KeyError", "'p6837'", "PRICES[kind]") == ""
    assert lacking("IntegrityError", "(sqlite3.IntegrityError) UNIQUE constraint failed: stock.sku", "") == "UNIQUE stock.sku"
    assert lacking("UniqueViolation", 'duplicate key value violates unique constraint "stock_pkey"', "") == "unique stock_pkey"
    assert lacking("JdbcSQLException", 'NULL not allowed for column "SACKS"; SQL statement:', "") == "SACKS"


def test_two_keys_or_constraints_missed_on_one_line_are_two_issues() -> None:
    line = 'pages, size = job["pages"], job["format"]["size"]'
    assert not same(event("KeyError", "'pages'", own("layout", line)), event("KeyError", "'size'", own("layout", line)))
    texts = ("UNIQUE constraint failed: stock.sku", "NOT NULL constraint failed: stock.left")
    one, other = (event("IntegrityError", said, own("restock", "session.flush()"), Frame("execute", "sqlalchemy.x")) for said in texts)
    assert not same(one, other)


def test_two_guards_of_one_function_are_two_issues_though_their_stacks_look_alike() -> None:
    guard = own("demand", 'raise ValueError(f"{name} is needed")', "shop.checks")
    one, other = (
        event("ValueError", f"{name} is needed", own("mix", f'demand(recipe.get("{name}"), "{name}")'), guard) for name in ("cyan", "black")
    )
    assert not same(one, other)


def test_code_made_at_run_time_and_native_functions_are_never_at_fault() -> None:
    made = Frame("_prepare_impl", "sqlalchemy.orm.session", "<string>", in_app=True)
    assert shape(event("IntegrityError", "x", own("open_account", "session.commit()"), made)).steps[0].function == "open_account"
    file = "https://x.test/main-FOBZVXYL.js"
    native = Frame("JSON.parse", filename="<anonymous>", in_app=True)
    bundled = event("SyntaxError", "Unexpected end of JSON input", Frame("n", "", file, file, 1, 900, True), native, platform="javascript")
    assert shape(bundled).position == f"{file}:1:900"
    worse = event("SyntaxError", '"x" is not valid JSON', Frame("n", "", file, file, 1, 900, True), native, platform="javascript")
    assert same(bundled, worse)


@pytest.mark.parametrize("name", ["main.js", "main.min.js", "main-FOBZVXYL.js", "main-h63gHtye.js", "main.5f3a2b1c.min.js"])
def test_a_bundle_is_one_file_whatever_its_build_added(name) -> None:
    assert file_name(name) == "main.js"


def test_a_message_is_one_issue_with_and_without_the_stack_that_newer_sdks_add() -> None:
    plain = msgspec.structs.replace(EMPTY, platform="node", message="berth 7 took 90 ms to answer")
    stacked = event("", "berth 12 took 8 ms to answer", own("plan"), platform="node", synthetic=True)
    assert same(plain, stacked)
    assert not same(plain, event("", "gate 4 would not close", own("plan"), platform="node", synthetic=True))


@pytest.mark.parametrize(
    ("place", "function", "asked", "helps"),
    [
        ("weather", "request", False, True),
        ("weather", "fetchJson", False, True),
        ("shop.orders", "_send_request", False, True),
        ("shop.orders", "read_request", False, False),
        ("shop.orders", "handle_request", False, False),
        ("shop.store", "findOrThrow", False, True),
        ("com.mill.Archive", "get", False, False),
        ("com.mill.Archive", "get", True, True),
        ("shop.accounts", "report", False, False),
    ],
)
def test_names_of_helpers(place, function, asked, helps) -> None:
    assert is_helper(place, function, "Error", asked=asked) is helps


def test_what_another_service_answered_is_known_by_its_words() -> None:
    assert all(remote(template(one)) for one in ("the shop answered 503", "502 Server Error: Bad Gateway for url: http://x/y"))
    assert all(unreachable(template(one)) for one in ("fetch failed", "connect ECONNREFUSED 10.0.0.1:80"))
    assert not any(remote(template(one)) for one in ("order 7 wants 9 sacks", "Index 33 out of bounds for length 4"))


def test_a_service_that_cannot_be_reached_is_one_problem_and_one_that_refuses_is_its_callers() -> None:
    def called(path, said):
        return event("Error", said, own(f"get_{path}", f'request("/{path}")'), own("request", "raise Error(answer.status)"))

    assert same(called("geo", "connect ECONNREFUSED 10.0.0.1:80"), called("rates", "connect ECONNREFUSED 10.0.0.1:80"))
    assert not same(called("geo", "upstream responded with 503"), called("rates", "upstream responded with 503"))


def test_a_group_of_exceptions_is_its_first_member_and_a_library_that_wraps_its_own_answers_for_it() -> None:
    leaf, group_of = (
        ExceptionValue("KeyError", "'a'", frames=(own("collect", "x[y]"),)),
        ExceptionValue("ExceptionGroup", "2", frames=(own("all"),), is_group=True),
    )
    both = msgspec.structs.replace(EMPTY, platform="python", exceptions=(leaf, group_of))
    assert group(both).type == "KeyError"
    asked = Frame("due", "com.mill.Orders", lineno=7, in_app=True)
    inner, outer = (
        ExceptionValue(kind, "", frames=(asked, Frame(function, "java.time")))
        for kind, function in (("DateTimeException", "check"), ("DateTimeParseException", "parse"))
    )
    assert group(msgspec.structs.replace(EMPTY, platform="java", exceptions=(inner, outer))).type == "DateTimeParseException"
    thrown = ExceptionValue("ArchiveException", "", frames=(msgspec.structs.replace(asked, lineno=9),))
    assert group(msgspec.structs.replace(EMPTY, platform="java", exceptions=(inner, thrown))).type == "DateTimeException"


def test_a_comprehension_is_a_part_of_its_function() -> None:
    line = "[round(255 / (steps - step)) for step in range(steps + 1)]"
    older = event("ZeroDivisionError", "division by zero", own("gradient", "return " + line), own("<listcomp>", line))
    assert same(older, event("ZeroDivisionError", "division by zero", own("gradient", line)))


def test_a_minified_stack_overflow_is_where_it_turns() -> None:
    file = "https://x.test/main.js"
    turn = [Frame("n", "", file, file, 1, column, True) for column in (700, 900)]
    loops = [
        event("RangeError", "Maximum call stack size exceeded", *(turn * times), *turn[:cut], platform="javascript")
        for times, cut in ((20, 0), (22, 1))
    ]
    assert same(*loops)


def written(function="total", place="shop.cart", line="_ .items .price", release="1", **more):
    steps = (Step(place, function, line), Step("shop.web", "pay"))
    return Shape(type="E", template="cannot add the price", steps=steps, release=release, **more)


def test_a_module_known_to_be_renamed_takes_its_functions_along() -> None:
    index = NearIndex()
    index.add(1, "a", written())
    index.add(
        2, "b", written("split", line="").__class__(type="F", template="cannot split it", steps=(Step("shop.cart", "split"),), release="1")
    )
    alone = Shape(type="F", template="cannot split it", steps=(Step("shop.basket", "split"),), release="2")
    assert index.decide(alone).issue_id is None
    moved = written(place="shop.basket", release="2")
    assert index.decide(moved).issue_id == 1
    index.add(1, "c", moved)
    assert index.decide(alone).issue_id == 2


def bundled(column, build, *callers, via=""):
    position = f"https://x.test/main-{build}.js:1:{column}"
    found = Shape(type="E", template="the shop answered <number>", steps=(Step("main.js", ""),), minified=True, position=position)
    return msgspec.structs.replace(found, columns=callers, release=build, via=via and f"https://x.test/main-{build}.js:1:{via}")


def test_one_message_goes_on_to_the_next_build_and_one_of_twins_only_where_something_shows_which() -> None:
    index = NearIndex()
    index.add(1, "a", bundled(5000, "AAAAAAA2"))
    assert index.decide(bundled(90_000, "BBBBBBB2")).issue_id == 1
    index.add(2, "b", bundled(5100, "AAAAAAA2"))
    assert index.decide(bundled(5200, "BBBBBBB2")).issue_id is None
    index.add(1, "c", bundled(5200, "BBBBBBB2"))
    assert index.decide(bundled(90_000, "BBBBBBB2")).issue_id is None
    assert index.decide(bundled(5300, "BBBBBBB2")).issue_id == 2


def test_callers_of_a_minified_client_are_told_apart_by_how_far_they_stand() -> None:
    index = NearIndex()
    index.add(1, "a", bundled(5000, "AAAAAAA2", 93, via="5093"))
    index.add(2, "b", bundled(5000, "AAAAAAA2", 165, via="5165"))
    assert index.decide(bundled(9000, "BBBBBBB2", 165, via="9165")).issue_id == 2
    assert index.decide(bundled(9000, "BBBBBBB2", 300, via="9300")).issue_id is None


def test_a_function_with_another_name_is_known_by_its_line_and_words_whoever_calls_it() -> None:
    index = NearIndex()
    index.add(1, "a", written(line="# .toFixed _"))
    renamed = Step("shop.cart", "compose_outline", "# .toFixed _")
    moved = Step("shop.cart_service", "total_v2", "# .toFixed _")
    for step in (renamed, moved):
        assert (
            index.decide(Shape(type="E", template="cannot add the price", steps=(step, Step("shop.api", "run")), release="2")).issue_id == 1
        )


def test_frames_that_an_sdk_says_nothing_of_are_libraries_where_it_marks_others() -> None:
    def marked(*flags):
        frames = [{"function": "f", "module": f"com.mill.Part{number}", "in_app": flag} for number, flag in enumerate(flags)]
        payload = {"platform": "java", "exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}
        record = LogRecord(kind=RecordKind.EVENT, received_at_us=1, project_id=1, event_id="a" * 32)
        return [frame.in_app for frame in normalise(json.dumps(payload).encode(), record, ProjectConfig()).exceptions[0].frames]

    assert marked(True, None, False) == [True, False, False]
    assert marked(None, False) == [True, False]
