"""Maps that lead to lines that cannot be are told before `symbolic` counts to four billion."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.artifacts.lines import leads_nowhere
from seiche.artifacts.maps import parsed_source_map
from seiche.symbolicate.artifacts import Missing

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(number: int) -> str:
    value, text = (abs(number) << 1) | (number < 0), ""
    while True:
        digit, value = value & 31, value >> 5
        text += LETTERS[digit | (32 if value else 0)]
        if not value:
            return text


def written(steps: list[tuple[int, int, int, int]]) -> str:
    return ",".join("".join(map(vlq, step)) for step in steps)


def a_map(mappings: str) -> bytes:
    return json.dumps({"version": 3, "sources": ["a.ts"], "names": ["a"], "mappings": mappings, "sourcesContent": ["a\nb"]}).encode()


@given(st.lists(st.tuples(st.integers(0, 40), st.just(0), st.integers(-50, 5000), st.integers(-9, 9)), max_size=30))
def test_a_line_below_the_first_is_told(steps) -> None:
    lines, line = [], 0
    for step in steps:
        line += step[2]
        lines.append(line)
    assert leads_nowhere(a_map(written(steps).replace(",", ";", 1))) is (min(lines, default=0) < 0)


@pytest.mark.parametrize("line", [-1, -2, 2**32 - 1, 2**33 - 1])
def test_it_is_unreadable_at_once(line) -> None:
    """Each of them took 2.4 s of CPU at every look-up, or led to a line that no file has."""
    found = parsed_source_map(b"f", a_map("AA" + vlq(line) + "A"), "app.js.map")
    assert isinstance(found, Missing)
    assert (found.code, "no file has" in found.text) == ("map_unreadable", True)


def test_also_in_a_section_and_behind_a_guard() -> None:
    inner = json.loads(a_map("AADA"))
    sections = {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": inner}]}
    assert leads_nowhere(json.dumps(sections).encode())
    assert leads_nowhere(b")]}'\n" + a_map("AADA"))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b'{"mappings":7,"sections":[7,{"map":[]}]}', a_map(""), a_map("A,;;A,AAAA,!!")]
)
def test_what_is_no_map_is_for_others_to_say(data) -> None:
    assert leads_nowhere(data) is False
