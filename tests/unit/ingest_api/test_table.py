"""docs/ingest.md names every endpoint and every item type, with what the code does with it."""

import re
from pathlib import Path

from ingest_api.app import ENDPOINTS
from seiche.protocol.items import CATEGORY, NEVER_LIMITED, Disposition, disposition

PAGE = (Path(__file__).parents[3] / "docs" / "ingest.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
SAYS = {
    Disposition.KEEP: "an event of an issue",
    Disposition.REPORT: "an event, grouped by",
    Disposition.TALLY: "counted as `client_discard`",
    Disposition.COUNT: "the same",
}


def documented():
    """Item type -> (category, what becomes of it)."""
    start = next(number for number, row in enumerate(ROWS) if row[0] == "item type")
    found = {}
    for kinds, category, becomes in (row for row in ROWS[start + 2 :] if len(row) == 3 and row[0].startswith(("`", "anything"))):
        found |= dict.fromkeys(re.findall(r"`([a-z_]+)`", kinds), (category, becomes))
        if kinds.startswith("anything"):
            return found
    raise AssertionError("the table ends with what is unknown")


def test_every_item_type_is_in_the_table_with_its_category():
    assert {kind: category for kind, (category, _) in documented().items()} == CATEGORY


def test_the_table_says_what_becomes_of_each():
    for kind, (category, becomes) in documented().items():
        says = SAYS.get(disposition(kind))
        if kind == "transaction":
            says = "answered 200, counted as `filtered`, not kept; the SDK is asked not to send it"
        assert says is None or becomes.startswith(says), kind
        assert (disposition(kind) is Disposition.COUNT) == (category not in NEVER_LIMITED), kind


def test_every_endpoint_is_in_the_table():
    endpoints = " ".join(row[0] for row in ROWS if "POST /api/" in row[0])
    for word in (*ENDPOINTS, "/api/store/", "/api/v1/events"):
        assert word in endpoints, word
