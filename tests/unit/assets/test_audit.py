import pytest

from assets.audit import gaps
from assets.glance import Glance, together

WHOLE = {"bronze": 10, "silver": 10, "stored": 9, "events_hot": 9, "issue_rollups": 9, "search_index": 9}


@pytest.mark.parametrize(
    ("change", "rebuilt"),
    [
        ({}, []),
        ({"silver": 9, "stored": 8}, ["silver", "hot", "search"]),
        ({"events_hot": 8}, ["hot"]),
        ({"issue_rollups": 18}, ["hot"]),
        ({"search_index": 0}, ["search"]),
        ({"events_hot": 0, "issue_rollups": 0, "search_index": 0}, ["hot", "search"]),
    ],
)
def test_what_has_a_gap_is_rebuilt_with_what_stands_on_it(change, rebuilt):
    assert gaps(WHOLE | change) == rebuilt


def test_one_bad_hour_fails_the_check_of_all():
    found = together([Glance("a", "x", True, {"rows": 2}), Glance("a", "x", False, {"rows": 3}), Glance("a", "y", True, {"rows": 5})])
    assert found == [Glance("a", "x", False, {"rows": 5}), Glance("a", "y", True, {"rows": 5})]
