"""A project's own rules: what they select, what they do, which are refused and why; and hyperscan against `re`."""

import json
import random
import re
import time

import pytest

from seiche.errors import InvalidInput
from seiche.model.project import ProjectConfig
from seiche.model.protection import Method, ScrubRule
from seiche.normalize.scrub import Scrubber
from seiche.normalize.scrubbing.custom import CustomRules
from seiche.normalize.scrubbing.expressions import Expression, Sieve


def scrubbed(event, *rules, **config):
    body = json.dumps(event).encode()
    return json.loads(Scrubber(ProjectConfig(scrub_rules=rules, scrub_hash_key="k", **config)).scrub(body))


def rule(source, pattern="", method=Method.REPLACE, replacement="[Filtered]"):
    return ScrubRule(source=source, pattern=pattern, method=method, replacement=replacement)


EVENT = {
    "event_id": "a" * 32,
    "message": "order 4711 of ada@example.org",
    "user": {"id": "7", "email": "ada@example.org", "Name": "Ada"},
    "extra": {"deep": {"list": [{"customer": "C-1"}, {"customer": "C-2"}], "n": 5, "ok": True, "none": None}, "note": "C-3"},
    "tags": [["customer", "C-4"]],
}


@pytest.mark.parametrize(("source", "changed"), [
    ("user.email", [("user", "email")]),
    ("USER.name", [("user", "Name")]),
    ("extra.note", [("extra", "note")]),
    ("extra.*", [("extra", "deep"), ("extra", "note")]),
    ("extra.deep.list.*.customer", [("extra", "deep", "list", 0, "customer"), ("extra", "deep", "list", 1, "customer")]),
    ("extra.deep.list.1", [("extra", "deep", "list", 1)]),
    ("**.customer", [("extra", "deep", "list", 0, "customer"), ("extra", "deep", "list", 1, "customer")]),
    ("extra.**.$number", [("extra", "deep", "n")]),
    ("extra.**.$string", [("extra", "note"), ("extra", "deep", "list", 0, "customer"), ("extra", "deep", "list", 1, "customer")]),
    ("'user'.'email'", [("user", "email")]),
    ("tags.0.1", [("tags", 0, 1)]),
    ("nothing.here", []),
    ("event_id", []),
])  # fmt: skip
def test_sources_select(source, changed):
    wanted = json.loads(json.dumps(EVENT))
    for *path, last in changed:
        holder = wanted
        for part in path:
            holder = holder[part]
        holder[last] = "x"
    assert scrubbed(EVENT, rule(source, replacement="x"), scrub_defaults=False) == wanted


def test_strings_anywhere_but_not_what_seiche_needs():
    found = scrubbed({**EVENT, "platform": "C-9", "sdk": {"name": "C-9"}}, rule("$string", r"C-\d", replacement="?"))
    assert (found["platform"], found["sdk"], found["event_id"]) == ("C-9", {"name": "C-9"}, "a" * 32)
    assert found["extra"]["note"] == found["tags"][0][1] == found["extra"]["deep"]["list"][1]["customer"] == "?"


@pytest.mark.parametrize(("method", "message", "whole"), [
    (Method.REPLACE, "order [Filtered] of ada@example.org", "[Filtered]"),
    (Method.MASK, "order **** of ada@example.org", "***************"),
    (Method.REMOVE, "order  of ada@example.org", None),
])  # fmt: skip
def test_methods(method, message, whole):
    found = scrubbed(EVENT, rule("message", r"\d+", method), rule("user.email", "", method))
    assert found["message"] == message
    assert found["user"].get("email") == whole


def test_the_same_value_has_the_same_code_and_another_project_another():
    rules = (rule("user.email", "", Method.HASH), rule("message", r"\S+@\S+", Method.HASH))
    found = scrubbed(EVENT, *rules)
    code = found["user"]["email"]
    assert re.fullmatch(r"[0-9a-f]{32}", code)
    assert found["message"] == f"order 4711 of {code}"
    other = json.loads(CustomRules(rules, "another key").apply(json.dumps(EVENT).encode()))
    assert other["user"]["email"] != code


