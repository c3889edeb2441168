"""Version 2 is frozen: the fingerprints here, and those of tests/data/grouping, never change."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.grouping import DATA, SETS, load
from seiche.grouping.shape import shape
from seiche.grouping.v2 import group
from seiche.model.event import Event, ExceptionValue, Frame

OWN = Frame("total", "shop.cart", "shop/cart.py", "/srv/shop/cart.py", 7, None, True, "    return order.items.price")
CALLER = Frame("checkout", "shop.web", "shop/web.py", "", 3, None, True, "    total(order)")
LIBRARY = Frame("call", "flask.app", "flask/app.py", "/x/flask/app.py", 9, None, False)


def event(*exceptions, **fields):
    return Event(
        event_id="a" * 32, project_id=1, received_at_us=0, occurred_at_us=0, exceptions=exceptions, **{"platform": "python"} | fields
    )


def thrown(kind="TypeError", value="bad", *frames, **more):
    return ExceptionValue(kind, value, frames=frames, **more)


def first(*exceptions, **fields):
    return group(event(*exceptions, **fields)).fingerprints[0]


def components(grouping):
    return {item.name: item.value for item in grouping.components}


FROZEN = {
    "dev.jsonl.gz": "6a85d12703366019b85b0360c2a15e2e",
    "d4j.jsonl.gz": "a814e8f2aef7a4b9316731d2afd5b9ae",
    "own.jsonl.gz": "390a7a74946fc4235af21df18ca95550",
    "services.jsonl.gz": "8264e97deb3cf04049529df1cfae00bc",
    "node.jsonl.gz": "422d6686e139fda869d65a963f9d4b50",
    "browser.jsonl.gz": "9b8732164f3489fbab31679b9e63987b",
    "java.jsonl.gz": "8ed2064868e4f117edeb9715fb6a7e7b",
    "worker.jsonl.gz": "685e90557c5f86e1ac1357cb9fc3a447",
    "go.jsonl.gz": "1e0e1a49bdc65d166d948b308d61a2c0",
    "ruby.jsonl.gz": "26e42014a33762e3e92c3a346205f75a",
    "made.jsonl.gz": "abd8d811ab626123a0823baf06312147",
    "cases.jsonl": "9420ce35d67a0a06dca3d0da1de67e76",
}


@pytest.mark.parametrize("name", SETS)
def test_fingerprints_of_the_labelled_events_are_frozen(name) -> None:
    digest = hashlib.sha256()
    for row in load(name):
        grouping = group(row.event)
        digest.update("\n".join([*grouping.fingerprints, grouping.rule, grouping.culprit]).encode())
    assert digest.hexdigest()[:32] == FROZEN[name], f"version 2 of {DATA / name} changed: add a version instead"


def test_a_stack_is_its_type_place_function_and_line() -> None:
    grouping = group(event(thrown("TypeError", "bad 7", LIBRARY, CALLER, OWN)))
    assert (grouping.rule, grouping.version, grouping.culprit, grouping.title) == ("culprit", 2, "shop.cart in total", "TypeError: bad 7")
    assert components(grouping) == {"type": "TypeError", "place": "shop.cart", "function": "total", "line": "_ .items .price"}
    assert len(grouping.fingerprints) == 2


def test_lines_callers_and_values_do_not_matter_and_another_line_does() -> None:
    moved = Frame("total", "shop.cart", "/releases/2/shop/cart.py", "", 99, 3, True, "    outcome = cart.items.price  # faster")
    other = Frame("total", "shop.cart", "shop/cart.py", "", 8, None, True, "    return order.owner.name")
    assert first(thrown("TypeError", "1", CALLER, OWN)) == first(thrown("TypeError", "2", LIBRARY, moved))
    assert first(thrown("TypeError", "1", OWN)) != first(thrown("TypeError", "1", other))
    assert first(thrown("TypeError", "1", OWN)) != first(thrown("IndexError", "1", OWN))


def test_a_changed_in_app_flag_still_matches_by_the_whole_stack() -> None:
    flipped = Frame("call", "flask.app", "flask/app.py", "/x/flask/app.py", 9, None, True)
    one, other = (group(event(thrown("E", "x", LIBRARY, OWN, library))) for library in (LIBRARY, flipped))
    assert one.fingerprints[0] != other.fingerprints[0]
    assert one.fingerprints[1] == other.fingerprints[1]


def test_a_helper_fails_for_its_caller() -> None:
    guard = Frame("must", "shop.guards", "", "", 3, None, True, '    raise Invalid(f"{name} is required")')
    one, other = (Frame("sign_up", "shop.forms", "", "", 9, None, True, f"    must(form.{name})") for name in ("mail", "street"))
    assert first(thrown("Invalid", "", one, guard)) != first(thrown("Invalid", "", other, guard))
    grouping = group(event(thrown("Invalid", "", CALLER, one, guard)))
    assert (grouping.rule, grouping.culprit) == ("helper", "shop.forms in sign_up")
    assert components(grouping)["helper function"] == "must"


def test_a_function_that_raises_what_its_caller_names_is_a_helper_whatever_its_name() -> None:
    raises = Frame("pick", "shop.conf", "", "", 3, None, True, "    raise LookupError(name)")
    one, other = (Frame("boot", "shop.main", "", "", 9, None, True, f'    pick(env, "{name}")') for name in ("HOST", "PORT"))
    assert first(thrown("LookupError", "", one, raises)) != first(thrown("LookupError", "", other, raises))
    implicit = Frame("pick", "shop.conf", "", "", 3, None, True, "    return env[name].value")
    assert first(thrown("TypeError", "", one, implicit)) == first(thrown("TypeError", "", other, implicit))


def test_a_decorator_is_left_out_unless_it_failed_itself() -> None:
    wrapper = Frame("wrapper", "shop.retry", "", "", 3, None, True, "    return fn.call(budget.left)")
    assert [step.function for step in shape(event(thrown("E", "", CALLER, wrapper, OWN))).steps] == ["total", "checkout"]
    assert shape(event(thrown("E", "", CALLER, wrapper))).steps[0].function == "wrapper"


def test_recursion_counts_once_and_a_stack_overflow_is_its_cycle() -> None:
    assert shape(event(thrown("E", "", CALLER, OWN, OWN, OWN))).steps == shape(event(thrown("E", "", CALLER, OWN))).steps
    a, b = Frame("walk", "shop.tree", in_app=True), Frame("visit", "shop.tree", in_app=True)
    one = group(event(thrown("RecursionError", "maximum recursion depth exceeded", CALLER, *[a, b] * 30)))
    other = group(event(thrown("RecursionError", "maximum recursion depth exceeded in x", OWN, *[b, a] * 40)))
    assert one.rule == "recursion"
    assert one.fingerprints == other.fingerprints
    assert components(one)["cycle"] == "shop.tree.visit, shop.tree.walk"


def test_the_root_cause_decides_and_a_failure_of_the_handler_is_its_own() -> None:
    cause = thrown("KeyError", "'x'", CALLER, OWN)
    assert first(cause, thrown("StepFailed", "step 7", LIBRARY, CALLER)) == first(cause)
    deeper = Frame("refresh", "shop.store", "", "", 5, None, True, "    rows.first.name")
    handler = thrown("TypeError", "", LIBRARY, CALLER, deeper)
    assert first(cause, handler) == first(thrown("TypeError", "", CALLER, deeper))
    assert first(cause, handler, platform="java") == first(cause, platform="java")


def test_without_lines_the_first_word_of_the_message_tells_statements_apart() -> None:
    bare = Frame("reserve", "com.shop.Stock", "Stock.java", "", 7, None, True)
    say = [
        first(thrown("IllegalStateException", value, bare), platform="java")
        for value in ("stock of a is -1", "stock of b is -7", "shelf 3 is gone")
    ]
    assert say[0] == say[1] != say[2]


def test_minified_code_is_where_it_stands_in_its_build_or_its_surviving_text() -> None:
    def minified(column, file="https://x.test/index-DiwrgTda.js", line=""):
        top = Frame("t", "", file, file, 1, column, True, line)
        return event(
            thrown("TypeError", "e.rate is not a function", Frame("n", "", file, file, 1, 9000, True), top),
            platform="javascript",
            release="1",
        )

    assert shape(minified(3000)).minified
    assert group(minified(3000)).fingerprints == group(minified(3000)).fingerprints != group(minified(4000)).fingerprints
    assert group(minified(3000)).fingerprints != group(minified(3000, "https://x.test/index-Abcd1234.js")).fingerprints
    one = minified(3000, line="'{snip} function a(b){return b.items.total(b.tax)} {snip}'")
    assert group(one).fingerprints == group(minified(5000, line="'{snip} function zz(q){return q.items.total(q.tax)} {snip}'")).fingerprints


def test_messages_are_their_template_logger_and_type() -> None:
    one = group(event(message="order 17 of anna@shop.test failed", logger="shop.worker"))
    assert (one.rule, components(one)) == ("message", {"logger": "shop.worker", "message": "order <number> of <email> failed"})
    assert one.fingerprints == group(event(message="order 9 of b@x.test failed", logger="shop.worker")).fingerprints
    assert one.fingerprints != group(event(message="order 9 of b@x.test failed", logger="shop.web")).fingerprints
    assert first(message="hello anna", message_template="hello %s") == first(message="hello ben", message_template="hello %s")
    assert group(event()).title == "(an event without message or exception)"


def test_the_sdks_fingerprint_wins_and_may_hold_ours() -> None:
    assert first(thrown("E", "1", OWN), fingerprint=("{{ default }}",)) == first(thrown("E", "1", OWN))
    own = group(event(thrown("E", "1", OWN), fingerprint=("checkout",)))
    assert (own.rule, own.title, own.fingerprints) == ("sdk_fingerprint", "E: 1", group(event(fingerprint=("checkout",))).fingerprints)
    assert first(thrown("E", "1", OWN), fingerprint=("{{ default }}", "b")) != first(thrown("E", "1", OWN))


TEXT = st.text(max_size=60)
FRAMES = st.builds(
    Frame, TEXT, TEXT, TEXT, TEXT, st.none() | st.integers(0, 2**31), st.none() | st.integers(0, 2**31), st.booleans(), TEXT, package=TEXT
)
EXCEPTIONS = st.builds(ExceptionValue, TEXT, TEXT, TEXT, st.lists(FRAMES, max_size=6).map(tuple), synthetic=st.booleans())


@given(st.lists(EXCEPTIONS, max_size=3).map(tuple), TEXT, st.sampled_from(["python", "javascript", "java", "native", "ruby", ""]))
def test_any_event_has_fingerprints_and_the_same_ones_again(exceptions, message, platform) -> None:
    one = group(event(*exceptions, message=message, platform=platform))
    assert one == group(event(*exceptions, message=message, platform=platform))
    assert all(len(fingerprint) == 32 for fingerprint in one.fingerprints)
    assert len(one.culprit) <= 250
    assert one.title


def test_a_message_without_a_subject_is_its_callers_problem_also_in_minified_code() -> None:
    raises = Frame("present", "com.shop.Tools", "Tools.java", "", 3, None, True)
    one, other = (Frame(name, "com.shop.Forms", "Forms.java", "", 9, None, True) for name in ("book", "visit"))
    say = "required value missing"
    assert first(thrown("StateException", say, one, raises), platform="java") != first(
        thrown("StateException", say, other, raises), platform="java"
    )
    say = "stock is gone"
    assert first(thrown("StateException", say, one, raises), platform="java") == first(
        thrown("StateException", say, other, raises), platform="java"
    )

    def minified(column, value):
        frames = tuple(Frame("t", "", "app.js", "app.js", 1, at, True) for at in (9000, column, 3000))
        return first(thrown("Error", value, *frames), platform="javascript", release="1")

    assert minified(5000, "required value missing") != minified(6000, "required value missing")
    assert minified(5000, "stock is gone") == minified(6000, "stock is gone")


def test_a_function_that_calls_itself_is_known_without_its_name() -> None:
    def line_of(function):
        frame = Frame(function, "shop.tree", "tree.py", "", 2, None, True, f"return {function}(tree['kids']) + tree.walked")
        return shape(event(thrown("KeyError", "'kids'", frame))).steps[0].line

    assert line_of("walk") == line_of("total") == 'self( _ [ "kids" ] + _ .walked'


def test_the_attribute_that_is_missing_tells_two_problems_of_one_line_apart() -> None:
    def lacks(name):
        return group(event(thrown("AttributeError", f"'NoneType' object has no attribute '{name}'", CALLER, OWN))).fingerprints

    assert lacks("items") == lacks("items")
    assert not {*lacks("items")} & {*lacks("price")}
    # Other types name data in quotes.
    assert first(thrown("KeyError", "'a'", CALLER, OWN)) == first(thrown("KeyError", "'b'", CALLER, OWN))
