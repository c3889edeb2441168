"""Ownership rules and suspect commits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.issues.ownership import Traits, owner, parse, traits
from seiche.issues.suspects import Commit, suspects
from seiche.model.event import Event, ExceptionValue, Frame

TRAITS = Traits(
    paths=("/app/src/pay/cart.py", "shop/cart.py"), modules=("shop.cart",), url="https://shop.test/admin/x", tags={"region": "north west"}
)


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ("path:src/pay/* #a", True),
        ("path:pay/cart.py #a", True),
        ("path:ay/cart.py #a", False),
        ("path:src/ #a", True),
        ("path:/src/ #a", False),
        ("path:/app/* #a", True),
        ("path:*.js #a", False),
        ("path:shop/cart.?? #a", True),
        ("module:shop.* #a", True),
        ("module:shop #a", False),
        ("url:*/admin/* #a", True),
        ("url:*/cart/* #a", False),
        ('tags.region:"north west" #a', True),
        ("tags.region:north* #a", True),
        ("tags.other:* #a", False),
    ],
)
def test_matchers(rule, matches) -> None:
    rules, wrong = parse(rule)
    assert not wrong
    assert (owner(rules, TRAITS) is not None) == matches


def test_the_last_match_wins() -> None:
    rules, _ = parse("# all\npath:* #all\n\nmodule:shop.cart ada@x.test #cart\nmodule:other #other")
    found = owner(rules, TRAITS)
    assert (found.line, found.owners) == (4, ("ada@x.test", "#cart"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("src/pay/* #a", "is no rule"),
        ("file:src #a", "'file:' is no matcher: there are path:, module:, url: and tags.NAME:"),
        ("path:src", "has no owner"),
        ("path:src nobody", "neither a mail address nor a #team"),
        ("path:src #gone", "there is no team '#gone'"),
        ("path:src gone@x.test", "there is no member 'gone@x.test'"),
        ('path:"src #a', "is no rule"),
        ("path:src " + " ".join(f"#t{number}" for number in range(11)), "at most 10"),
    ],
)
def test_errors_name_the_line_and_what_would_be_right(line, says) -> None:
    rules, (wrong,) = parse(f"# first\npath:a #a\n{line}", known=lambda one: "gone" not in one)
    assert len(rules) == 1
    assert wrong.line == 3
    assert says in str(wrong)


@given(st.text(max_size=200))
def test_any_text_is_rules_and_errors(text) -> None:
    rules, wrong = parse(text)
    assert len(rules) + len(wrong) <= len(text.splitlines())
    owner(rules, TRAITS)


def test_traits_are_those_of_the_in_app_frames() -> None:
    frames = (Frame(filename="a\\b.py", module="a.b", in_app=True), Frame(filename="lib.py", module="lib"))
    event = Event(event_id="", project_id=1, received_at_us=1, occurred_at_us=1, exceptions=(ExceptionValue(frames=frames),))
    assert traits(event).paths == ("a/b.py",)
    assert traits(event).modules == ("a.b",)


def commit(sha, *paths, at_us=1):
    return Commit(sha=sha, author="a", message="m", at_us=at_us, paths=paths)


def test_suspects_touch_the_files_of_the_stack() -> None:
    stack = ["/srv/app/shop/cart.py", "shop/checkout.py", "main.py"]
    commits = [
        commit("caller", "src/shop/checkout.py", at_us=9),
        commit("other", "src/shop/mail.py", "docs/cart.py"),
        commit("older", "app/shop/cart.py", at_us=1),
        commit("younger", "README.md", "shop/cart.py", at_us=2),
        commit("root", "main.py"),
    ]
    assert [(one.commit.sha, one.frame) for one in suspects(commits, stack)] == [("younger", 0), ("older", 0), ("caller", 1), ("root", 2)]
    assert suspects(commits, []) == []
