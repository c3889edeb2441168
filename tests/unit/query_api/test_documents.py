"""The committed OpenAPI document is the code's, and docs/api.md names every route."""

import re
from pathlib import Path

from query_api.app import describe
from query_api.openapi import COMMITTED, document

ROOT = Path(__file__).parents[3]


def test_openapi_has_not_drifted():
    assert COMMITTED.read_text(encoding="utf-8") == document(), "run `python -m query_api.openapi` and commit query_api/openapi.json"


def test_openapi_is_deterministic():
    assert document() == document()


def test_every_route_is_in_the_documentation():
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    missing = [path for path in describe().openapi()["paths"] if path.removeprefix("/api/v1") not in text]
    assert missing == []


def test_every_operation_documents_its_problems():
    for path, methods in describe().openapi()["paths"].items():
        for method, operation in methods.items():
            assert {"401", "422"} <= operation["responses"].keys(), (method, path)
            assert operation["summary"], (method, path)
            if re.search(r"{(slug|issue_id)}", path):
                assert "404" in operation["responses"], (method, path)