def test_rules_follow_one_another_and_the_defaults():
    found = scrubbed({"message": "a1 password=hunter2"}, rule("message", "a1", replacement="b2"), rule("message", "b2", replacement="c3"))
    assert found["message"] == "c3 password=[Filtered]"


def test_what_no_rule_finds_stays_byte_for_byte():
    body = b'{ "message" : "\\u00e4", "n": 1.10, "a": 1, "a": 2 }'
    rules = CustomRules([rule("$string", "nothing like it"), rule("extra.**")])
    assert rules.apply(body) is body


def test_odd_json_goes_through():
    rules = CustomRules([rule("$string", "s[0-9]+t", replacement="?")])
    assert json.loads(rules.apply(b'{"a": "s1t \\ud800", "n": 123456789012345678901234567890}')) == {
        "a": "? \N{REPLACEMENT CHARACTER}", "n": 123456789012345678901234567890,
    }  # fmt: skip
    assert b"NaN" in rules.apply(b'{"a": NaN, "b": "s1t"}')
    assert rules.apply(b"[]") == b"[]"


@pytest.mark.parametrize(("source", "pattern", "says"), [
    ("user.", "", "dots"), ("", "", "parts"), ("a b", "", "dots"), ("$text", "", "unknown"), ("$string.a", "", "end"),
    ("extra.**", r"(a)\1", "back-reference"), ("extra.**", "(?<=a)b", "look-around"), ("extra.**", "a*", "empty"),
    ("extra.**", "(", "pattern"),
    ("extra.**", r"\Aa", r"\^"), ("extra.**", "x" * 1001, "letters"),
])  # fmt: skip
def test_what_cannot_be_used_says_why(source, pattern, says):
    with pytest.raises(InvalidInput, match=says):
        CustomRules([rule(source, pattern)])


def test_no_expression_takes_long():
    rules = CustomRules([rule("$string", "(a+)+$"), rule("$string", "(x+x+)+y")])
    body = json.dumps({"message": "a" * 20_000 + "!", "extra": {"x": "x" * 20_000}}).encode()
    began = time.process_time()
    rules.apply(body)
    assert time.process_time() - began < 5


GREEDY = (
    r"\d+", r"\bC-\d{2,4}\b", r"[a-z]+@[a-z]+\.(?:org|com)", r"^order", r"\d$", r"^\s+$", r"(?i)customer[ :=]+\w+", r"ä+", r"\w+\.ä",
    r"a.c", r"[^\x00-\x7f]+", r"x{2,}", r"\[ ?\"[^\"]*token", r"\\[nrt]", r'"[^"]+"',
)  # fmt: skip
PIECES = (
    "C-12",
    "C-12345",
    "ada@example.org",
    "order",
    "7",
    " ",
    "\n",
    "ä",
    "a",
    "b",
    "c",
    ".",
    "x",
    "xx",
    '"',
    "[",
    "token",
    "Customer: ",
    "\\n",
    "=",
    "é€",
    "\t",
)


@pytest.mark.parametrize(("number", "pattern"), list(enumerate(GREEDY)))
def test_hyperscan_finds_what_re_finds(number, pattern):
    choose = random.Random(number)
    expression, compiled = Expression(pattern), re.compile(pattern, re.ASCII)
    texts = ["".join(choose.choices(PIECES, k=choose.randint(0, 12))) for _ in range(1500)]
    matched = set()
    for place, text in enumerate(texts):
        found = [
            (len(data[:start].decode()), len(data[:end].decode())) for data in (text.encode(),) for start, end in expression.spans(data)
        ]
        # All matches, from wherever they begin: `re` by itself goes on behind the end of each.
        every = [one.span() for start in range(len(text)) if (one := compiled.match(text, start)) and one.group()]
        wanted = {at for start, end in every for at in range(start, end)}
        assert wanted <= {at for start, end in found for at in range(start, end)}, text
        assert all(compiled.search(text[start:end]) or compiled.match(text, start) for start, end in found), text
        assert {one.start() for one in compiled.finditer(text) if one.group()} <= wanted
        assert len(found) <= len(every)
        if wanted:
            matched.add(place)
    assert matched, "the pieces never made this pattern match: it was not tested"
    assert matched <= set(Sieve([pattern, "zzz"]).candidates([text.encode() for text in texts])), "the sieve must let none through"
