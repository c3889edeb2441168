"""Version 1 is frozen: the fingerprints here never change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import ConfigurationError
from seiche.grouping import group as group_with
from seiche.grouping import unprocessable
from seiche.grouping.frames import culprit, file_name, function_name, module_name
from seiche.grouping.masking import masked
from seiche.grouping.v1 import group
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig

OWN = Frame("total", "shop.cart", "shop/cart.py", "/srv/shop/cart.py", 7, None, True)
LIBRARY = Frame("call", "flask.app", "flask/app.py", "/x/flask/app.py", 9, None, False)


def event(*exceptions, **fields):
    return Event(event_id="a" * 32, project_id=1, received_at_us=0, occurred_at_us=0, exceptions=exceptions, **fields)


def thrown(kind="ValueError", value="bad", *frames, **more):
    return ExceptionValue(kind, value, frames=frames, **more)


def components(grouping):
    return [(item.name, item.value) for item in grouping.components]


def test_a_stack_is_its_type_and_culprit_and_the_fingerprint_is_frozen() -> None:
    grouping = group(event(thrown("ValueError", "bad 7", LIBRARY, OWN, LIBRARY)))
    assert (grouping.rule, grouping.version) == ("stack", 1)
    assert components(grouping) == [("type", "ValueError"), ("module", "shop.cart"), ("function", "total")]
    assert (grouping.type, grouping.value, grouping.culprit, grouping.title) == (
        "ValueError",
        "bad 7",
        "shop.cart.total",
        "ValueError: bad 7",
    )
    assert grouping.fingerprints == ("61c0aa957f5cecd490b34bb8124e4a61",)


def test_a_message_is_its_mask_and_the_fingerprint_is_frozen() -> None:
    grouping = group(event(message="order 17 of anna@shop.test failed\nmore", transaction="/cart"))
    assert components(grouping) == [("message", "order <number> of <email> failed")]
    assert (grouping.rule, grouping.title, grouping.culprit) == ("message", "order 17 of anna@shop.test failed", "/cart")
    assert grouping.fingerprints == ("0a864d2d8a375674594160eb39073125",)
    assert unprocessable("why").fingerprints == ("a9d4dbaa42a8276942faa833c85ef78d",)


def test_line_numbers_values_and_libraries_do_not_matter() -> None:
    one = group(event(thrown("E", "1", LIBRARY, OWN)))
    moved = Frame("total", "shop.cart", "/releases/2/shop/cart.py", "", 99, 3, True, "other code")
    assert group(event(thrown("E", "2", moved, LIBRARY, LIBRARY))).fingerprints == one.fingerprints
    assert group(event(thrown("F", "1", LIBRARY, OWN))).fingerprints != one.fingerprints


def test_the_root_cause_decides_not_its_wrappers() -> None:
    cause = thrown("KeyError", "'x'", OWN)
    wrapped = group(event(cause, thrown("TaskFailed", "task 7", LIBRARY, OWN)))
    assert wrapped.fingerprints == group(event(cause)).fingerprints
    assert wrapped.title == "KeyError: 'x'"


def test_a_cause_inside_a_library_only_is_passed_over() -> None:
    assert group(event(thrown("SocketError", "", LIBRARY), thrown("PaymentFailed", "", OWN))).type == "PaymentFailed"
    assert group(event(thrown("SocketError", "", LIBRARY))).culprit == "flask.app.call"


def test_without_a_stack_the_masked_value_decides() -> None:
    assert group(event(thrown("E", "id 1"))).fingerprints == group(event(thrown("E", "id 2"))).fingerprints
    assert group(event(thrown("E", "id 1"))).fingerprints != group(event(thrown("E", "name 1"))).fingerprints


def test_a_template_decides_before_the_message() -> None:
    one = group(event(message="hello anna", message_template="hello %s"))
    assert one.fingerprints == group(event(message="hello ben", message_template="hello %s")).fingerprints
    assert one.title == "hello anna"


def test_an_event_that_says_nothing_has_an_issue_too() -> None:
    assert group(event()).title == "(an event without message or exception)"
    assert group(event(thrown("", "", Frame(instruction_addr="0x1")))).rule == "message"


def test_a_synthetic_type_is_no_type() -> None:
    one = group(event(thrown("SIGSEGV", "x", OWN, synthetic=True)))
    assert components(one) == [("module", "shop.cart"), ("function", "total")]


def test_the_sdks_fingerprint_wins_and_may_hold_ours() -> None:
    plain = group(event(thrown("E", "1", OWN)))
    assert group(event(thrown("E", "1", OWN), fingerprint=("{{ default }}",))).fingerprints == plain.fingerprints
    own = group(event(thrown("E", "1", OWN), fingerprint=("checkout",)))
    assert (own.rule, components(own), own.title) == ("sdk_fingerprint", [("fingerprint", "checkout")], "E: 1")
    assert own.fingerprints == group(event(message="x", fingerprint=("checkout",))).fingerprints
    split = [group(event(thrown("E", "1", OWN), fingerprint=("{{ default }}", "{{tags.shop}}"), tags=(("shop", name),))) for name in "ab"]
    assert len({own.fingerprints, plain.fingerprints, *(one.fingerprints for one in split)}) == 4
    assert components(split[0])[1] == ("fingerprint", "a")
    assert components(group(event(fingerprint=("{{ nonsense }}",)))) == [("fingerprint", "{{ nonsense }}")]


def test_parts_of_a_fingerprint_do_not_run_together() -> None:
    assert group(event(fingerprint=("a", "bc"))).fingerprints != group(event(fingerprint=("ab", "c"))).fingerprints


def test_an_unknown_version_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="newer Seiche"):
        group_with(event(), ProjectConfig(grouping_version=99))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Object.<anonymous>", ""), ("async handler", "handler"), ("Object.next", "next"), ("lambda$run$12", "run"), ("<anonymous>", ""),
        ("block (2 levels) in index", "index"), ("Foo.bar [as baz]", "Foo.bar"), ("main.run.func1.2", "main.run.func"), ("total", "total"),
        ("core::x::h0123456789abcdef", "core::x"), ("<lambda>", "<lambda>"),
    ],
)  # fmt: skip
def test_function_names(name, clean) -> None:
    assert function_name(name) == clean


@pytest.mark.parametrize(
    ("name", "clean"),
    [("a/b/Main.PY", "main.py"), ("app.4f3e2a1b9c.js?x=1", "app.js"), ("C:\\x\\y.cs", "y.cs"), ("lib-1.2.3.jar", "lib.jar"), ("", "")],
)
def test_file_names(name, clean) -> None:
    assert file_name(name) == clean


def test_module_names_lose_generated_numbers() -> None:
    assert module_name("shop.Cart$1") == "shop.Cart"
    assert module_name("shop.Cart$$EnhancerBySpringCGLIB$$ab12") == "shop.Cart"
    assert culprit((OWN, Frame("invoke", "sun.reflect.GeneratedMethodAccessor7", in_app=True))) is OWN


@pytest.mark.parametrize(
    ("message", "mask"),
    [
        ("user 42 not found", "user <number> not found"),
        ("GET https://x.test/a?b=1 failed", "GET <url> failed"),
        ("at 0x7f00aa for 550e8400-e29b-41d4-a716-446655440000", "at <hex> for <uuid>"),
        ("from 10.0.0.1:80 on 2026-11-24T10:00:00Z", "from <ip> on <date>"),
        ("no 'name' in \"row\"", "no <quoted> in <quoted>"),
        ("can't open /var/log/x.log", "can't open <path>"),
        ("utf8 and sha256 stay", "utf8 and sha256 stay"),
        ("\n\n  second   line \nthird", "second line"),
        ("", ""),
    ],
)
def test_masks(message, mask) -> None:
    assert masked(message) == mask


@given(st.text(max_size=3000), st.integers(0, 10**12), st.integers(0, 10**12))
def test_masking_is_total_and_numbers_never_matter(text, one, other) -> None:
    assert len(masked(text)) <= 3000
    assert masked(f"order {one} failed") == masked(f"order {other} failed")


def test_masking_hostile_text_takes_no_time() -> None:
    for hostile in ("a" * 8000, "a@" * 4000, "1." * 4000, "/a" * 4000, "'" * 8000, "a:" * 4000, "0-" * 4000, "f" * 8000):
        masked(hostile)
