"""Fingerprint and stack-trace rules: what they match, what they do, and what is said of a wrong line."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.grouping import analyse, group, rules
from seiche.grouping.rules.globs import matches, matches_path
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig

MAIN = Frame("main", "shop.app", "shop/app.py", "/srv/shop/app.py", 1, None, True, "pay(order)")
OWN = Frame("total", "shop.cart", "shop/cart.py", "/srv/shop/cart.py", 7, None, True, "return order.items.price")
GUARD = Frame("need_it", "shop.util.checks", "shop/util/checks.py", "/srv/shop/util/checks.py", 2, None, True, "raise Refused(name)")
LIBRARY = Frame("call", "flask.app", "flask/app.py", "/x/site-packages/flask/app.py", 9, None, False)


def event(*frames, **fields):
    thrown = ExceptionValue(fields.pop("type", "DatabaseDown"), fields.pop("value", "no answer in 30 s"), frames=frames or (MAIN, OWN))
    return Event(**{
        "event_id": "a" * 32, "project_id": 1, "received_at_us": 0, "occurred_at_us": 0, "platform": "python", "exceptions": (thrown,),
        "tags": (("shop", "berlin"),), "release": "2.1.0", "logger": "shop.web", "level": "fatal", "transaction": "/pay",
        "message": "it broke", "sdk_name": "sentry.python", "environment": "production",
    } | fields)  # fmt: skip


def ruled(line, seen=None, **config):
    return group(seen or event(), ProjectConfig(fingerprint_rules=line, **config))


MATCHING = [
    "error.type:DatabaseDown", "type:Database*", "error.value:*ANSWER*", "message:*broke*", "message:*answer*", "logger:shop.*",
    "level:FATAL", "tags.shop:berlin", 'tags."shop":berl?n', "stack.module:shop.cart", "module:shop.* function:total",
    "path:/srv/**/cart.py", "stack.abs_path:**/CART.py", "path:shop/*.py", "app:yes", "family:python", "family:javascript,python",
    "sdk:sentry.*",
    "release:2.1.*", "environment:prod*", "transaction:/pay", "!type:Other", "!tags.shop:paris", "!tags.none:x", "type:[CD]atabase*",
    "type:DatabaseDown value:*30*", 'value:"no answer in 30 s"',
]  # fmt: skip
NOT_MATCHING = [
    "type:Database", "type:database*", "tags.shop:b", "module:shop.app function:total", "path:/srv/*/cart.py/x", "path:/srv/*.py",
    "family:native", "!level:fatal", "!app:yes", "app:no", "function:call", "type:DatabaseDown value:*31*", "release:2.1", "package:*",
]  # fmt: skip


@pytest.mark.parametrize(("line", "found"), [*((line, True) for line in MATCHING), *((line, False) for line in NOT_MATCHING)])
def test_matchers(line, found) -> None:
    grouping = ruled(f"{line} -> mine")
    assert (grouping.rule == "fingerprint_rule") is found
    if found:
        assert grouping.components[0].value == f"line 1: {line} -> mine"
        assert grouping.fingerprints == group(event(fingerprint=("mine",)), ProjectConfig()).fingerprints


def test_the_first_rule_that_matches_decides_over_the_sdk_and_comments_are_none() -> None:
    text = '# ours\n\ntype:Other -> a\ntype:Data* -> b, "c d" title="{{ tags.shop }} is down: {{ value }}" culprit=db\ntype:* -> z\n'
    grouping = ruled(text, event(fingerprint=("sdk",)))
    assert (grouping.title, grouping.culprit, grouping.value) == ("berlin is down: no answer in 30 s", "db", "no answer in 30 s")
    assert [part.value for part in grouping.components] == [
        'line 4: type:Data* -> b, "c d" title="{{ tags.shop }} is down: {{ value }}" culprit=db',
        "b",
        "c d",
    ]


def test_variables_are_filled_in_and_say_where_they_are_missing() -> None:
    names = (
        "type",
        "error.value",
        "message",
        "transaction",
        "function",
        "stack.module",
        "abs_path",
        "package",
        "level",
        "logger",
        "tags.none",
    )
    parts = ruled(f"type:* -> {', '.join('{{ ' + name + ' }}' for name in names)}").components[1:]
    assert [part.value for part in parts] == [
        "DatabaseDown", "no answer in 30 s", "it broke", "/pay", "total", "shop.cart", "/srv/shop/cart.py", "<no-package>", "fatal",
        "shop.web", "<no-tags.none>",
    ]  # fmt: skip


def test_default_alone_changes_the_title_only_and_with_more_it_splits() -> None:
    plain = group(event(), ProjectConfig())
    titled = ruled('type:* -> {{ default }} title="Down"')
    assert (titled.fingerprints, titled.rule, titled.title) == (plain.fingerprints, plain.rule, "Down")
    split = ruled("type:* -> {{ default }}, {{ tags.shop }}")
    # Each of the default's fingerprints has its counterpart: a changed in-app rule does not split these either.
    assert len(split.fingerprints) == len(plain.fingerprints) == 2
    assert not {*split.fingerprints} & {*plain.fingerprints}
    flipped = event(MAIN, msgspec.structs.replace(OWN, in_app=False))
    assert ruled("type:* -> {{ default }}, {{ tags.shop }}", flipped).fingerprints[1] == split.fingerprints[1]
    assert analyse(event(), ProjectConfig(fingerprint_rules="type:* -> x")).shape is None


def test_globs() -> None:
    assert matches("*", "")
    assert matches("a?c", "abc")
    assert matches("[!x]bc", "abc")
    assert not matches("a*", "ba")
    assert not matches("a.c", "abc")
    assert matches("[z-a]", "[z-a]")
    assert matches_path("C:\\App\\*.dll", "c:/app/Shop.DLL")
    assert matches_path("/shop/**", "shop/a/b.py")
    assert not matches_path("shop/*", "shop/a/b.py")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("type:X", "line 2: there is no `-> fingerprint`"),
        ("-> x", "line 2: nothing to match before `->`"),
        ("type:X ->", "line 2: there is no fingerprint behind `->`"),
        ("nonsense:X -> a", "line 2: unknown matcher 'nonsense'; these are known here: app, "),
        ("type:X and -> a", "line 2: expected another matcher, or `->` at 'and -> a'"),
        ("type: -> a", "line 2: "),
        ('type:X -> "a', "line 2: cannot read '\"a': is a quote missing?"),
        ("type:X -> {{ nothing }}", "line 2: unknown variable {{ nothing }}"),
        ('type:X -> a title="b" c', "line 2: the fingerprint comes before title: 'c' is behind"),
        ("app:perhaps -> a", "line 2: app: is yes or no, not 'perhaps'"),
        ("thread.name:main -> a", "line 2: thread.name cannot be matched"),
        ("type:X -> " + ", ".join("abcdefghijklmnopqrstuvw"), "line 2: a fingerprint has at most 20 parts"),
    ],
)
def test_a_wrong_fingerprint_rule_is_named(line, said) -> None:
    with pytest.raises(InvalidInput) as raised:
        rules.check(fingerprint_rules=f"type:* -> ok\n{line}", stack_rules="")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("function:x", "there is no action"),
        ("+app", "expected a matcher such as stack.function:handle* at '+app'"),
        ("function:x +apple", "unknown action at '+apple'"),
        ("[ function:x ] function:y +app", "a `|` belongs between [caller] and the frame"),
        ("[ function:x | function:y +app", "expected a matcher or `]`"),
        ("function:y | +app", "behind `|` comes [callee]"),
        ("[ ] | function:y +app", "[ ] is empty"),
        ("tags.a:b +app", "unknown matcher 'tags.a'"),
        ("message:x -app", "unknown matcher 'message'"),
    ],
)
def test_a_wrong_stack_rule_is_named(line, said) -> None:
    with pytest.raises(InvalidInput) as raised:
        rules.check(fingerprint_rules="", stack_rules=f"# first\n\n{line}")
    assert f"line 3: {said}" in str(raised.value)


def flags(line, *frames):
    changed, _ = rules.stack.applied(rules.stack.parsed(line), event(*frames))
    return [f"{frame.function}{'+' if frame.in_app else '-'}" for frame in changed.exceptions[0].frames]


STACK = (LIBRARY, MAIN, OWN, GUARD)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("module:shop.cart -app", ["call-", "main+", "total-", "need_it+"]),
        ("path:**/site-packages/** +app", ["call+", "main+", "total+", "need_it+"]),
        ("function:total ^-app", ["call-", "main+", "total+", "need_it-"]),
        ("function:total v-group", ["total+", "need_it+"]),
        ("function:total v+app ^-group", ["call+", "main+", "total+"]),
        ("[ function:main ] | app:yes -group", ["call-", "main+", "need_it+"]),
        ("app:yes | [ function:need_it ] -app", ["call-", "main+", "total-", "need_it+"]),
        ("[ function:other ] | function:total -app", ["call-", "main+", "total+", "need_it+"]),
        ("!module:shop.* +app", ["call+", "main+", "total+", "need_it+"]),
        ("app:yes -group\nfunction:total +group", ["call-", "total+"]),
        ("family:python max-frames=2", ["total+", "need_it+"]),
        ("family:python min-frames=5", []),
        ("family:native -group", ["call-", "main+", "total+", "need_it+"]),
        ("type:DatabaseDown function:total -group", ["call-", "main+", "need_it+"]),
        ("type:Other function:total -group", ["call-", "main+", "total+", "need_it+"]),
        ("module:shop.util.* category=guards\ncategory:guards -app", ["call-", "main+", "total+", "need_it-"]),
        ("function:total +culprit", ["call-", "main+", "total+", "need_it-"]),
    ],
)
def test_stack_rules_change_frames(line, found) -> None:
    assert flags(line, *STACK) == found


def test_culprits_are_overridden() -> None:
    def culprit(line, *frames):
        return group(event(*frames, type="Refused"), ProjectConfig(stack_rules=line)).culprit

    plain = Frame("decide", "shop.rules", "shop/rules.py", "", 2, None, True, "raise Refused(name)")
    assert culprit("", MAIN, OWN, plain) == "shop.rules in decide"
    assert culprit("function:decide -culprit", MAIN, OWN, plain) == "shop.cart in total"
    assert culprit("function:main +culprit", MAIN, OWN, plain) == "shop.app in main"
    assert culprit("function:* -culprit", MAIN, OWN, plain) == "shop.rules in decide"
    assert culprit("function:call +culprit", MAIN, OWN, LIBRARY) == "flask.app in call"
    helped = group(event(MAIN, OWN, plain, type="Refused"), ProjectConfig(stack_rules="function:decide -culprit"))
    assert helped.rule == "helper"


def test_stack_rules_go_into_both_versions_and_without_rules_nothing_is_touched() -> None:
    seen = event(*STACK)
    for version in (1, 2):
        plain, ruled = (group(seen, ProjectConfig(grouping_version=version, stack_rules=text)) for text in ("", "function:need_it -group"))
        assert plain.fingerprints[0] != ruled.fingerprints[0]
        other = group(seen, ProjectConfig(grouping_version=version, stack_rules="function:never -group"))
        assert other == plain
    assert rules.stack.applied((), seen)[0] is seen


KEYS = st.sampled_from(["type", "error.value", "tags.a", "module", "path", "function", "app", "nothing"])
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=12)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line_number(one, other) -> None:
    said: list[str] = []
    for texts in ((one, ""), ("", other), (one + " -> {{ default }}", other + " -app")):
        try:
            rules.check(fingerprint_rules=texts[0], stack_rules=texts[1])
        except InvalidInput as error:
            said.append(str(error))
        else:
            group(event(*STACK), ProjectConfig(fingerprint_rules=texts[0], stack_rules=texts[1]))
    assert all("line " in text for text in said)


@given(VALUES, VALUES)
def test_a_quoted_value_is_what_it_says(pattern, part) -> None:
    quoted, named = (text.replace("\\", "\\\\").replace('"', '\\"') for text in (pattern, part))
    (rule,) = rules.fingerprint.parsed(f'type:"{quoted}" -> "x{named}"')
    assert (rule.matchers[0].pattern, rule.fingerprint) == (pattern, (f"x{part}",))
    matches(pattern, part)
    matches_path(pattern, part)
    if not set(pattern) & set("*?["):
        assert matches(pattern, pattern)
